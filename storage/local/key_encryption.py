"""Data keys wrapped under one key held in memory, with AES-256-GCM.

>>> keys = LocalKeyEncryption(bytes(32))
>>> wrapped = keys.wrap(b"a data key", context={"cameo_id": "cam_1"})
>>> keys.unwrap(wrapped, context={"cameo_id": "cam_1"})
b'a data key'
"""

import json
import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from storage.envelope import NONCE_BYTES
from storage.errors import Tampered
from storage.wrapping import DOES_NOT_UNWRAP, Holder, mark_for, mark_of, require_named

UNMARKED = b"\x01"
"""How earlier releases began what they wrapped."""


class LocalKeyEncryption:
    """`KeyEncryption` under a key of 32 bytes."""

    formers: tuple[bytes, ...] = ()

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(key)
        self.mark = mark_for(Holder.LOCAL, key)

    def wrap(
        self, data_key: bytes, *, context: dict[str, str], under: bytes | None = None
    ) -> bytes:
        """The mark, the nonce, then the encrypted data key and its tag."""
        require_named(self.mark, under)
        nonce = secrets.token_bytes(NONCE_BYTES)
        return self.mark + nonce + self._cipher.encrypt(nonce, data_key, _bound(context))

    def unwrap(self, wrapped: bytes, *, context: dict[str, str]) -> bytes:
        """The data key. Raises `Tampered`."""
        mark = mark_of(wrapped)
        if mark not in (None, self.mark):
            raise Tampered(DOES_NOT_UNWRAP)
        if mark is None and not wrapped.startswith(UNMARKED):
            raise Tampered("a wrapped data key has an unknown form")
        content = wrapped[len(mark or UNMARKED) :]
        nonce, ciphertext = content[:NONCE_BYTES], content[NONCE_BYTES:]
        if len(nonce) != NONCE_BYTES:
            raise Tampered("a wrapped data key has an unknown form")
        try:
            return self._cipher.decrypt(nonce, ciphertext, _bound(context))
        except InvalidTag as error:
            raise Tampered(DOES_NOT_UNWRAP) from error


def _bound(context: dict[str, str]) -> bytes:
    return json.dumps(context, sort_keys=True, separators=(",", ":")).encode()
