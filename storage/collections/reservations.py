"""What is taken of things that can be used so many times.

Live reservations are rows, and what was used is one number a key, so that asking costs as much as
there are permits in flight, however often the thing was used.

with store.write() as tx:
    if tx.reservations.taken("grant:gra_1", now=now).count < 10:
        tx.reservations.reserve("grant:gra_1", "per_1", expires_at=now + MINUTE)
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func
from sqlmodel import col, delete, select

from storage.records import Taken
from storage.rows import only_in, records_in, texts_in
from storage.statements import Statements, pages_of
from storage.tables import ReservationRow, UsedRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Reserved:
    """A key that is reserved."""

    key: str


class SqlReservations:
    """`Reservations` in a table, and a table of counts."""

    def __init__(self, statements: Statements) -> None:
        self._statements = statements

    def taken(self, key: str, *, now: datetime) -> Taken:
        """How often `key` was used or is reserved by a permit that lives."""
        used = select(col(UsedRow.count)).where(col(UsedRow.key) == key).scalar_subquery()
        query = select(
            (func.coalesce(used, 0) + func.count()).label("count"),
            func.min(col(ReservationRow.expires_at)).label("next_release"),
        ).where(col(ReservationRow.key) == key, col(ReservationRow.expires_at) > now)
        return only_in(self._statements.run(query), Taken, key)

    def reserve(self, key: str, permit_id: str, *, expires_at: datetime) -> None:
        """Reserve one of `key` for a permit until then; a second time changes nothing."""
        row = {"key": key, "permit_id": permit_id, "expires_at": expires_at}
        self._statements.insert_unless_taken(ReservationRow, [row])

    def commit(self, permit_id: str, *, now: datetime) -> tuple[str, ...]:
        """Turn what the permit still reserves into used; return the keys, in order."""
        reserved = self._statements.run(
            delete(ReservationRow)
            .where(col(ReservationRow.permit_id) == permit_id, col(ReservationRow.expires_at) > now)
            .returning(col(ReservationRow.key))
        )
        keys = tuple(sorted(each.key for each in records_in(reserved, Reserved)))
        self._statements.insert_or_add(
            UsedRow, [{"key": key, "count": 1} for key in keys], added=("count",)
        )
        return keys

    def release(self, *permit_ids: str) -> tuple[str, ...]:
        """Give back what the permits reserve; return the keys, each once and in order."""
        keys: set[str] = set()
        for page in pages_of(permit_ids):
            released = self._statements.run(
                delete(ReservationRow)
                .where(col(ReservationRow.permit_id).in_(page))
                .returning(col(ReservationRow.key))
            )
            keys.update(texts_in(released, "key of a reservation"))
        return tuple(sorted(keys))

    def sweep(self, *, before: datetime) -> int:
        """Delete the reservations that ended before then; return how many."""
        old = col(ReservationRow.expires_at) < before
        return self._statements.run(delete(ReservationRow).where(old)).rowcount
