"""Licences. A version that another one follows is kept, never overwritten.

with store.write() as tx:
    tx.grants.save(replace(tx.grants.get("gra_1"), revoked_at=now, revoked_by="user:alice"))
"""

from datetime import datetime

from sqlalchemy import and_
from sqlmodel import col, select, update

from storage.collections.versioned import Versioned
from storage.readable import readable_in
from storage.records import EndedGrant, GrantRecord, Readable
from storage.rows import records_in, row_of
from storage.statements import Statements
from storage.tables import FormerGrantRow, GrantRow


class SqlGrants:
    """`Grants` in two tables: as they stand, and as they were."""

    def __init__(self, statements: Statements) -> None:
        self._statements = statements
        self._records = Versioned(statements, GrantRow, GrantRecord)
        self.add = self._records.add
        self.get = self._records.get

    def save(self, record: GrantRecord) -> GrantRecord:
        """Store a changed grant. The version before it stays in `history`."""
        before = self._records.get(record.id)
        saved = self._records.save(record)
        self._statements.insert_unless_taken(FormerGrantRow, [row_of(before)])
        return saved

    def end_on_cameo(
        self, cameo_id: str, *, by: str, reason: str, now: datetime
    ) -> Readable[EndedGrant]:
        """Revoke every grant on this cameo that was not revoked; return them in order of id."""
        id, version = col(GrantRow.id), col(GrantRow.version)
        standing = and_(col(GrantRow.cameo_id) == cameo_id, col(GrantRow.revoked_at).is_(None))
        sides = select(id, col(GrantRow.grantor), col(GrantRow.grantee)).where(standing)
        ended = readable_in(self._statements, sides.order_by(id), id, EndedGrant)
        self._statements.copy_unless_taken(GrantRow, FormerGrantRow, standing)
        revoked = {"revoked_at": now, "revoked_by": by, "revocation_reason": reason}
        these = update(GrantRow).where(standing)
        self._statements.run(these.values({**revoked, "version": version + 1}))
        return ended

    def history(self, id: str) -> list[GrantRecord]:
        """Every version, oldest first."""
        current = self._records.get(id)
        query = (
            select(FormerGrantRow)
            .where(col(FormerGrantRow.id) == id)
            .order_by(col(FormerGrantRow.version))
        )
        return [*records_in(self._statements.run(query), GrantRecord), current]

    def forget_reasons(self, cameo_id: str) -> int:
        """Destroy the reasons given when grants on this cameo were revoked; return how many."""
        these = select(col(GrantRow.id)).where(col(GrantRow.cameo_id) == cameo_id)
        return sum(
            self._statements.erase(
                update(table)
                .where(col(table.id).in_(these), col(table.revocation_reason).is_not(None))
                .values(revocation_reason=None)
            )
            for table in (GrantRow, FormerGrantRow)
        )

    def between(self, cameo_id: str, grantee: str) -> list[GrantRecord]:
        """Every grant on this cameo to this grantee that was not revoked, in order of id."""
        return self._records.chosen_by(
            select(GrantRow)
            .where(
                col(GrantRow.cameo_id) == cameo_id,
                col(GrantRow.grantee) == grantee,
                col(GrantRow.revoked_at).is_(None),
            )
            .order_by(col(GrantRow.id))
        )

    def on_cameo(self, cameo_id: str, *, limit: int, after: str | None = None) -> list[GrantRecord]:
        """Every grant on this cameo, revoked ones too, in order of id."""
        return self._records.chosen_by(
            select(GrantRow)
            .where(col(GrantRow.cameo_id) == cameo_id, col(GrantRow.id) > (after or ""))
            .order_by(col(GrantRow.id))
            .limit(limit)
        )

    def to(self, grantee: str, *, limit: int, after: str | None = None) -> list[GrantRecord]:
        """Every grant to this grantee, revoked ones too, in order of id."""
        return self._records.chosen_by(
            select(GrantRow)
            .where(col(GrantRow.grantee) == grantee, col(GrantRow.id) > (after or ""))
            .order_by(col(GrantRow.id))
            .limit(limit)
        )

    def after(self, id: str | None, *, limit: int) -> list[GrantRecord]:
        """Every grant behind the one with this id, revoked ones too, in order of id."""
        return self._records.chosen_by(
            select(GrantRow)
            .where(col(GrantRow.id) > (id or ""))
            .order_by(col(GrantRow.id))
            .limit(limit)
        )

    def below(self, id: str, *, limit: int, after: str | None = None) -> list[GrantRecord]:
        """The sublicences directly below this grant, revoked ones too, in order of id."""
        return self._records.chosen_by(
            select(GrantRow)
            .where(col(GrantRow.parent) == id, col(GrantRow.id) > (after or ""))
            .order_by(col(GrantRow.id))
            .limit(limit)
        )
