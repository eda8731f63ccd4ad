"""Secrets that sign webhooks: wrapped under the key-encryption key, kept with their endpoints.

secrets = WebhookSecrets(kms)
row.secret = secrets.wrap(secret, of="whk_1", under=tx.sealed_keys.named())
"""

from storage.contracts.blobs import KeyEncryption
from storage.errors import Tampered
from storage.wrapping import webhook_context

REMEMBERED = 1_000
"""Opened secrets that are kept in memory, so that no delivery waits for a key service."""


class WebhookSecrets:
    """Wraps and unwraps. A secret opens for the endpoint that it was wrapped for, and no other."""

    def __init__(self, key_encryption: KeyEncryption) -> None:
        self._key_encryption = key_encryption
        self._opened: dict[tuple[str, bytes], bytes] = {}

    def wrap(self, secret: bytes, *, of: str, under: bytes | None) -> bytes:
        """The secret of `of`, under the key that the database names. Raises `KeyUnavailable`."""
        return self._key_encryption.wrap(secret, context=webhook_context(of), under=under)

    def unwrap(self, wrapped: bytes, *, of: str) -> bytes:
        """The secret. Raises `Tampered`, naming `of`, and `KeyUnavailable`."""
        known = self._opened.get((of, wrapped))
        if known is not None:
            return known
        try:
            secret = self._key_encryption.unwrap(wrapped, context=webhook_context(of))
        except Tampered as error:
            raise Tampered(f"secret of `{of}`: {error}") from error
        if len(self._opened) >= REMEMBERED:
            self._opened.clear()
        self._opened[of, wrapped] = secret
        return secret
