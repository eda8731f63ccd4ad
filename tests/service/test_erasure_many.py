"""The erasure of a person who began thousands of enrollments: others can write meanwhile."""

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
from storage.records import EnrollmentState
from tests.service.erasing import Failing, enroll, erase, likeness, proven, record, shown, work
from tests.service.running import RunningService
from tests.storage import samples

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
