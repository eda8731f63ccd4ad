"""What an entry of the consent log says: a kind, a time, and a salted commitment to the event.

The event itself is never in the log, so that it can be erased while every proof stays valid.

    >>> salt, event = bytes(32), b'{"grant":"gra_1"}'
    >>> line = entry("grant.accepted", event, salt=salt, time="2026-01-02T03:04:05.000000Z")
    >>> opens(line, event, salt=salt), opens(line, b"{}", salt=salt)
    (True, False)
"""

import base64
import hashlib
import hmac
import json

SALT_BYTES = 32
LONGEST = 65_535
"""Bytes of an entry at most: the length in front of it in a bundle has 16 bits (C2SP)."""

TIME = "%Y-%m-%dT%H:%M:%S.%fZ"
"""How `strftime` writes an entry's moment, which is in UTC: RFC 3339, to the microsecond."""

RULES_CHANGED = "rules.changed"
"""How the log shows what an owner need not tell. Whoever was blocked sees a permit end at the same
moment, and is to learn no more than after any other change of the owner's rules."""

OWN_BUSINESS = frozenset({"policy.set", "block.set", "block.lifted"})


def kind_of(event: str) -> str:
    """The kind that everybody reads in the entry of an event of this name.

    >>> kind_of("block.set"), kind_of("policy.set"), kind_of("grant.ended")
    ('rules.changed', 'rules.changed', 'grant.ended')
    """
    return RULES_CHANGED if event in OWN_BUSINESS else event


def commitment(event: bytes, *, salt: bytes) -> str:
    """SHA-256 over the salt and then the event's canonical JSON, unpadded base64url.

    The salt has one length, so where it ends is never in doubt.
    """
    if len(salt) != SALT_BYTES:
        raise ValueError(f"a salt has {SALT_BYTES} bytes, not {len(salt)}")
    digest = hashlib.sha256(salt + event).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def entry(kind: str, event: bytes, *, salt: bytes, time: str) -> bytes:
    """A leaf's data: one line of JSON, its members in order. `time` is RFC 3339 in UTC."""
    members = {"commitment": commitment(event, salt=salt), "kind": kind, "time": time}
    data = json.dumps(members, sort_keys=True, separators=(",", ":")).encode()
    if len(data) > LONGEST:
        raise ValueError(f"an entry has {LONGEST} bytes at most, not {len(data)}")
    return data


def opens(data: bytes, event: bytes, *, salt: bytes) -> bool:
    """Whether salt and event are what the entry commits to."""
    try:
        stated = str(json.loads(data)["commitment"])
        return hmac.compare_digest(stated, commitment(event, salt=salt))
    except (ValueError, KeyError, TypeError):
        return False
