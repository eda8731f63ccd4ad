"""Every question that the service asks again and again is answered through an index."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import psycopg
import pytest
from sqlalchemy import Engine, event, text
from sqlalchemy.engine import make_url

from storage.collections.inquiries import cursor_of
from storage.contracts import Transaction
from storage.database import Database
from storage.local.key_encryption import LocalKeyEncryption
from storage.records import DeliveryState
from storage.store import open_store
from storage.tables import METADATA
from tests.storage import samples, webhook_samples
from tests.storage.databases import postgres_database
from tests.storage.samples import MINUTE, NOW

Asked = list[tuple[str, Any]]

QUESTIONS: dict[str, Callable[[Transaction], object]] = {
    "keys.find": lambda tx: tx.keys.find("x"),
    "enrollments.of": lambda tx: tx.enrollments.of("x", limit=9),
    "enrollments.overdue": lambda tx: tx.enrollments.overdue(now=NOW, limit=9),
    "enrollments.awaiting_review": lambda tx: tx.enrollments.awaiting_review(limit=9),
    "cameos.owned_by": lambda tx: tx.cameos.owned_by("x"),
    "cameos.save": lambda tx: tx.cameos.save(samples.cameo()),
    "policies.current": lambda tx: tx.policies.history("x", limit=9),
    "grants.between": lambda tx: tx.grants.between("x", "y"),
    "grants.on_cameo": lambda tx: tx.grants.on_cameo("x", limit=9, after="y"),
    "permits.revoke_resting_on": lambda tx: tx.permits.revoke_resting_on("x", "y", now=NOW),
    "permits.revoke": lambda tx: tx.permits.revoke("x", now=NOW),
    "cameos.active": lambda tx: tx.cameos.active("person", limit=9, after="x"),
    "characters.get": lambda tx: tx.characters.get("cam_7"),
    "characters.named": lambda tx: tx.characters.named("x"),
    "characters.save": lambda tx: tx.characters.save(samples.character(underlying=())),
    "characters.history": lambda tx: tx.characters.history("cam_7"),
    "characters.awaiting_review": lambda tx: tx.characters.awaiting_review(limit=9, after="x"),
    "characters.resting_on": lambda tx: tx.characters.resting_on("x"),
    "principals.find": lambda tx: tx.principals.find("x"),
    "mandates.of": lambda tx: tx.mandates.of("x"),
    "mandates.of_erased": lambda tx: tx.mandates.of_erased(limit=9, after="x"),
    "mandates.held_by": lambda tx: tx.mandates.held_by("x"),
    "relationships.add": lambda tx: tx.relationships.add([("x", "y"), ("x", "z")], now=NOW),
    "relationships.remove": lambda tx: tx.relationships.remove([("x", "y"), ("x", "z")]),
    "relationships.are_mutual": lambda tx: tx.relationships.are_mutual("x", "y"),
    "relationships.of": lambda tx: tx.relationships.of("x", limit=9, after="y"),
    "log.entries": lambda tx: tx.log.entries(3, limit=9),
    "log.opening": lambda tx: tx.log.opening(3),
    "log.openings": lambda tx: tx.log.openings(3, limit=9),
    "log.about": lambda tx: tx.log.about("x", limit=9),
    "log.forget": lambda tx: tx.log.forget("x"),
    "blocks.all_of": lambda tx: tx.blocks.all_of("x"),
    "blocks.of": lambda tx: tx.blocks.of("x", limit=9, after="y"),
    "blocks.remove": lambda tx: tx.blocks.remove("x", "y"),
    "deployment.current": lambda tx: tx.deployment.current(),
    "deployment.history": lambda tx: tx.deployment.history(limit=9, after=3),
    "grants.to": lambda tx: tx.grants.to("x", limit=9, after="y"),
    "grants.below": lambda tx: tx.grants.below("x", limit=9, after="y"),
    "grants.end_on_cameo": lambda tx: tx.grants.end_on_cameo("x", by="y", reason="z", now=NOW),
    "grants.forget_reasons": lambda tx: tx.grants.forget_reasons("x"),
    "permits.next_index": lambda tx: tx.permits.next_index(),
    "permits.spend": lambda tx: tx.permits.spend("per_1", use_id="x"),
    "permits.revoked_between": lambda tx: tx.permits.revoked_between(0, 9, now=NOW),
    "permits.on_cameo": lambda tx: tx.permits.on_cameo("x", limit=9, after="y"),
    "reservations.taken": lambda tx: tx.reservations.taken("x", now=NOW),
    "reservations.commit": lambda tx: tx.reservations.commit("per_1", now=NOW),
    "reservations.release": lambda tx: tx.reservations.release("per_1", "x"),
    "reservations.sweep": lambda tx: tx.reservations.sweep(before=NOW),
    "uses.save": lambda tx: tx.uses.save(samples.use()),
    "uses.resting_on": lambda tx: tx.uses.resting_on("x", limit=9, after="y"),
    "uses.readable_on": lambda tx: tx.uses.readable_on("x", limit=9, after="y"),
    "uses.recall": lambda tx: tx.uses.recall(["use_1", "x"], {}, now=NOW),
    "uses.forget_reasons": lambda tx: tx.uses.forget_reasons("cameo:cam_1"),
    "uses.held_by": lambda tx: tx.uses.held_by("x", recalled=False, limit=9, after="y"),
    "uses.held_by, recalled": lambda tx: tx.uses.held_by("x", recalled=True, limit=9, after="y"),
    "access_requests.save": lambda tx: tx.access_requests.save(samples.access_request()),
    "access_requests.pending": lambda tx: tx.access_requests.pending("x", "y"),
    "access_requests.waiting": lambda tx: tx.access_requests.waiting("x", now=NOW),
    "access_requests.of": lambda tx: tx.access_requests.of("x", limit=9, after="y"),
    "access_requests.to": lambda tx: tx.access_requests.to("x", pending=False, limit=9, after="y"),
    "access_requests.to, pending": lambda tx: tx.access_requests.to(
        "x", pending=True, limit=9, after="y"
    ),
    "access_requests.expire": lambda tx: tx.access_requests.expire(["x", "y"], now=NOW),
    "access_requests.overdue": lambda tx: tx.access_requests.overdue(now=NOW, limit=9),
    "approvals.of_cameo": lambda tx: tx.approvals.of_cameo("x", limit=9, after="y"),
    "approvals.requesters": lambda tx: tx.approvals.requesters(["x", "y"]),
    "approvals.standing": lambda tx: tx.approvals.standing("x", now=NOW),
    "inquiries.add": lambda tx: tx.inquiries.add([samples.inquiry()]),
    "inquiries.of_cameo": lambda tx: tx.inquiries.of_cameo(
        "x", limit=9, after=cursor_of(samples.inquiry())
    ),
    "cameos.several": lambda tx: tx.cameos.several(["x", "y"]),
    "disclosures.of_cameo": lambda tx: tx.disclosures.of_cameo("x", limit=9),
    "disclosures.holders_of": lambda tx: tx.disclosures.holders_of("x"),
    "templates.of_cameo": lambda tx: tx.templates.of_cameo("x"),
    "templates.of_modality": lambda tx: tx.templates.of_modality("face", limit=9, after="x"),
    "protected_faces.of": lambda tx: tx.protected_faces.of("x", limit=9, after="y"),
    "protected_faces.of, nobody": lambda tx: tx.protected_faces.of(None, limit=9, after="y"),
    "notices.of": lambda tx: tx.notices.of("x", unread=False, limit=9, after="y"),
    "scans.begun": lambda tx: tx.scans.begun("x", since=NOW),
    "scans.sweep": lambda tx: tx.scans.sweep(before=NOW, limit=9),
    "templates.of_model": lambda tx: tx.templates.of_model("face", "x", limit=9, after="y"),
    "templates.lacking": lambda tx: tx.templates.lacking("face", "x", limit=9, after="y"),
    "templates.samples_of": lambda tx: tx.templates.samples_of("x"),
    "templates.drop": lambda tx: tx.templates.drop("x", "face", "y"),
    "enrollments.renewing": lambda tx: tx.enrollments.renewing("x"),
    "templates.destroy": lambda tx: tx.templates.destroy("x"),
    "enrollments.of_cameo": lambda tx: tx.enrollments.of_cameo("x"),
    "enrollments.fruitless": lambda tx: tx.enrollments.fruitless("x", before=NOW, renews="y"),
    "enrollments.end_fruitless": lambda tx: tx.enrollments.end_fruitless(
        "x", before=NOW, renews="y", now=NOW
    ),
    "enrollments.unfinished": lambda tx: tx.enrollments.unfinished("x", now=NOW),
    "enrollments.unreviewed": lambda tx: tx.enrollments.unreviewed(before=NOW, limit=9),
    "enrollments.ended": lambda tx: tx.enrollments.ended(before=NOW, limit=9),
    "cameos.inactive": lambda tx: tx.cameos.inactive(since=NOW, now=NOW, limit=9),
    "policies.empty": lambda tx: tx.policies.empty("x", {}),
    "characters.empty": lambda tx: tx.characters.empty("x"),
    "inquiries.forget": lambda tx: tx.inquiries.forget("x"),
    "inquiries.sweep": lambda tx: tx.inquiries.sweep(before=NOW.date(), limit=9),
    "notices.latest": lambda tx: tx.notices.latest("x", "y", "z"),
    "notices.forget": lambda tx: tx.notices.forget("x", "z"),
    "notices.sweep": lambda tx: tx.notices.sweep(before=NOW, limit=9, but=("x",)),
    "idempotency.empty": lambda tx: tx.idempotency.empty("x"),
    "idempotency.forget": lambda tx: tx.idempotency.forget("x", "y"),
    "receipts.entries_of": lambda tx: tx.receipts.entries_of("x"),
    "erasures.of_cameo": lambda tx: tx.erasures.of_cameo("x"),
    "erasures.open": lambda tx: tx.erasures.open(before=NOW, limit=9),
    "erasures.sweep": lambda tx: tx.erasures.sweep(before=NOW, limit=9),
    "erasures.tellings": lambda tx: tx.erasures.tellings("x"),
    "erasures.told": lambda tx: tx.erasures.told("x", unconfirmed=True, limit=9),
    "jobs.lease": lambda tx: tx.jobs.lease(
        ("verify",), token="x", now=NOW, lease_for=MINUTE, at_most=5
    ),
    "jobs.are_waiting": lambda tx: tx.jobs.are_waiting(("verify",), "x", ["y"]),
    "jobs.waiting": lambda tx: tx.jobs.waiting(),
    "jobs.buried": lambda tx: tx.jobs.buried(("verify",), limit=9),
    "idempotency.sweep": lambda tx: tx.idempotency.sweep(before=NOW),
    "permits.carried": lambda tx: tx.permits.carried(["x", "y"]),
    "permits.revoke_resting_on_each": lambda tx: tx.permits.revoke_resting_on_each(
        "grant:gra_1", "x", now=NOW - MINUTE
    ),
    "webhooks.of": lambda tx: tx.webhooks.of("x", limit=9, after="y"),
    "webhook_deliveries.discard": lambda tx: tx.webhook_deliveries.discard("whk_1", limit=9),
    "webhooks.remove": lambda tx: tx.webhooks.remove("whk_1"),
    "webhook_deliveries.next_number": lambda tx: tx.webhook_deliveries.next_number(),
    "webhook_deliveries.find": lambda tx: tx.webhook_deliveries.find("x"),
    "webhook_deliveries.of": lambda tx: tx.webhook_deliveries.of(
        "x", state=None, limit=9, after="y"
    ),
    "webhook_deliveries.of, in a state": lambda tx: tx.webhook_deliveries.of(
        "x", state=DeliveryState.DEAD, limit=9
    ),
    "webhook_deliveries.due": lambda tx: tx.webhook_deliveries.due(now=NOW, limit=9),
    "webhook_deliveries.due, besides": lambda tx: tx.webhook_deliveries.due(
        now=NOW, limit=9, besides=["x"], besides_principals=["y"]
    ),
    "webhook_deliveries.lease": lambda tx: tx.webhook_deliveries.lease(
        {"x": 4, "whk_1": 4},
        token="t",
        now=NOW,
        lease_for=MINUTE,
        at_most=3,
        pause=lambda attempts: attempts * MINUTE,
    ),
    "webhook_deliveries.postpone": lambda tx: tx.webhook_deliveries.postpone(
        "x", now=NOW, until=NOW
    ),
    "webhooks.note_missed": lambda tx: tx.webhooks.note_missed("x", now=NOW),
    "webhooks.forget_former": lambda tx: tx.webhooks.forget_former(before=NOW),
    "webhook_deliveries.undelivered": lambda tx: tx.webhook_deliveries.undelivered("x", "y"),
    "webhook_deliveries.waiting": lambda tx: tx.webhook_deliveries.waiting("x", "ping"),
    "webhook_deliveries.backlog": lambda tx: tx.webhook_deliveries.backlog(now=NOW),
    "webhook_deliveries.give_up": lambda tx: tx.webhook_deliveries.give_up("x", error="y", now=NOW),
    "webhook_deliveries.replay_dead": lambda tx: tx.webhook_deliveries.replay_dead(
        "x", now=NOW, limit=9
    ),
    "webhook_deliveries.sweep": lambda tx: tx.webhook_deliveries.sweep(before=NOW, limit=9),
    "revisions.touch": lambda tx: tx.revisions.touch("x", now=NOW),
    "revisions.touched_since": lambda tx: tx.revisions.touched_since(0),
}


SORTED_BY_INDEX = {
    *("webhooks.of", "webhook_deliveries.of, in a state"),
    *("enrollments.awaiting_review", "grants.on_cameo", "grants.to", "grants.below"),
    *("cameos.active", "characters.awaiting_review", "characters.resting_on"),
    *("mandates.of", "mandates.held_by", "relationships.of", "blocks.of", "deployment.history"),
    *("permits.on_cameo", "uses.resting_on", "uses.held_by", "uses.held_by, recalled"),
    "uses.readable_on",
    *("access_requests.of", "access_requests.to", "access_requests.to, pending"),
    *("templates.of_model", "inquiries.of_cameo", "access_requests.waiting", "approvals.of_cameo"),
}
"""A page of these costs as much as its length, not as much as there is."""

AS_IF_LARGE = (
    "SET enable_seqscan = off",
    "SET enable_bitmapscan = off",
    "SET enable_sort = off",
)
"""On tables as small as ours PostgreSQL reads everything, unless it is told what that costs."""
EITHER_OF_TWO = {"jobs.lease"}
"""Before PostgreSQL 18 an index finds what is either of two by a bitmap of each."""


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


@pytest.fixture(scope="module")
def asked_postgres(postgres: str, migrated_template: str) -> Iterator[str]:
    """One database for all questions: each leaves it as it was, but for rows that were taken back.

    Autovacuum would clean these away amid the tests and note that the tables are empty: from then
    on another plan would be as cheap as one through the right index.
    """
    with postgres_database(postgres, template=migrated_template) as url:
        with psycopg.connect(url, autocommit=True) as connection:
            for table in METADATA.tables:
                command = f"ALTER TABLE {table} SET (autovacuum_enabled = false)"
                connection.execute(command.encode())
        yield url


class Enough(Exception):
    """What was asked is known: nothing of it is kept."""


def statements_of(question: str, url: str) -> Asked:
    store = open_store(url, key_encryption=LocalKeyEncryption(bytes(32)))
    with suppress(Enough), store.write() as tx:
        tx.cameos.add(samples.cameo())
        tx.characters.add(samples.character())
        tx.permits.add(samples.permit())
        tx.reservations.reserve("grant:gra_1", "per_1", expires_at=NOW + MINUTE)
        tx.uses.add(samples.use())
        tx.access_requests.add(samples.access_request())
        tx.webhooks.add(webhook_samples.webhook())
        tx.webhook_deliveries.add(webhook_samples.webhook_delivery())
        with listening() as asked:
            QUESTIONS[question](tx)
        raise Enough
    store.close()
    assert asked
    return asked


@pytest.mark.parametrize("question", QUESTIONS)
def test_sqlite_reads_no_table_from_end_to_end(sqlite_url: str, question: str) -> None:
    asked = statements_of(question, sqlite_url)
    connection = sqlite3.connect(make_url(sqlite_url).database or "")
    for statement, parameters in asked:
        plan = connection.execute(f"EXPLAIN QUERY PLAN {statement}", parameters).fetchall()
        steps = [step for *_, step in plan]
        # the rows that an `IN` names are a table of their own
        # and what a window function numbers is no table at all
        scans = [
            step
            for step in steps
            if step.startswith("SCAN") and "CONSTANT" not in step and "(subquery-" not in step
        ]
        assert scans == [], statement
        if question in SORTED_BY_INDEX:
            assert not [step for step in steps if "TEMP B-TREE" in step], statement
    connection.close()


@pytest.mark.parametrize("question", QUESTIONS)
def test_postgres_reads_no_table_from_end_to_end(asked_postgres: str, question: str) -> None:
    asked = statements_of(question, asked_postgres)
    with psycopg.connect(asked_postgres, autocommit=True) as connection:
        for setting in AS_IF_LARGE:
            connection.execute(setting.encode())
        if question in EITHER_OF_TWO:
            connection.execute("SET enable_bitmapscan = on")
        for statement, parameters in asked:
            plan = connection.execute(f"EXPLAIN {statement}".encode(), parameters).fetchall()
            steps = "\n".join(step for (step,) in plan)
            assert "Seq Scan" not in steps, steps
            if question in SORTED_BY_INDEX:
                # sorted afterwards, or found by walking past what is not meant
                assert "Sort" not in steps, steps
                assert "Filter" not in steps, steps


@pytest.mark.parametrize(
    ("test", "kind", "index", "question"),
    [
        (
            test_sqlite_reads_no_table_from_end_to_end,
            "sqlite",
            "ix_characters_handle",
            "characters.named",
        ),
        (
            test_sqlite_reads_no_table_from_end_to_end,
            "sqlite",
            "ix_underlying_cameos_cameo_id",
            "characters.resting_on",
        ),
        (
            test_postgres_reads_no_table_from_end_to_end,
            "postgres",
            "ix_characters_handle",
            "characters.named",
        ),
        (
            test_postgres_reads_no_table_from_end_to_end,
            "postgres",
            "ix_grants_parent_id",
            "grants.below",
        ),
    ],
)
def test_a_missing_index_would_be_noticed(
    request: pytest.FixtureRequest,
    test: Callable[[str, str], None],
    kind: str,
    index: str,
    question: str,
) -> None:
    url: str = request.getfixturevalue(f"{kind}_url")
    database = Database(url)
    with database.write() as statements:
        statements.run(text(f"DROP INDEX {index}"))
    database.close()
    with pytest.raises(AssertionError):
        test(url, question)
