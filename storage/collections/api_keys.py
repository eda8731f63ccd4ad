"""Callers.

with store.read() as tx:
    caller = tx.keys.find("key_1")
"""

from datetime import datetime

from sqlmodel import col, select, update

from storage.errors import AlreadyExists, NotFound
from storage.records import ApiKeyRecord
from storage.rows import first_in, records_in, row_of
from storage.statements import Statements
from storage.tables import ApiKeyRow


class SqlApiKeys:
    """`ApiKeys` in a table."""

    def __init__(self, statements: Statements) -> None:
        self._statements = statements

    def add(self, record: ApiKeyRecord) -> None:
        """Store a new key."""
        if not self._statements.insert_unless_taken(ApiKeyRow, [row_of(record)]):
            raise AlreadyExists(f"there is a key `{record.id}` already")

    def find(self, id: str) -> ApiKeyRecord | None:
        """The key with this id, revoked ones too."""
        query = select(ApiKeyRow).where(col(ApiKeyRow.id) == id)
        return first_in(self._statements.run(query), ApiKeyRecord)

    def list(self) -> list[ApiKeyRecord]:
        """Every key, oldest first."""
        query = select(ApiKeyRow).order_by(col(ApiKeyRow.created_at), col(ApiKeyRow.id))
        return records_in(self._statements.run(query), ApiKeyRecord)

    def revoke(self, id: str, *, now: datetime) -> None:
        """End a key. Revoking twice keeps the first time."""
        if self.find(id) is None:
            raise NotFound(f"there is no key `{id}`")
        living = (col(ApiKeyRow.id) == id) & col(ApiKeyRow.revoked_at).is_(None)
        self._statements.run(update(ApiKeyRow).where(living).values({"revoked_at": now}))
