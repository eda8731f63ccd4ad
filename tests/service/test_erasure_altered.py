"""Rows that somebody altered: they keep no erasure from its end, and no worker from work.

What names the erased cameo in a shape that nobody can read goes as a whole.
"""

import io
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx2
import pytest
from sqlalchemy import text

from cameo_service import metrics, worker
from cameo_service.enrollments.recordings import blob_name
from cameo_service.housekeeping import sweep
from cameo_service.worker import Worker
from storage.contracts import Transaction
from storage.database import Database
from storage.errors import Tampered
from storage.records import AccessState, RecallState
from tests.service import making
from tests.service.erasing import (
    enroll,
    erase,
    likeness,
    named_elsewhere,
    no_models,
    proven,
    shown,
    work,
)
from tests.service.running import RunningService
from tests.service.written import write_about
from tests.storage import samples, webhook_samples

pytestmark = pytest.mark.both_databases


def altered(cameo: str) -> tuple[Any, ...]:
    """JSON with the cameo's id in it, of other shapes than the service writes."""
    return ({"alike": [cameo]}, {"alike": {cameo: 1}}, {"alike": 7, "x": cameo}, [cameo], cameo)


def in_report(tx: Transaction, twins: str, document: Any) -> None:
    tx.enrollments.save(replace(tx.enrollments.get(twins), report=document))


def in_result(tx: Transaction, _: str, document: Any) -> None:
    scan = tx.scans.find("sca_1")
    assert scan is not None
    tx.scans.save(replace(scan, result=document))


def in_asks(tx: Transaction, _: str, document: Any) -> None:
    tx.access_requests.save(replace(tx.access_requests.get("acr_1"), asks=(document,)))


@pytest.mark.parametrize("shape", range(5))
@pytest.mark.parametrize("alter", [in_report, in_result, in_asks])
def test_an_altered_row_of_another_keeps_no_erasure_from_its_end(
    service: RunningService,
    platform: httpx2.Client,
    alter: Callable[[Transaction, str, Any], None],
    shape: int,
) -> None:
    cameo, _ = enroll(service, "user:ann", likeness())
    twins = named_elsewhere(service, cameo)
    with service.context.store.write() as tx:
        alter(tx, twins, altered(cameo)[shape])
    erased = erase(platform, cameo)
    work(service.context)
    destroyed = proven(service, platform, erased["id"]).destroyed
    found = [destroyed[each] for each in ("reports_of_others", "scans", "access_requests")]
    assert found == [1, 1, 1]
    with service.context.store.read() as tx:
        assert tx.enrollments.naming(cameo, limit=9) == []
        assert tx.scans.naming(cameo, limit=9) == []
        assert tx.access_requests.get("acr_1").message == ""


@pytest.mark.parametrize(
    ("recall", "left"),
    [
        ({"reason": "words"}, {"reason": None}),
        ({"key": "cameo:cam_other", "reason": "words"}, ...),
    ],
)
def test_an_altered_recall_loses_its_words(
    service: RunningService, platform: httpx2.Client, recall: Any, left: Any
) -> None:
    cameo, _ = enroll(service, "user:ann", likeness())
    write_about(service.context, cameo, owner="user:ann")
    with service.context.store.write() as tx:
        use = tx.uses.get("use_words")
        tx.uses.save(replace(use, recall_document=recall))
    erase(platform, cameo)
    with service.context.store.read() as tx:
        found = tx.uses.get("use_words").recall_document
    assert found == (recall if left is ... else left)


@pytest.mark.parametrize("recall", [["words"], "words"])
def test_a_recall_that_cannot_be_read_goes_as_a_whole(
    service: RunningService,
    platform: httpx2.Client,
    recall: Any,
    caplog: pytest.LogCaptureFixture,
) -> None:
    cameo, _ = enroll(service, "user:ann", likeness())
    write_about(service.context, cameo, owner="user:ann")
    with service.context.store.write() as tx:
        use = tx.uses.get("use_words")
        tx.uses.save(replace(use, recall_document=recall))
    erased = erase(platform, cameo)
    assert erased["destroyed"]["altered_uses"] == 1
    assert named_in(caplog) == [("recall", ["use_words"])]
    with service.context.store.read() as tx:
        assert tx.uses.get("use_words").recall_document is None


UNREADABLE = {
    "assets": "7",
    "likenesses": '[{"cameo_id": {}}]',
    "recall": "none such",
    "basis": '{"grants": 7}',
    "basis, parties": '{"grants": [], "parties": [7]}',
    "basis, names": '{"grants": [], "parties": [{"cameo_id": 7, "owner": "\\u0000"}]}',
    "recall_document": '"words"',
}
"""By column, what nobody can read, or can read and not take for what the service wrote."""


def alter_use(service: RunningService, id: str, column: str) -> None:
    name = column.partition(",")[0]
    database = Database(service.context.settings.resolved_database_url)
    with database.write_connection() as connection:
        changed = connection.execute(
            text(f"UPDATE uses SET {name} = :value WHERE id = :id"),  # noqa: S608 (ours)
            {"id": id, "value": UNREADABLE[column]},
        )
        assert changed.rowcount == 1
    database.close()


OWN = {
    "report": "7",
    "challenge": "[]",
    "statement": '["words"]',
    "last_error": '"words"',
    "state": "none such",
}


@pytest.mark.parametrize("column", OWN)
def test_an_altered_enrollment_of_its_own_goes_without_being_believed(
    service: RunningService,
    platform: httpx2.Client,
    column: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    cameo, enrollment = enroll(service, "user:ann", likeness())
    other, untouched = enroll(service, "user:bo", likeness())
    with service.context.store.read() as tx:
        blob = blob_name(tx.enrollments.get(enrollment), now=service.clock())
    service.context.blobs.put(blob, io.BytesIO(b"a recording"), limit=100)
    database = Database(service.context.settings.resolved_database_url)
    with database.write_connection() as connection:
        changed = text(f"UPDATE enrollments SET {column} = :value WHERE id = :id")  # noqa: S608 (ours)
        connection.execute(changed, {"id": enrollment, "value": OWN[column]})
    erased = erase(platform, cameo)
    work(service.context)
    destroyed = proven(service, platform, erased["id"]).destroyed
    assert (destroyed["enrollments"], destroyed["altered_enrollments"]) == (1, 1)
    assert (destroyed["templates"], destroyed["recordings"]) == (2, 1)
    assert named_in(caplog) == [("enrollment", [enrollment])]
    assert list(service.context.blobs.list(blob)) == []
    with database.write_connection() as connection:
        query = text(
            "SELECT state, client_secret_hash, session_hash, recording_blob, recording_mime,"
            " CAST(challenge AS TEXT), CAST(report AS TEXT), CAST(last_error AS TEXT)"
            " FROM enrollments WHERE id = :id"
        )
        state, *left = connection.execute(query, {"id": enrollment}).one()
    database.close()
    assert state == ("canceled" if column == "state" else "verified")
    assert [each for each in left if each not in (None, "null")] == ["", "{}"]
    with service.context.store.read() as tx:
        assert tx.cameos.get(other).status == "active"
        assert tx.enrollments.get(untouched).report is not None


@pytest.mark.sqlite_only("on PostgreSQL a text is always text")
@pytest.mark.parametrize("id", ["x'ff00'", "CAST(x'ff' AS TEXT)"])
def test_what_nobody_can_name_is_certified_by_nothing(
    service: RunningService, platform: httpx2.Client, id: str
) -> None:
    cameo, enrollment = enroll(service, "user:ann", likeness())
    database = Database(service.context.settings.resolved_database_url)
    with database.write_connection() as connection:
        changed = text(f"UPDATE enrollments SET id = {id} WHERE id = :id")  # noqa: S608 (ours)
        connection.execute(changed, {"id": enrollment})
    database.close()
    refused = platform.post(f"/v1/cameos/{cameo}/erase")
    assert refused.json()["code"] == "tampered"
    assert platform.get(f"/v1/cameos/{cameo}").json()["status"] == "active"


def named_in(caplog: pytest.LogCaptureFixture) -> list[tuple[str, list[str]]]:
    """What the log says was passed over."""
    said = [each.msg for each in caplog.records if isinstance(each.msg, dict)]
    found = [each for each in said if each["event"] == "altered rows passed over"]
    assert all(each["code"] == "tampered" for each in found)
    return [(each["kind"], each["records"]) for each in found]


def passed_over(kind: str) -> float:
    value = metrics.REGISTRY.get_sample_value("cameo_altered_rows_total", {"kind": kind})
    return value or 0.0


def three_drafts(service: RunningService, platform: httpx2.Client) -> tuple[str, str, list[str]]:
    """A cameo, a grant on it, and the uses that came of it."""
    cameo, _ = enroll(service, "user:ann", likeness())
    grant = making.grant(platform, cameo)
    asked = making.question(cameo)
    return cameo, grant, [making.draft(platform, asked)["id"] for _ in range(3)]


@pytest.mark.parametrize("column", [each for each in UNREADABLE if each != "recall_document"])
def test_an_altered_use_is_certified_as_such_and_keeps_no_erasure_from_its_end(
    service: RunningService,
    platform: httpx2.Client,
    column: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    cameo, _, drafts = three_drafts(service, platform)
    with service.context.store.write() as tx:
        said = {"key": f"cameo:{cameo}", "reason": "words"}
        tx.uses.save(replace(tx.uses.get(drafts[1]), recall_document=said))
        tx.permits.add(
            samples.permit(
                id="per_remix",
                status_index=tx.permits.next_index(),
                rests_on=(f"use:{drafts[1]}",),
                request={"likenesses": []},
                expires_at=service.clock() + timedelta(hours=1),
            )
        )
    alter_use(service, drafts[1], column)
    before = passed_over("use")
    erased = erase(platform, cameo)
    work(service.context)
    # nothing of it is counted as called back, and it is named
    counts = proven(service, platform, erased["id"]).destroyed
    assert (counts["uses_recalled"], counts["altered_uses"], counts["reasons"]) == (2, 1, 1)
    assert named_in(caplog) == [("use", [drafts[1]])]
    assert passed_over("use") == before + 1
    database = Database(service.context.settings.resolved_database_url)
    with database.write_connection() as connection:
        query = text("SELECT CAST(recall_document AS TEXT) FROM uses WHERE id = :id")
        left = connection.execute(query, {"id": drafts[1]}).scalar_one()
    database.close()
    assert json.loads(left)["reason"] is None
    with service.context.store.read() as tx:
        assert {tx.uses.get(drafts[each]).recall for each in (0, 2)} == {RecallState.OPEN}
        # what rests on it ends, whatever stands in it
        assert tx.permits.get("per_remix").revoked_at is not None


@pytest.mark.parametrize("column", UNREADABLE)
def test_an_altered_use_keeps_nobody_from_revoking(
    service: RunningService, platform: httpx2.Client, column: str, caplog: pytest.LogCaptureFixture
) -> None:
    cameo, grant, drafts = three_drafts(service, platform)
    alter_use(service, drafts[0], column)
    revoked = platform.post(f"/v1/grants/{grant}/revoke")
    assert revoked.status_code == 200, revoked.text
    assert revoked.json()["uses_recalled"] == 2
    assert platform.post(f"/v1/cameos/{cameo}/revoke").status_code == 200
    assert named_in(caplog) == [("use", [drafts[0]])] * 2
    assert not making.permitted(platform, making.question(cameo))


def test_an_altered_permit_is_told_to_nobody_and_ends(
    service: RunningService, platform: httpx2.Client, caplog: pytest.LogCaptureFixture
) -> None:
    cameo, _ = enroll(service, "user:ann", likeness())
    making.grant(platform, cameo)
    issued = [making.permit(platform, making.question(cameo))["id"] for _ in range(2)]
    with service.context.store.write() as tx:
        tx.webhooks.add(
            webhook_samples.webhook(principal="org:platform", events=("permit.revoked",))
        )
    database = Database(service.context.settings.resolved_database_url)
    with database.write_connection() as connection:
        alter = text("UPDATE permits SET request = '7' WHERE id = :id")
        connection.execute(alter, {"id": issued[0]})
    database.close()
    erase(platform, cameo)
    assert named_in(caplog) == [("permit", [issued[0]])]
    with service.context.store.read() as tx:
        told = tx.webhook_deliveries.of("whk_1", state=None, limit=9)
        assert [each.body["data"]["permit_ids"] for each in told] == [[issued[1]]]
        assert tx.permits.carried(issued).altered == [issued[0]]


def test_a_sweep_that_fails_keeps_no_job_from_its_worker(
    service: RunningService, platform: httpx2.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    cameo, _ = enroll(service, "user:ann", likeness())
    erased = erase(platform, cameo)

    def failing(*_: object, **__: object) -> None:
        raise TypeError("a row of a shape that nobody foresaw")

    monkeypatch.setattr(worker, "sweep", failing)
    assert Worker(service.context, load=no_models).step()
    assert shown(platform, erased["id"])["status"] == "completed"


def test_an_altered_row_keeps_no_overdue_erasure_from_the_sweep(
    service: RunningService, platform: httpx2.Client
) -> None:
    """What the sweep tidies itself can be altered, too: first comes what was promised."""
    cameo, _ = enroll(service, "user:ann", likeness())
    erased = erase(platform, cameo)
    with service.context.store.write() as tx:
        broken = samples.access_request(id="acr_old", asks=("none",), state=AccessState.PENDING)
        tx.access_requests.add(replace(broken, expires_at=service.clock()))
    service.clock.advance(minutes=5)
    with pytest.raises(Tampered):
        sweep(service.context)
    assert shown(platform, erased["id"])["status"] == "completed"


@pytest.mark.sqlite_only("on PostgreSQL a text is always text")
@pytest.mark.parametrize("table", ["scans", "enrollments"])
def test_another_s_row_whose_id_nobody_can_fetch_is_waited_for(
    service: RunningService, platform: httpx2.Client, table: str
) -> None:
    cameo, _ = enroll(service, "user:ann", likeness())
    twins = named_elsewhere(service, cameo)
    erased = erase(platform, cameo)
    named = {"scans": "sca_1", "enrollments": twins}[table]
    database = Database(service.context.settings.resolved_database_url)
    with database.write_connection() as connection:
        spoilt = f"UPDATE {table} SET id = CAST(x'ff' AS TEXT) WHERE id = :id"  # noqa: S608 (ours)
        assert connection.execute(text(spoilt), {"id": named}).rowcount == 1
    work(service.context)
    assert shown(platform, erased["id"])["status"] == "processing"
    with database.write_connection() as connection:
        mended = f"UPDATE {table} SET id = :id WHERE id = CAST(x'ff' AS TEXT)"  # noqa: S608 (ours)
        assert connection.execute(text(mended), {"id": named}).rowcount == 1
    database.close()
    service.clock.advance(minutes=5)
    sweep(service.context)
    assert proven(service, platform, erased["id"]).destroyed[
        {"scans": "scans", "enrollments": "reports_of_others"}[table]
    ]
