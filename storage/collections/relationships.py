"""Who is mutual with whom. A pair is two rows, so that either side is one look-up.

with store.write() as tx:
    tx.relationships.add([("user:alice", "user:bob")], now=now)
"""

from collections.abc import Iterator, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, or_
from sqlmodel import col, delete, select

from storage.errors import StorageError
from storage.statements import Statements
from storage.tables import RelationshipRow

Pair = tuple[str, str]

AT_ONCE = 100
"""How many rows one statement names: longer ones are no quicker."""


class SqlRelationships:
    """`Relationships` in a table."""

    def __init__(self, statements: Statements) -> None:
        self._statements = statements

    def add(self, pairs: Sequence[Pair], *, now: datetime) -> int:
        """Store the pairs that are new; return how many."""
        rows = [
            {"principal": one, "other": other, "since": now} for one, other in _both_ways(pairs)
        ]
        return self._statements.insert_unless_taken(RelationshipRow, rows) // 2

    def remove(self, pairs: Sequence[Pair]) -> list[Pair]:
        """Delete the pairs that are there; return them, each once, in the order given."""
        wanted, removed = list(_both_ways(pairs)), set[Pair]()
        for start in range(0, len(wanted), AT_ONCE):
            removed |= self._remove(wanted[start : start + AT_ONCE])
        return [pair for pair in _each_once(pairs) if pair in removed]

    def are_mutual(self, one: str, other: str) -> bool:
        """Whether they are."""
        query = select(col(RelationshipRow.since)).where(_is(one, other))
        return self._statements.run(query).first() is not None

    def of(self, principal: str, *, limit: int, after: str | None = None) -> list[str]:
        """Who is mutual with this principal, in order."""
        query = (
            select(col(RelationshipRow.other))
            .where(
                col(RelationshipRow.principal) == principal,
                col(RelationshipRow.other) > (after or ""),
            )
            .order_by(col(RelationshipRow.other))
            .limit(limit)
        )
        return list(self._statements.run(query).scalars())

    def _remove(self, directions: list[Pair]) -> set[Pair]:
        # SQLite reads the whole table for `(principal, other) IN (…)`, and looks each of these up
        named = or_(*(_is(one, other) for one, other in directions))
        removed = self._statements.run(
            delete(RelationshipRow)
            .where(named)
            .returning(col(RelationshipRow.principal), col(RelationshipRow.other))
        )
        return {(row.principal, row.other) for row in removed}


def _is(one: str, other: str) -> ColumnElement[bool]:
    return (col(RelationshipRow.principal) == one) & (col(RelationshipRow.other) == other)


def _each_once(pairs: Sequence[Pair]) -> list[Pair]:
    unlike: dict[frozenset[str], Pair] = {}
    for one, other in pairs:
        if one == other:
            raise StorageError(f"`{one}` cannot be mutual with itself")
        unlike.setdefault(frozenset((one, other)), (one, other))
    return list(unlike.values())


def _both_ways(pairs: Sequence[Pair]) -> Iterator[Pair]:
    for one, other in _each_once(pairs):
        yield one, other
        yield other, one
