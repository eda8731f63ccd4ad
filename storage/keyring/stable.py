"""Secrets that outlive every rotation: random, wrapped, made on first use.

StableSecrets(store, kms).secret("face index")
"""

import secrets
from collections.abc import Mapping

from storage.contracts.blobs import KeyEncryption
from storage.contracts.store import Store, Transaction
from storage.errors import Tampered

SECRET_BYTES = 32
FACE_INDEX = "face index"
"""Turns the faces of an index in the database: `storage.faces.turning`."""
AUTHZEN = "authzen-tokens-v1"
"""Seals AuthZEN's page and binding tokens."""


class StableSecrets:
    """Secrets of 256 bits by name, the same in every process. Any thread may ask."""

    def __init__(self, store: Store, key_encryption: KeyEncryption) -> None:
        self._store = store
        self._key_encryption = key_encryption
        self._known: dict[str, bytes] = {}

    def secret(self, name: str) -> bytes:
        """The secret of this name. Raises `StorageError`.

        The first call ever makes it, in a write transaction of its own: not to be made within one.
        """
        if name not in self._known:
            with self._store.read() as tx:
                wrapped = tx.sealed_keys.secret(name)
            if wrapped is None:
                with self._store.write() as tx:
                    wrapped = self._keep(tx, name, secrets.token_bytes(SECRET_BYTES))
            self._known[name] = self._unwrapped(name, wrapped)
        return self._known[name]

    def begin(self, tx: Transaction, former: Mapping[str, bytes]) -> None:
        """Make the secrets that the service itself has use for, the former ones where they are."""
        for name in (FACE_INDEX, AUTHZEN):
            self._keep(tx, name, former.get(name, secrets.token_bytes(SECRET_BYTES)))

    def _keep(self, tx: Transaction, name: str, secret: bytes) -> bytes:
        """Store the secret unless there is one by this name; return the wrapped one that stands."""
        found = tx.sealed_keys.secret(name)
        if found is not None:
            return found
        wrapped = self._key_encryption.wrap(secret, context=_context(name))
        return tx.sealed_keys.keep_secret(name, wrapped)

    def _unwrapped(self, name: str, wrapped: bytes) -> bytes:
        try:
            return self._key_encryption.unwrap(wrapped, context=_context(name))
        except Tampered as error:
            raise Tampered(f"secret `{name}`: {error}") from error


def _context(name: str) -> dict[str, str]:
    """What a wrapped secret is bound to. No signing key has this purpose."""
    return {"purpose": "secret", "name": name}
