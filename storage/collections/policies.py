"""Policies in all their versions.

with store.write() as tx:
    tx.policies.append(replace(tx.policies.current("cam_1"), version=4, document=rules))
"""

from sqlmodel import col, select, update
from sqlmodel.sql.expression import SelectOfScalar

from storage.errors import Conflict
from storage.records import Document, PolicyRecord
from storage.rows import first_in, only_in, records_in, row_of
from storage.statements import Statements
from storage.tables import PolicyRow


class SqlPolicies:
    """`Policies` in a table that grows until it is emptied."""

    def __init__(self, statements: Statements) -> None:
        self._statements = statements

    def append(self, record: PolicyRecord) -> None:
        """Store the next version. Raises `Conflict` unless it is one above the current one (1)."""
        newest = first_in(self._statements.run(_newest(record.cameo_id)), PolicyRecord)
        expected = 1 if newest is None else newest.version + 1
        if record.version != expected:
            raise Conflict(
                f"the next version of the policy of `{record.cameo_id}` is `{expected}`, "
                f"not `{record.version}`"
            )
        if not self._statements.insert_unless_taken(PolicyRow, [row_of(record)]):
            raise Conflict(f"the policy of `{record.cameo_id}` was written in between")

    def current(self, cameo_id: str) -> PolicyRecord:
        """The newest version."""
        return only_in(self._statements.run(_newest(cameo_id)), PolicyRecord, cameo_id)

    def history(self, cameo_id: str, *, limit: int, after: int = 0) -> list[PolicyRecord]:
        """The versions above `after`, oldest first."""
        query = (
            select(PolicyRow)
            .where(col(PolicyRow.cameo_id) == cameo_id, col(PolicyRow.version) > after)
            .order_by(col(PolicyRow.version))
            .limit(limit)
        )
        return records_in(self._statements.run(query), PolicyRecord)

    def empty(self, cameo_id: str, document: Document) -> int:
        """Put `document` in the place of every version's; return how many there are."""
        every = update(PolicyRow).where(col(PolicyRow.cameo_id) == cameo_id)
        return self._statements.erase(every.values(document=document))


def _newest(cameo_id: str) -> SelectOfScalar[PolicyRow]:
    return (
        select(PolicyRow)
        .where(col(PolicyRow.cameo_id) == cameo_id)
        .order_by(col(PolicyRow.version).desc())
        .limit(1)
    )
