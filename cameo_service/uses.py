"""What came of permits, and what the end of what they rest on asks of their holders.

recalled = recall(tx, context, touched.grant("gra_1"), cause="grant_revoked", now=now)
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any

from cameo_service.context import Context
from cameo_service.recalls import applies_to, demand_of
from storage.contracts import Transaction
from storage.records import RecallState, UseRecord, UseState

AT_ONCE = 200


def recall(tx: Transaction, context: Context, key: str, *, cause: str, now: datetime) -> list[str]:
    """Recall the uses that the end of `key` takes back; return their ids, in order.

    `key` is one of `touched`: `grant:…` or `cameo:…`; no other recalls anything. `cause` is a
    stable code for the holder, such as `grant_revoked`. What is recalled already stays as it is.
    """
    del context  # whoever is told of recalls later is told from here
    recalled = []
    for use in _resting_on(tx, key):
        demand = demand_of(use.basis, key)
        if use.recall is RecallState.NONE and applies_to(demand, use):
            open_recall(tx, use, cause=cause, key=key, now=now)
            recalled.append(use.id)
    return recalled


def open_recall(
    tx: Transaction,
    use: UseRecord,
    *,
    cause: str,
    key: str,
    now: datetime,
    reason: str | None = None,
) -> UseRecord:
    """Ask the holder to delete a draft, or to take down what is published."""
    document: dict[str, Any] = {
        "ask": "delete" if use.state is UseState.DRAFT else "take_down",
        "cause": cause,
        "key": key,
        "reason": reason,
        "since": now.isoformat(),
    }
    return tx.uses.save(
        replace(use, recall=RecallState.OPEN, recall_document=document, updated_at=now)
    )


def _resting_on(tx: Transaction, key: str) -> Iterator[UseRecord]:
    after = None
    while page := tx.uses.resting_on(key, limit=AT_ONCE, after=after):
        yield from page
        after = page[-1].id
