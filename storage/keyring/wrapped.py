"""Secrets of one purpose that their owners' rows keep, wrapped under the key-encryption key.

secrets = WrappedSecrets(kms, purpose=WEBHOOK)
row.secret = secrets.wrap(secret, of="whk_1")
"""

from storage.contracts.blobs import KeyEncryption
from storage.errors import Tampered

WEBHOOK = "webhook"
"""Signs what is sent to an endpoint. No signing key and no other secret has this purpose."""
REMEMBERED = 1_000
"""Opened secrets that are kept in memory, so that no delivery waits for a key service."""


class WrappedSecrets:
    """Wraps and unwraps. A secret opens for the id that it was wrapped for, and for no other."""

    def __init__(self, key_encryption: KeyEncryption, *, purpose: str) -> None:
        self._key_encryption = key_encryption
        self._purpose = purpose
        self._opened: dict[tuple[str, bytes], bytes] = {}

    def wrap(self, secret: bytes, *, of: str) -> bytes:
        """The secret of `of`, encrypted. Raises `KeyUnavailable`."""
        return self._key_encryption.wrap(secret, context=self._context(of))

    def unwrap(self, wrapped: bytes, *, of: str) -> bytes:
        """The secret. Raises `Tampered`, naming `of`, and `KeyUnavailable`."""
        known = self._opened.get((of, wrapped))
        if known is not None:
            return known
        try:
            secret = self._key_encryption.unwrap(wrapped, context=self._context(of))
        except Tampered as error:
            raise Tampered(f"secret of `{of}`: {error}") from error
        if len(self._opened) >= REMEMBERED:
            self._opened.clear()
        self._opened[of, wrapped] = secret
        return secret

    def _context(self, of: str) -> dict[str, str]:
        return {"purpose": self._purpose, "name": of}
