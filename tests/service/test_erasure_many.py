"""The erasure of a person who began, or gave, thousands of things: others can write meanwhile."""

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx2
import pytest
from sqlalchemy import Engine, event

from cameo_service.enrollments.recordings import BLOB_PREFIX
from storage.contracts import Blobs
from storage.records import EnrollmentState, RecallState, UseState
from tests.service.erasing import (
    Failing,
    enroll,
    erase,
    likeness,
    logged,
    proven,
    record,
    shown,
    work,
)
from tests.service.running import RunningService
from tests.storage import samples, webhook_samples

pytestmark = pytest.mark.both_databases

MANY = 700
FEW_STATEMENTS = 150
"""Of an erasure without any such enrollment it takes about a hundred."""


class Counting(Failing):
    """Blobs that count how often they are listed, and delete."""

    def __init__(self, blobs: Blobs) -> None:
        super().__init__(blobs)
        self.listed = 0

    def list(self, prefix: str = "") -> list[str]:
        self.listed += prefix.startswith(BLOB_PREFIX)
        return super().list(prefix)

    def delete(self, name: str) -> None:
        self._blobs.delete(name)


@contextmanager
def counting() -> Iterator[list[str]]:
    """The statements that are run, by any thread."""
    run: list[str] = []

    def note(*call: Any) -> None:
        run.append(call[2])

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield run
    finally:
        event.remove(Engine, "before_cursor_execute", note)


def begin_many(service: RunningService, cameo: str) -> list[str]:
    """Attempts from before the cameo, and renewals of it, that became nothing."""
    ids = [f"enr_vain_{number:05}" for number in range(MANY)]
    with service.context.store.write() as tx:
        before = tx.cameos.get(cameo).created_at - timedelta(seconds=1)
        for number, id in enumerate(ids):
            tx.enrollments.add(
                samples.enrollment(
                    id=id,
                    principal="user:ann",
                    cameo_id=None,
                    report=None,
                    recording_blob=None,
                    created_at=before,
                    expires_at=before + timedelta(days=9),
                    renews=cameo if number % 2 else None,
                )
            )
    return ids


def test_thousands_of_enrollments_end_at_once_and_are_certified(
    service: RunningService, platform: httpx2.Client
) -> None:
    cameo, _ = enroll(service, "user:ann", likeness())
    ids = begin_many(service, cameo)
    recording = record(service, ids[0])
    with counting() as run:
        erased = erase(platform, cameo)
    assert len(run) < FEW_STATEMENTS
    with service.context.store.read() as tx:
        left = [tx.enrollments.get(id) for id in ids]
    assert {each.state for each in left} == {EnrollmentState.CANCELED}
    assert {(each.client_secret_hash, str(each.challenge), each.session_hash) for each in left} == {
        ("", "{}", None)
    }
    blobs = Counting(service.context.blobs)
    with counting() as run:
        work(replace(service.context, blobs=blobs))
    assert len(run) < FEW_STATEMENTS
    assert recording not in service.context.blobs.list()
    # by the worker's sweep, for orphans, and by the job
    assert blobs.listed == 2
    assert shown(platform, erased["id"])["destroyed"]["enrollments_withdrawn"] == MANY
    assert proven(service, platform, erased["id"]).destroyed["enrollments"] == MANY + 1


RIGHTS = 150
"""One by one, these would take two thousand statements."""


def give_many(service: RunningService, cameo: str) -> list[str]:
    """Grants, each with a permit that lives and a draft; returns the grants' ids."""
    ids = [f"gra_{number:05}" for number in range(RIGHTS)]
    later = service.clock() + timedelta(hours=1)
    with service.context.store.write() as tx:
        tx.webhooks.add(webhook_samples.webhook(principal="app:generator", events=EVENTS))
        for number, id in enumerate(ids):
            keys = (f"cameo:{cameo}", f"grant:{id}")
            basis = basis_of(cameo, id)
            tx.grants.add(samples.grant(id=id, cameo_id=cameo, grantee=f"user:{number}"))
            permit = f"per_{number:05}"
            tx.permits.add(
                samples.permit(
                    id=permit,
                    status_index=number,
                    rests_on=keys,
                    request={"likenesses": [{"cameo_id": cameo}]},
                    expires_at=later,
                )
            )
            tx.reservations.reserve(f"grant:{id}", permit, expires_at=later)
            fresh = {"state": UseState.DRAFT, "recall": RecallState.NONE, "recall_document": None}
            likenesses = ({"cameo_id": cameo},)
            draft = {"rests_on": keys, "basis": basis, "likenesses": likenesses}
            tx.uses.add(samples.use(id=f"use_{number:05}", **fresh, **draft))
    return ids


EVENTS = ("permit.revoked", "use.recalled")


def basis_of(cameo: str, grant: str) -> dict[str, Any]:
    link = {"id": grant, "cameo_id": cameo, "parent": None, "on_revocation": "recall_drafts"}
    party = {"cameo_id": cameo, "owner": "user:ann", "grants": [grant]}
    return {"parties": [party], "grants": [link]}


def test_thousands_of_grants_permits_and_uses_end_in_few_statements(
    service: RunningService, platform: httpx2.Client
) -> None:
    cameo, _ = enroll(service, "user:ann", likeness())
    grants = give_many(service, cameo)
    with service.context.store.read() as tx:
        revision, size = tx.revisions.current(), tx.log.size()
    with counting() as run:
        erased = erase(platform, cameo)
    assert len(run) < FEW_STATEMENTS
    counts = erased["destroyed"]
    names = ("grants_ended", "permits_revoked", "uses_recalled")
    assert [counts[each] for each in names] == [RIGHTS] * 3
    with service.context.store.read() as tx:
        entries = [json.loads(each.entry) for each in tx.log.entries(size, limit=9_999)]
        touched = tx.revisions.touched_since(revision) or frozenset()
        for number, id in enumerate(grants):
            before, after = tx.grants.history(id)
            assert (before.revoked_at, after.version) == (None, 2)
            assert (after.revoked_at, after.revocation_reason) == (service.clock(), "cameo_erased")
            keys = {f"grant:{id}", f"principal:user:{number}", f"use:use_{number:05}"}
            assert keys <= touched
            assert tx.reservations.taken(f"grant:{id}", now=service.clock()).count == 0
        recalled = [tx.uses.get(f"use_{number:05}") for number in range(RIGHTS)]
        told = tx.webhook_deliveries.of("whk_1", state=None, limit=99)
    # an entry for each grant and each use, one for all permits, and a salt for each
    kinds = Counter(each["kind"] for each in entries)
    assert kinds == {
        "grant.ended": RIGHTS,
        "use.recalled": RIGHTS,
        "permit.revoked": 1,
        "cameo.revoked": 1,
    }
    assert len({each["commitment"] for each in entries}) == len(entries)
    assert {each.recall for each in recalled} == {RecallState.OPEN}
    asked = [(each.recall_document or {}) for each in recalled]
    assert {(each["ask"], each["cause"], each["key"]) for each in asked} == {
        ("delete", "cameo_erased", f"cameo:{cameo}")
    }
    ended = Counter(each.event for each in told)
    # a hundred of them in one
    assert ended == {"permit.revoked": 2, "use.recalled": 2}
    assert logged(service.context, cameo) == ["cameo.revoked"]
