"""Every question that the service asks again and again is answered through an index."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import Engine, event
from sqlalchemy.engine import make_url

from storage.contracts import Transaction
from storage.local.key_encryption import LocalKeyEncryption
from storage.store import open_store
from tests.storage import samples
from tests.storage.samples import MINUTE, NOW

Asked = list[tuple[str, tuple[Any, ...]]]

QUESTIONS: dict[str, Callable[[Transaction], object]] = {
    "keys.find": lambda tx: tx.keys.find("x"),
    "enrollments.overdue": lambda tx: tx.enrollments.overdue(now=NOW, limit=9),
    "enrollments.awaiting_review": lambda tx: tx.enrollments.awaiting_review(limit=9),
    "cameos.owned_by": lambda tx: tx.cameos.owned_by("x"),
    "cameos.save": lambda tx: tx.cameos.save(samples.cameo()),
    "policies.current": lambda tx: tx.policies.history("x", limit=9),
    "grants.between": lambda tx: tx.grants.between("x", "y"),
    "grants.on_cameo": lambda tx: tx.grants.on_cameo("x", limit=9, after="y"),
    "permits.revoke_resting_on": lambda tx: tx.permits.revoke_resting_on("x", now=NOW),
    "templates.of_cameo": lambda tx: tx.templates.of_cameo("x"),
    "templates.destroy": lambda tx: tx.templates.destroy("x"),
    "jobs.lease": lambda tx: tx.jobs.lease(
        ("verify",), token="x", now=NOW, lease_for=MINUTE, at_most=5
    ),
    "jobs.waiting": lambda tx: tx.jobs.waiting(),
    "jobs.buried": lambda tx: tx.jobs.buried(("verify",), limit=9),
    "idempotency.sweep": lambda tx: tx.idempotency.sweep(before=NOW),
    "revisions.touch": lambda tx: tx.revisions.touch("x", now=NOW),
    "revisions.touched_since": lambda tx: tx.revisions.touched_since(0),
}


@contextmanager
def listening() -> Iterator[Asked]:
    asked: Asked = []

    def note(*call: Any) -> None:
        _, _, statement, parameters, *_ = call
        asked.append((statement, parameters))

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield asked
    finally:
        event.remove(Engine, "before_cursor_execute", note)


@pytest.mark.parametrize("question", QUESTIONS)
def test_no_table_is_read_from_end_to_end(sqlite_url: str, question: str) -> None:
    store = open_store(sqlite_url, key_encryption=LocalKeyEncryption(bytes(32)))
    with store.write() as tx:
        tx.cameos.add(samples.cameo())
        with listening() as asked:
            QUESTIONS[question](tx)
    store.close()
    assert asked
    connection = sqlite3.connect(make_url(sqlite_url).database or "")
    for statement, parameters in asked:
        plan = connection.execute(f"EXPLAIN QUERY PLAN {statement}", parameters).fetchall()
        assert [step for *_, step in plan if step.startswith("SCAN")] == [], statement
    connection.close()
