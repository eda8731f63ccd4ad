"""What is wrapped: the mark of the key that did it stands in front, and it is bound to its place.

A mark names a key-encryption key and tells nothing of it. What an earlier release wrapped has none.

>>> mark = mark_for(Holder.LOCAL, bytes(32))
>>> mark_of(mark + b"wrapped") == mark, mark_of(b"wrapped")
(True, None)
>>> holder_of(mark)
<Holder.LOCAL: b'l'>
>>> signing_key_context("permit", "a")
{'purpose': 'permit', 'kid': 'a'}
"""

import hashlib
from enum import Enum

from storage.errors import KeyUnavailable

PREFIX = b"cameo\x02"
MARK_BYTES = 16

NAMED = "key encryption"
"""The secret that says, by its mark, under which key everything is wrapped since an exchange."""

DOES_NOT_UNWRAP = "a data key does not unwrap: it was altered, or wrapped under another key"


class Holder(Enum):
    """Who holds a key, as its mark says."""

    LOCAL = b"l"
    KMS = b"k"


def mark_for(holder: Holder, identity: bytes) -> bytes:
    """The mark of the key with this identity: what all marks begin with, who holds the key, and
    72 bits of a hash.

    The identity of a key in memory is the key itself: it has 256 random bits, and nobody finds
    those by their hash.
    """
    digest = hashlib.sha256(b"cameo key mark 1\0" + holder.value + identity).digest()
    return (PREFIX + holder.value + digest)[:MARK_BYTES]


def holder_of(mark: bytes) -> Holder | None:
    """Who holds the key with this mark; None where that is nobody we know."""
    letter = mark[len(PREFIX) : len(PREFIX) + 1]
    return Holder(letter) if letter in {holder.value for holder in Holder} else None


def mark_of(wrapped: bytes) -> bytes | None:
    """The mark of the key that wrapped this, None where it has none."""
    return wrapped[:MARK_BYTES] if wrapped.startswith(PREFIX) else None


def require_named(mark: bytes, under: bytes | None) -> None:
    """Raise `KeyUnavailable` where the database names another key than the one with this mark."""
    if under is not None and mark != under:
        raise not_named()


def not_named() -> KeyUnavailable:
    """What to raise where none of the keys that are set is the one that the database names."""
    return KeyUnavailable(
        "the key-encryption key was exchanged, and the one that is set here is not the one that "
        "the database names: set that one, and start again"
    )


def signing_key_context(purpose: str, kid: str) -> dict[str, str]:
    """What the wrapped private half of a signing key is bound to."""
    return {"purpose": purpose, "kid": kid}


def secret_context(name: str) -> dict[str, str]:
    """What a wrapped secret is bound to. No signing key has this purpose."""
    return {"purpose": "secret", "name": name}


def webhook_context(id: str) -> dict[str, str]:
    """What the wrapped secrets of an endpoint are bound to. Nothing else has this purpose."""
    return {"purpose": "webhook", "name": id}
