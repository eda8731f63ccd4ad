"""Relationships: who is mutual with whom, as the platform says. In bulk, all or nothing.

counts = change(tx, context, caller, add=[("user:ann", "user:bob")], remove=[])
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from cameo_service import touched
from cameo_service.callers import Caller
from cameo_service.context import Context
from cameo_service.errors import Invalid
from cameo_service.permits import ending
from storage.contracts import Transaction

Pair = tuple[str, str]
MOST_PAIRS = 10_000
"""To add and to remove together, in one call."""


class Counts(NamedTuple):
    """What a change came to: pairs that were new, and pairs that were there."""

    added: int
    removed: int


def change(
    tx: Transaction,
    context: Context,
    caller: Caller,
    *,
    add: Sequence[Pair],
    remove: Sequence[Pair],
) -> Counts:
    """Store and delete pairs. A pair has no direction; what rests on a deleted one ends."""
    _require_sense(add, remove)
    for principal in dict.fromkeys(side for pair in (*add, *remove) for side in pair):
        caller.require_acting_for(principal)
    now = context.clock()
    removed = tx.relationships.remove(remove) if remove else []
    added = tx.relationships.add(add, now=now) if add else 0
    between = [touched.between(*way) for one, other in removed for way in _ways(one, other)]
    ending.end_permits(tx, *between, now=now)
    concerned = _sides([*(add if added else ()), *removed])
    if concerned:
        tx.revisions.touch(*concerned, now=now)
    return Counts(added=added, removed=len(removed))


def mutuals(
    tx: Transaction, caller: Caller, principal: str, *, limit: int, after: str | None
) -> list[str]:
    """Who is mutual with this principal, in order, to those who act for it."""
    caller.require_acting_for(principal)
    return tx.relationships.of(principal, limit=limit, after=after)


def _require_sense(add: Sequence[Pair], remove: Sequence[Pair]) -> None:
    for one, other in (*add, *remove):
        if one == other:
            raise Invalid("pair_with_itself", f"`{one}` cannot be mutual with itself")
    contradiction = _undirected(add) & _undirected(remove)
    if contradiction:
        one, other = sorted(min(contradiction, key=sorted))
        raise Invalid(
            "pair_added_and_removed", f"`{one}` and `{other}` are both to be added and removed"
        )


def _undirected(pairs: Iterable[Pair]) -> set[frozenset[str]]:
    return {frozenset(pair) for pair in pairs}


def _ways(one: str, other: str) -> tuple[Pair, Pair]:
    return (one, other), (other, one)


def _sides(pairs: Iterable[Pair]) -> list[str]:
    return sorted({touched.principal(side) for pair in pairs for side in pair})
