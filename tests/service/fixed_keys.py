"""Signing keys that are the same in every run, for bytes that are pinned."""

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from storage.keys import PublicKey, Purpose, SigningKey, WithdrawnKey


class FixedKeys:
    """Keys whose seed is the purpose, so that every run signs the same bytes."""

    def signing_key(self, purpose: Purpose, *, fresh: bool = False) -> SigningKey:
        assert not fresh
        seed = purpose.encode().ljust(32, b".")
        return SigningKey.of(purpose, Ed25519PrivateKey.from_private_bytes(seed))

    def public_keys(self) -> list[PublicKey]:
        return [self.signing_key(purpose).public for purpose in Purpose]

    def withdrawn_keys(self) -> list[WithdrawnKey]:
        return []
