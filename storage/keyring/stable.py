"""Secrets that outlive every rotation: random, wrapped, made once with the first signing keys.

    StableSecrets(store, kms).secret("face index")

A ring that has keys has them too. One that is missing was deleted, and is never made again: what
rests on it (the turned faces of an index, above all) would be blind with another, and nobody told.
"""

import secrets
from collections.abc import Mapping

from storage.contracts.blobs import KeyEncryption
from storage.contracts.store import Store, Transaction
from storage.errors import Tampered
from storage.wrapping import secret_context

SECRET_BYTES = 32
FACE_INDEX = "face index"
"""Turns the faces of an index in the database: `storage.faces.turning`."""
AUTHZEN = "authzen-tokens-v1"
"""Seals AuthZEN's page and binding tokens."""

KEPT = (FACE_INDEX, AUTHZEN)


class StableSecrets:
    """Secrets of 256 bits by name, the same in every process. Any thread may ask."""

    def __init__(self, store: Store, key_encryption: KeyEncryption) -> None:
        self._store = store
        self._key_encryption = key_encryption
        self._known: dict[str, bytes] = {}

    def secret(self, name: str) -> bytes:
        """The secret of this name. Raises `StorageError`, of them `Tampered` where it is missing.

        The first call reads the store: it is not to be made within a transaction.
        """
        if name not in self._known:
            with self._store.read() as tx:
                wrapped = tx.sealed_keys.secret(name)
            if wrapped is None:
                raise missing(name)
            self._known[name] = self._unwrapped(name, wrapped)
        return self._known[name]

    def begin(self, tx: Transaction, former: Mapping[str, bytes]) -> None:
        """Make the secrets that the service has use for, the former ones where they are."""
        for name in KEPT:
            secret = former.get(name, secrets.token_bytes(SECRET_BYTES))
            wrapped = self._key_encryption.wrap(
                secret, context=secret_context(name), under=tx.sealed_keys.named()
            )
            tx.sealed_keys.keep_secret(name, wrapped)

    def _unwrapped(self, name: str, wrapped: bytes) -> bytes:
        try:
            return self._key_encryption.unwrap(wrapped, context=secret_context(name))
        except Tampered as error:
            raise Tampered(f"secret `{name}`: {error}") from error


def require_kept(tx: Transaction) -> None:
    """Raise `Tampered` unless there is every secret that was made with the first keys."""
    found = tx.sealed_keys.secrets()
    for name in KEPT:
        if name not in found:
            raise missing(name)


def missing(name: str) -> Tampered:
    """What to raise where a secret is not there any more."""
    return Tampered(
        f"secret `{name}` is missing: it was made with the first signing keys, and somebody "
        "deleted it; restore the row from a backup"
    )
