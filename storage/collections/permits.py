"""Permits that were issued, findable by what they rest on.

with store.write() as tx:
    ended = tx.permits.revoke_resting_on("grant:gra_1", now=now)
"""

from datetime import datetime

from sqlmodel import col, select, update

from storage.errors import AlreadyExists
from storage.records import PermitRecord
from storage.rows import only_in, row_of
from storage.statements import Statements
from storage.tables import PermitBasisRow, PermitRow


class SqlPermits:
    """`Permits` in a table, and a table of the keys they rest on."""

    def __init__(self, statements: Statements) -> None:
        self._statements = statements

    def add(self, record: PermitRecord) -> None:
        """Store a new permit."""
        if not self._statements.insert_unless_taken(PermitRow, [row_of(record)]):
            raise AlreadyExists(f"there is a permit `{record.id}` already")
        basis = [
            {"key": key, "permit_id": record.id, "expires_at": record.expires_at}
            for key in dict.fromkeys(record.rests_on)
        ]
        self._statements.insert_unless_taken(PermitBasisRow, basis)

    def get(self, id: str) -> PermitRecord:
        """The permit with this id."""
        query = select(PermitRow).where(col(PermitRow.id) == id)
        return only_in(self._statements.run(query), PermitRecord, id)

    def revoke_resting_on(self, key: str, *, now: datetime) -> list[str]:
        """Revoke every permit that rests on `key` and still lives; return their ids in order."""
        resting = select(col(PermitBasisRow.permit_id)).where(
            col(PermitBasisRow.key) == key, col(PermitBasisRow.expires_at) > now
        )
        revoked = self._statements.run(
            update(PermitRow)
            .where(col(PermitRow.id).in_(resting), col(PermitRow.revoked_at).is_(None))
            .values({"revoked_at": now})
            .returning(col(PermitRow.id))
        )
        return sorted(revoked.scalars())
