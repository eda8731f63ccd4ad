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
from collections.abc import Iterable
from enum import Enum
from typing import TYPE_CHECKING

from storage.errors import KeyUnavailable, Tampered

if TYPE_CHECKING:
    from storage.contracts.blobs import KeyEncryption

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


def require_name_kept(
    wrapped: Iterable[object], named: bytes | None, key_encryption: "KeyEncryption"
) -> None:
    """Raise `Tampered` where `wrapped` shows that the database named another key than it does now.

    `wrapped` are signing keys, read before `named` or in one snapshot with it: an exchange names
    the key first, and only then is anything wrapped under it. Who took the name away, or put the
    one of before in its place, would have everything wrapped again under a key that is given up.
    """
    marks = {mark_of(each) for each in wrapped if isinstance(each, bytes)} - {None, named}
    if not marks:
        return
    if named is None:
        formers = key_encryption.formers
        altered = bool(marks - {formers[0] if formers else key_encryption.mark})
    else:
        altered = (
            named != key_encryption.mark
            and key_encryption.mark in marks
            and named in key_encryption.formers
        )
    if altered:
        raise Tampered(
            f"secret `{NAMED}` does not name the key-encryption key that wraps the signing keys: "
            "it was deleted or altered"
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
