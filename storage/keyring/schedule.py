"""Which key of a purpose signs now: pure, over keys and a moment.

A key signs from its `active_from` until that of the next one. The first of a purpose signs from the
beginning, so that a machine whose clock is a little behind has one too; so does the first behind
one that was withdrawn, and none before it signs again.

    current_of(keys, now)[Purpose.PERMIT].kid
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from enum import StrEnum

from storage.errors import Tampered
from storage.keyring.keys import CertifiedKey
from storage.keys import Purpose

PINNED = frozenset({Purpose.LOG})
"""Purposes whose key outsiders pin, witnesses above all: rotated by name only, never by a schedule
and never along with the others."""

ROTATED = tuple(purpose for purpose in Purpose if purpose not in PINNED)


class Status(StrEnum):
    """Where a key stands."""

    NEXT = "next"
    CURRENT = "current"
    RETIRED = "retired"
    WITHDRAWN = "withdrawn"


def ordered(keys: Iterable[CertifiedKey]) -> list[CertifiedKey]:
    """In order of purpose, and then of the moment from which they sign.

    Of two that were made within one second, the retired one was the first.
    """
    place = {purpose: index for index, purpose in enumerate(Purpose)}
    return sorted(
        keys,
        key=lambda key: (place[key.purpose], key.active_from, key.retired_at is None, key.kid),
    )


def require_followed(keys: Sequence[CertifiedKey]) -> None:
    """Raise `Tampered` for a purpose whose keys are all retired: one follows the newest of them.

    The key that follows is stored in the transaction that retires the one before. `keys` are in
    order.
    """
    newest: dict[Purpose, CertifiedKey] = {}
    for key in keys:
        if key.purpose not in newest or newest[key.purpose].retired_at is not None:
            newest[key.purpose] = key
    for key in newest.values():
        if key.retired_at is not None:
            raise Tampered(
                f"signing key `{key.kid}` is retired, and the key that follows it is missing"
            )


def current_of(keys: Sequence[CertifiedKey], now: datetime) -> dict[Purpose, CertifiedKey]:
    """The key that signs for each purpose. `keys` are in order."""
    found: dict[Purpose, CertifiedKey] = {}
    for key in keys:
        if key.revocation is not None:
            if key.active_from <= now:
                found.pop(key.purpose, None)
        elif key.purpose not in found or key.active_from <= now:
            found[key.purpose] = key
    return found


def status_of(key: CertifiedKey, keys: Sequence[CertifiedKey], now: datetime) -> Status:
    """Whether this key signs, will sign, only verifies, or not even that."""
    if key.revocation is not None:
        return Status.WITHDRAWN
    current = current_of(keys, now).get(key.purpose)
    if current is not None and current.kid == key.kid:
        return Status.CURRENT
    return Status.NEXT if key.active_from > now else Status.RETIRED


def due(keys: Sequence[CertifiedKey], now: datetime, *, every: timedelta) -> list[Purpose]:
    """The purposes whose newest key has signed for as long as keys are to."""
    newest = {key.purpose: key for key in keys}
    return [
        purpose
        for purpose in ROTATED
        if purpose in newest and newest[purpose].active_from + every <= now
    ]
