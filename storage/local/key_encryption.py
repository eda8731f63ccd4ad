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

FORMAT = b"\x01"


class LocalKeyEncryption:
    """`KeyEncryption` under a key of 32 bytes."""

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(key)

    def wrap(self, data_key: bytes, *, context: dict[str, str]) -> bytes:
        """A format byte, the nonce, then the encrypted data key and its tag."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        return FORMAT + nonce + self._cipher.encrypt(nonce, data_key, _bound(context))

    def unwrap(self, wrapped: bytes, *, context: dict[str, str]) -> bytes:
        """The data key. Raises `Tampered`."""
        nonce, ciphertext = wrapped[1 : 1 + NONCE_BYTES], wrapped[1 + NONCE_BYTES :]
        if wrapped[:1] != FORMAT or len(nonce) != NONCE_BYTES:
            raise Tampered("a wrapped data key has an unknown form")
        try:
            return self._cipher.decrypt(nonce, ciphertext, _bound(context))
        except InvalidTag as error:
            raise Tampered(
                "a data key does not unwrap: it was altered, or wrapped under another key"
            ) from error


def _bound(context: dict[str, str]) -> bytes:
    return json.dumps(context, sort_keys=True, separators=(",", ":")).encode()
