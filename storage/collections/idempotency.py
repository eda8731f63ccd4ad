"""Answers to repeated requests.

with store.write() as tx:
    earlier = tx.idempotency.begin(record)
"""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement
from sqlmodel import col, delete, select, update

from storage.errors import NotFound
from storage.records import IdempotencyRecord
from storage.rows import first_in, row_of
from storage.statements import Statements, pages_of
from storage.tables import IdempotencyRow, IdempotencySubjectRow


class SqlIdempotency:
    """`Idempotency` in a table."""

    def __init__(self, statements: Statements) -> None:
        self._statements = statements

    def begin(self, record: IdempotencyRecord) -> IdempotencyRecord | None:
        """Store an unanswered record, or return the one that is there for this caller and key."""
        if self._statements.insert_unless_taken(IdempotencyRow, [row_of(record)]):
            return None
        query = select(IdempotencyRow).where(_is_of(record.caller, record.key))
        return first_in(self._statements.run(query), IdempotencyRecord)

    def finish(self, record: IdempotencyRecord, *, subjects: Collection[str] = ()) -> None:
        """Store the answer of a record that was begun. Raises `NotFound` unless one waits."""
        answer = {"status": record.status, "body": record.body}
        waiting = _is_of(record.caller, record.key) & col(IdempotencyRow.status).is_(None)
        if not self._statements.run(update(IdempotencyRow).where(waiting).values(answer)).rowcount:
            raise NotFound(f"no request waits for an answer under `{record.key}`")
        of_it = {"caller": record.caller, "key": record.key, "created_at": record.created_at}
        rows = [{**of_it, "subject": each} for each in sorted(set(subjects))]
        self._statements.insert_unless_taken(IdempotencySubjectRow, rows)

    def empty(self, *subjects: str) -> int:
        """Destroy the bodies of the answers about `subjects`; return how many there were."""
        return sum(self._empty(page) for page in pages_of(subjects))

    def _empty(self, subjects: Sequence[str]) -> int:
        named = select(IdempotencySubjectRow).where(
            col(IdempotencySubjectRow.subject).in_(subjects)
        )
        return sum(
            self._statements.erase(
                update(IdempotencyRow)
                .where(_is_of(row["caller"], row["key"]), col(IdempotencyRow.body).is_not(None))
                .values(body=None)
            )
            for row in self._statements.run(named).mappings().fetchall()
        )

    def forget(self, caller: str, key: str) -> None:
        """Delete the record of this caller and key, so that its request counts as new."""
        subjects = delete(IdempotencySubjectRow).where(
            col(IdempotencySubjectRow.caller) == caller, col(IdempotencySubjectRow.key) == key
        )
        self._statements.run(subjects)
        self._statements.run(delete(IdempotencyRow).where(_is_of(caller, key)))

    def sweep(self, *, before: datetime) -> int:
        """Delete the records created before then; return how many."""
        self._statements.run(
            delete(IdempotencySubjectRow).where(col(IdempotencySubjectRow.created_at) < before)
        )
        old = col(IdempotencyRow.created_at) < before
        return self._statements.run(delete(IdempotencyRow).where(old)).rowcount


def _is_of(caller: str, key: str) -> ColumnElement[bool]:
    return (col(IdempotencyRow.caller) == caller) & (col(IdempotencyRow.key) == key)
