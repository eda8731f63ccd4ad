"""Rows of the erased cameo's own that say of themselves that there is nothing left to destroy."""

import httpx2
import pytest
from sqlalchemy import text

from storage.database import Database
from storage.records import ProtectedState
from tests.service.erasing import enroll, erase, likeness, proven, work
from tests.service.running import RunningService
from tests.storage import samples

pytestmark = pytest.mark.both_databases


def alter(service: RunningService, changed: str, **values: str) -> None:
    database = Database(service.context.settings.resolved_database_url)
    with database.write_connection() as connection:
        assert connection.execute(text(changed), values).rowcount == 1
    database.close()


@pytest.mark.parametrize("column", ["client_secret_hash", "kind"])
def test_what_says_that_it_is_empty_is_destroyed(
    service: RunningService, platform: httpx2.Client, column: str
) -> None:
    cameo, enrollment = enroll(service, "user:ann", likeness())
    if column == "kind":
        alter(service, "UPDATE cameos SET kind = '' WHERE id = :id", id=cameo)
    else:
        emptied = "UPDATE enrollments SET client_secret_hash = '' WHERE id = :id"
        alter(service, emptied, id=enrollment)
    erased = erase(platform, cameo)
    work(service.context)
    assert proven(service, platform, erased["id"]).destroyed["enrollments"] == 1
    with service.context.store.read() as tx:
        left = tx.enrollments.get(enrollment)
    assert (left.report, left.challenge, left.client_secret_hash) == (None, {}, "")


def test_the_reason_of_a_protection_goes_without_its_label(
    service: RunningService, platform: httpx2.Client
) -> None:
    cameo, _ = enroll(service, "user:ann", likeness())
    face = samples.protected_face(
        principal="user:ann", state=ProtectedState.REMOVED, label="", reason="words"
    )
    with service.context.store.write() as tx:
        tx.protected_faces.add(face)
    assert erase(platform, cameo)["destroyed"]["protected_faces"] == 1
    with service.context.store.read() as tx:
        assert tx.protected_faces.get(face.id).reason == ""


@pytest.mark.sqlite_only("on PostgreSQL a document is always JSON")
@pytest.mark.parametrize("body", ["'[[['", "x'ff00'"])
def test_a_notice_that_somebody_altered_keeps_no_erasure_from_its_end(
    service: RunningService, platform: httpx2.Client, body: str
) -> None:
    cameo, _ = enroll(service, "user:ann", likeness())
    with service.context.store.write() as tx:
        for id in ("not_1", "not_2"):
            notice = samples.notice(id=id, principal="user:ann", body={"cameo_id": cameo})
            tx.notices.add(notice)
    alter(service, f"UPDATE notices SET body = {body} WHERE id = 'not_1'")  # noqa: S608 (ours)
    assert erase(platform, cameo)["destroyed"]["notices"] == 1
