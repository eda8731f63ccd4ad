"""Tokens that only this service can make and read: AES-256-GCM under a key of their own.

A sealed token says what it is for, when it ends and whose it is; opened for another purpose or by
another caller it does not open.

>>> from datetime import UTC, datetime, timedelta
>>> now = datetime(2026, 1, 1, tzinfo=UTC)
>>> seal = Seal(bytes(32))
>>> token = seal.close("page", {"p": 1}, owner="ck_1", ends=now + timedelta(hours=1))
>>> seal.open("page", token, owner="ck_1", now=now)
{'p': 1}
"""

import base64
import binascii
import secrets
from datetime import UTC, datetime
from typing import Any

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

NONCE_BYTES = 12  # 96 bits: NIST SP 800-38D, 5.2.1.1
LONGEST = 4_000
FORMAT = "cameo-authzen-v1"


class NotOurs(Exception):
    """The token was not made here, or not for this purpose and this caller."""


class Ended(Exception):
    """The token was made here, and its time is over."""


class Seal:
    """Makes and opens tokens under one 256-bit key."""

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(key)

    def close(self, purpose: str, claims: dict[str, Any], *, owner: str, ends: datetime) -> str:
        """A token with `claims`, in the letters of base64url."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        content = msgspec.json.encode({"e": ends.timestamp(), "c": claims})
        sealed = self._cipher.encrypt(nonce, content, _bound(purpose, owner))
        return _text(nonce + sealed)

    def open(self, purpose: str, token: str, *, owner: str, now: datetime) -> dict[str, Any]:
        """The claims of `token`; raise `NotOurs` or `Ended`."""
        if len(token) > LONGEST:
            raise NotOurs
        try:
            sealed = base64.b64decode(
                token.encode() + b"=" * (-len(token) % 4), b"-_", validate=True
            )
            # Python reads the other alphabet too, and spare bits: one token has one spelling
            if _text(sealed) != token:
                raise NotOurs
            content = self._cipher.decrypt(
                sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], _bound(purpose, owner)
            )
        except (InvalidTag, ValueError, binascii.Error):
            raise NotOurs from None
        document: dict[str, Any] = msgspec.json.decode(content)
        if now >= datetime.fromtimestamp(document["e"], UTC):
            raise Ended
        claims: dict[str, Any] = document["c"]
        return claims


def _text(sealed: bytes) -> str:
    return base64.urlsafe_b64encode(sealed).rstrip(b"=").decode()


def _bound(purpose: str, owner: str) -> bytes:
    """The associated data: one JSON array, so that no two tokens have the same bytes."""
    return msgspec.json.encode([FORMAT, purpose, owner])
