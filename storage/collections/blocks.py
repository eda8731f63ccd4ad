"""Whom owners want nothing to do with.

with store.read() as tx:
    "user:mallory" in tx.blocks.all_of("user:alice")
"""

from sqlalchemy import ColumnElement
from sqlmodel import col, delete, select

from storage.records import BlockRecord
from storage.rows import records_in, row_of
from storage.statements import Statements
from storage.tables import BlockRow


class SqlBlocks:
    """`Blocks` in a table."""

    def __init__(self, statements: Statements) -> None:
        self._statements = statements

    def add(self, record: BlockRecord) -> bool:
        """Store a block; False where it was there already."""
        return self._statements.insert_unless_taken(BlockRow, [row_of(record)]) == 1

    def remove(self, owner: str, blocked: str) -> bool:
        """Delete a block; whether it was there."""
        is_it = _is_by(owner) & (col(BlockRow.blocked) == blocked)
        return self._statements.run(delete(BlockRow).where(is_it)).rowcount == 1

    def all_of(self, owner: str) -> frozenset[str]:
        """Everybody whom this owner blocks."""
        query = select(col(BlockRow.blocked)).where(_is_by(owner))
        return frozenset(self._statements.run(query).scalars())

    def of(self, owner: str, *, limit: int, after: str | None = None) -> list[BlockRecord]:
        """The blocks of this owner, in order of who is blocked."""
        query = (
            select(BlockRow)
            .where(_is_by(owner), col(BlockRow.blocked) > (after or ""))
            .order_by(col(BlockRow.blocked))
            .limit(limit)
        )
        return records_in(self._statements.run(query), BlockRecord)


def _is_by(owner: str) -> ColumnElement[bool]:
    return col(BlockRow.owner) == owner
