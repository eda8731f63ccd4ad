"""Permits, what is taken of what they rest on, and the uses that come of them.

tx.permits.revoke_resting_on("grant:gr_1", now=now)
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from storage.records.document import Document
from storage.records.permits import CarriedPermit, PermitRecord, Taken, UseRecord
from storage.records.readable import Readable


class Permits(Protocol):
    """Permits that were issued."""

    def next_index(self) -> int:
        """The first index that no permit has. Only a write transaction can rely on it."""

    def add(self, record: PermitRecord) -> None:
        """Store a new permit. Raises `AlreadyExists` for a taken id or index."""

    def get(self, id: str) -> PermitRecord:
        """The permit with this id."""

    def carried(self, ids: Sequence[str]) -> Readable[CarriedPermit]:
        """Who carries the permits with these ids, in order of id. There may be tens of thousands.

        Nothing else of them is read.
        """

    def spend(self, id: str, *, use_id: str) -> None:
        """Note the use that came of the permit. Raises `Conflict` where one did already."""

    def revoke(self, id: str, *, now: datetime) -> bool:
        """Revoke the permit if it still lives; whether it did."""

    def revoke_resting_on(self, *keys: str, now: datetime) -> list[str]:
        """Revoke every permit that rests on one of `keys` and still lives; return their ids.

        There may be tens of thousands of keys.
        """

    def revoke_resting_on_each(self, *keys: str, now: datetime) -> dict[str, list[str]]:
        """The same, by key: each permit under the first of `keys` that it rests on.

        Keys on which no permit rested that still lived are left out; the others are in order.
        """

    def revoked_between(self, first: int, last: int, *, now: datetime) -> list[int]:
        """The indexes from `first` to `last`, both included, of revoked permits that would live."""

    def on_cameo(
        self, cameo_id: str, *, limit: int, after: str | None = None
    ) -> list[PermitRecord]:
        """Every permit that rests on this cameo, in order of id."""


class Reservations(Protocol):
    """What is taken of things that can be used so many times: `grant:…`, `approval:…`."""

    def taken(self, key: str, *, now: datetime) -> Taken:
        """How often `key` was used or is reserved by a permit that lives."""

    def reserve(self, key: str, permit_id: str, *, expires_at: datetime) -> None:
        """Reserve one of `key` for a permit until then.

        A second time changes nothing: a permit is for one use, of whatever it rests on.
        """

    def commit(self, permit_id: str, *, now: datetime) -> tuple[str, ...]:
        """Turn what the permit still reserves into used; return the keys, in order.

        What ended by itself is not among them, though it be a moment ago: others may have it.
        """

    def release(self, *permit_ids: str) -> tuple[str, ...]:
        """Give back what the permits reserve; return the keys, each once and in order.

        There may be tens of thousands of permits.
        """

    def sweep(self, *, before: datetime) -> int:
        """Delete the reservations that ended before then; return how many."""


class Uses(Protocol):
    """What came of permits."""

    def add(self, record: UseRecord) -> None:
        """Store a new use."""

    def get(self, id: str) -> UseRecord:
        """The use with this id."""

    def find(self, id: str) -> UseRecord | None:
        """The use with this id, or None."""

    def save(self, record: UseRecord) -> UseRecord:
        """Store a changed use. It may come to rest on more; on less raises `StorageError`."""

    def resting_on(self, key: str, *, limit: int, after: str | None = None) -> list[UseRecord]:
        """The uses that rest on `key`, in order of id. `cameo:…` finds those of a cameo."""

    def readable_on(self, key: str, *, limit: int, after: str | None = None) -> Readable[UseRecord]:
        """The same for whoever must not be kept from something by a row that was altered."""

    def recall(self, ids: Sequence[str], document: Document, *, now: datetime) -> None:
        """Open a recall of these uses, and say in each: `document`."""

    def forget_reasons(self, key: str) -> tuple[int, list[str]]:
        """Destroy the reasons of recalls in the name of `key`, of all uses that rest on it.

        What a recall says that cannot be read goes as a whole. Returns how many reasons there
        were, and the ids of the uses of which nobody can tell.
        """

    def held_by(
        self, holder: str, *, recalled: bool, limit: int, after: str | None = None
    ) -> list[UseRecord]:
        """The uses that this caller answers for, in order of id; only open recalls if asked."""
