"""One number that every write moves which can change a decision, and what each one touched.

Numbers have no gaps and come in the order of their commits, because writers come one at a time.

    with store.write() as tx:
        tx.revisions.touch("cameo:cam_1", "grant:gra_1", now=now)
"""

from datetime import datetime

from sqlalchemy import func
from sqlmodel import col, delete, select

from storage.errors import Conflict
from storage.rows import number_in, values_in
from storage.statements import Statements
from storage.tables import RevisionKeyRow, RevisionRow

KEPT = 10_000
"""How many revisions back `touched_since` can tell, and how many keys it tells at most."""


class SqlRevisions:
    """`Revisions` in a table, with a table of the keys."""

    def __init__(self, statements: Statements, *, kept: int = KEPT) -> None:
        self._statements = statements
        self._kept = kept
        self._mine: int | None = None

    def current(self) -> int:
        """The revision of this transaction's state; 0 before the first write."""
        newest = self._statements.run(select(func.max(col(RevisionRow.number))))
        return number_in(newest, "number of a revision") or 0

    def touch(self, *keys: str, now: datetime) -> int:
        """Commit a new revision with this transaction, one however often it is called."""
        if self._mine is None:
            number = self.current() + 1
            row = {"number": number, "committed_at": now}
            if not self._statements.insert_unless_taken(RevisionRow, [row]):
                raise Conflict(f"revision `{number}` was taken in between")
            self._forget(number - self._kept)
            self._mine = number
        rows = [{"number": self._mine, "key": key} for key in dict.fromkeys(keys)]
        self._statements.insert_unless_taken(RevisionKeyRow, rows)
        return self._mine

    def touched_since(self, revision: int) -> frozenset[str] | None:
        """Every key touched after `revision`, or None when that is too long ago to tell.

        None also answers a revision from the future: the database was put back to a former state.
        """
        current = self.current()
        if not current - self._kept <= revision <= current:
            return None
        query = (
            select(col(RevisionKeyRow.key))
            .distinct()
            .where(col(RevisionKeyRow.number) > revision)
            .limit(self._kept + 1)
        )
        keys = frozenset(values_in(self._statements.run(query), "key of a revision"))
        return keys if len(keys) <= self._kept else None

    def _forget(self, number: int) -> None:
        self._statements.run(delete(RevisionKeyRow).where(col(RevisionKeyRow.number) <= number))
        self._statements.run(delete(RevisionRow).where(col(RevisionRow.number) <= number))
