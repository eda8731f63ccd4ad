"""Records that count their writes: each is saved only over the version that it was read in.

`save` is a compare-and-swap, after which the record is at version 8:

    UPDATE … SET version = 8, … WHERE id = 'cam_1' AND version = 7
"""

from dataclasses import replace
from typing import Generic, TypeVar

from sqlalchemy import Executable, column, select, update

from storage.errors import AlreadyExists, Conflict
from storage.records import (
    AccessRequestRecord,
    ApprovalRecord,
    CameoRecord,
    CharacterRecord,
    EnrollmentRecord,
    ErasureRecord,
    GrantRecord,
    MandateRecord,
    PrincipalRecord,
    ProtectedFaceRecord,
    ScanRecord,
    UseRecord,
    WebhookRecord,
)
from storage.rows import first_in, only_in, records_in, row_of
from storage.statements import Statements
from storage.tables import Row

V = TypeVar(
    "V",
    bound=AccessRequestRecord
    | ApprovalRecord
    | CameoRecord
    | CharacterRecord
    | EnrollmentRecord
    | ErasureRecord
    | GrantRecord
    | MandateRecord
    | PrincipalRecord
    | ProtectedFaceRecord
    | ScanRecord
    | UseRecord
    | WebhookRecord,
)


class Versioned(Generic[V]):
    """The records of one table."""

    def __init__(self, statements: Statements, table: type[Row], kind: type[V]) -> None:
        self._statements = statements
        self._table = table
        self._kind = kind

    def add(self, record: V) -> None:
        """Store a new record."""
        if not self._statements.insert_unless_taken(self._table, [row_of(record)]):
            raise AlreadyExists(f"there is a record `{record.id}` already")

    def get(self, id: str) -> V:
        """The record with this id."""
        return only_in(self._statements.run(self._with_id(id)), self._kind, id)

    def find(self, id: str) -> V | None:
        """The record with this id, or None."""
        return first_in(self._statements.run(self._with_id(id)), self._kind)

    def save(self, record: V) -> V:
        """Store a changed record."""
        saved = replace(record, version=record.version + 1)
        based_on = (column("id") == record.id) & (column("version") == record.version)
        changed = self._statements.run(
            update(self._table).where(based_on).values(row_of(saved))
        ).rowcount
        if not changed:
            stored = self.get(record.id)
            raise Conflict(
                f"`{record.id}` is at version `{stored.version}`, not at `{record.version}`"
            )
        return saved

    def chosen_by(self, query: Executable) -> list[V]:
        """The records that `query` selects, in its order."""
        return records_in(self._statements.run(query), self._kind)

    def _with_id(self, id: str) -> Executable:
        return select(self._table).where(column("id") == id)
