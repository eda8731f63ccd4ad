"""Permits that were issued, findable by what they rest on and by their place in the status lists.

with store.write() as tx:
    ended = tx.permits.revoke_resting_on("grant:gra_1", now=now)
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func
from sqlmodel import col, select, update

from storage.errors import AlreadyExists, Conflict
from storage.readable import readable_in
from storage.records import CarriedPermit, PermitRecord, Readable
from storage.rows import (
    number_in,
    numbers_in,
    only_in,
    records_in,
    row_of,
    texts_in,
    tuples_in,
)
from storage.statements import Statements, pages_of
from storage.tables import PermitBasisRow, PermitRow

AT_ONCE = 500
"""Keys or ids in one statement."""


class SqlPermits:
    """`Permits` in a table, and a table of the keys they rest on."""

    def __init__(self, statements: Statements) -> None:
        self._statements = statements

    def next_index(self) -> int:
        """The first index that no permit has: one above the highest, since none is ever deleted."""
        highest = self._statements.run(select(func.max(col(PermitRow.status_index))))
        last = number_in(highest, "index of a permit")
        return 0 if last is None else last + 1

    def add(self, record: PermitRecord) -> None:
        """Store a new permit. Raises `AlreadyExists` for a taken id or index."""
        if not self._statements.insert_unless_taken(PermitRow, [row_of(record)]):
            raise AlreadyExists(
                f"there is a permit `{record.id}` or one at `{record.status_index}` already"
            )
        basis = [
            {"key": key, "permit_id": record.id, "expires_at": record.expires_at}
            for key in dict.fromkeys(record.rests_on)
        ]
        self._statements.insert_unless_taken(PermitBasisRow, basis)

    def get(self, id: str) -> PermitRecord:
        """The permit with this id."""
        query = select(PermitRow).where(col(PermitRow.id) == id)
        return only_in(self._statements.run(query), PermitRecord, id)

    def carried(self, ids: Sequence[str]) -> Readable[CarriedPermit]:
        """Who carries the permits with these ids, in order of id."""
        found: Readable[CarriedPermit] = Readable([], [])
        id = col(PermitRow.id)
        carried = select(id, col(PermitRow.audience), col(PermitRow.request)).order_by(id)
        for page in pages_of(ids):
            some = readable_in(self._statements, carried.where(id.in_(page)), id, CarriedPermit)
            found.records.extend(some.records)
            found.altered.extend(some.altered)
        return found

    def spend(self, id: str, *, use_id: str) -> None:
        """Note the use that came of the permit. Raises `Conflict` where one did already."""
        unspent = (col(PermitRow.id) == id) & col(PermitRow.use_id).is_(None)
        spent = self._statements.run(update(PermitRow).where(unspent).values({"use_id": use_id}))
        if not spent.rowcount:
            raise Conflict(f"of the permit `{id}` came the use `{self.get(id).use_id}` already")

    def revoke(self, id: str, *, now: datetime) -> bool:
        """Revoke the permit if it still lives; whether it did."""
        living = (
            (col(PermitRow.id) == id)
            & (col(PermitRow.expires_at) > now)
            & col(PermitRow.revoked_at).is_(None)
        )
        revoked = update(PermitRow).where(living).values({"revoked_at": now})
        return self._statements.run(revoked).rowcount == 1

    def revoke_resting_on(self, *keys: str, now: datetime) -> list[str]:
        """Revoke every permit that rests on one of `keys` and lives; return their ids in order."""
        some = (keys[start : start + AT_ONCE] for start in range(0, len(keys), AT_ONCE))
        return sorted(id for each in some for id in self._revoke_resting_on(each, now=now))

    def _revoke_resting_on(self, keys: tuple[str, ...], *, now: datetime) -> list[str]:
        resting = select(col(PermitBasisRow.permit_id)).where(
            col(PermitBasisRow.key).in_(keys), col(PermitBasisRow.expires_at) > now
        )
        revoked = self._statements.run(
            update(PermitRow)
            .where(col(PermitRow.id).in_(resting), col(PermitRow.revoked_at).is_(None))
            .values({"revoked_at": now})
            .returning(col(PermitRow.id))
        )
        return texts_in(revoked, "id of a permit")

    def revoke_resting_on_each(self, *keys: str, now: datetime) -> dict[str, list[str]]:
        """The same, by key: each permit under the first of `keys` that it rests on."""
        first: dict[str, str] = {}
        for start in range(0, len(keys), AT_ONCE):
            some = keys[start : start + AT_ONCE]
            resting = self._living_on(some, now=now)
            for key in some:
                for id in resting.get(key, ()):
                    first.setdefault(id, key)
        revoked: dict[str, list[str]] = {key: [] for key in keys}
        # one whose id is bytes, as SQLite lets it be, ends too, and is not named
        for id in self.revoke_resting_on(*keys, now=now):
            revoked[first[id]].append(id)
        return {key: ids for key, ids in revoked.items() if ids}

    def _living_on(self, keys: Sequence[str], *, now: datetime) -> dict[str, list[str]]:
        """The permits that rest on each of these keys and live."""
        resting = self._statements.run(
            select(col(PermitBasisRow.key), col(PermitBasisRow.permit_id))
            .join(PermitRow, col(PermitRow.id) == col(PermitBasisRow.permit_id))
            .where(
                col(PermitBasisRow.key).in_(keys),
                col(PermitBasisRow.expires_at) > now,
                col(PermitRow.revoked_at).is_(None),
            )
        )
        found: dict[str, list[str]] = {}
        for key, id in tuples_in(resting, "id of a permit"):
            found.setdefault(key, []).append(id)
        return found

    def revoked_between(self, first: int, last: int, *, now: datetime) -> list[int]:
        """The indexes from `first` to `last`, both included, of revoked permits that would live."""
        # in a sum, the index is no reason to read a whole list's permits through its own index
        place = col(PermitRow.status_index) + 0
        query = (
            select(col(PermitRow.status_index))
            .where(
                col(PermitRow.revoked_at).is_not(None),
                col(PermitRow.expires_at) > now,
                place >= first,
                place <= last,
            )
            .order_by(place)
        )
        return numbers_in(self._statements.run(query), "index of a permit")

    def on_cameo(
        self, cameo_id: str, *, limit: int, after: str | None = None
    ) -> list[PermitRecord]:
        """Every permit that rests on this cameo, in order of id."""
        query = (
            select(PermitRow)
            .join(PermitBasisRow, col(PermitBasisRow.permit_id) == col(PermitRow.id))
            .where(
                col(PermitBasisRow.key) == f"cameo:{cameo_id}",
                col(PermitBasisRow.permit_id) > (after or ""),
            )
            .order_by(col(PermitBasisRow.permit_id))
            .limit(limit)
        )
        return records_in(self._statements.run(query), PermitRecord)
