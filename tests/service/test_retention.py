"""The retention schedule, with the clock moved: what it deletes, what it leaves, what it says."""

import html
import io
from dataclasses import replace
from datetime import timedelta

import httpx2
import pytest

from cameo_service.enrollments.recordings import blob_name
from cameo_service.housekeeping import sweep
from cameo_service.notices.telling import NoticeKind, tell
from permissions.facts import CameoStatus
from storage.contracts import Transaction
from storage.errors import NotFound
from storage.records import CameoRecord, EnrollmentState
from tests.service import making
from tests.service.erasing import enroll, likeness, work
from tests.service.running import RunningService, verification
from tests.storage import samples
from verification.report import Verdict


def cameo_of(service: RunningService, id: str) -> CameoRecord:
    with service.context.store.read() as tx:
        return tx.cameos.get(id)


def notices_of(service: RunningService, principal: str) -> list[str]:
    with service.context.store.read() as tx:
        return [each.kind for each in tx.notices.of(principal, unread=False, limit=9)]


def test_a_recording_that_nobody_reviews_goes_with_its_enrollment(
    service: RunningService,
) -> None:
    _, enrollment = enroll(service, "user:ann", likeness(Verdict.NEEDS_REVIEW))
    with service.context.store.write() as tx:
        waiting = tx.enrollments.get(enrollment)
        blob = blob_name(waiting, now=service.clock())
        service.context.blobs.put(blob, io.BytesIO(b"recorded"), limit=9)
        tx.enrollments.save(replace(waiting, recording_blob=blob, recording_mime="video/webm"))
    service.clock.advance(days=29)
    sweep(service.context)
    assert blob in service.context.blobs.list()
    service.clock.advance(days=2)
    sweep(service.context)
    assert blob not in service.context.blobs.list()
    with service.context.store.read() as tx:
        ended = tx.enrollments.get(enrollment)
        assert (ended.state, ended.cameo_id) == (EnrollmentState.CANCELED, None)


def test_enrollments_that_are_over_are_emptied(
    service: RunningService, platform: httpx2.Client
) -> None:
    cameo, verified = enroll(service, "user:ann", likeness())
    failed = platform.post(
        "/v1/enrollments", json={"principal": "user:bob", "accommodations": ["no_speech"]}
    ).json()["id"]
    service.conclude(failed, verification(Verdict.REJECTED))
    platform.post(f"/v1/enrollments/{failed}/cancel")
    service.clock.advance(days=60)
    later = platform.post("/v1/enrollments", json={"principal": "user:cleo"}).json()["id"]
    service.clock.advance(days=31)
    sweep(service.context)
    with service.context.store.read() as tx:
        for id in (verified, failed):
            emptied = tx.enrollments.get(id)
            assert (emptied.report, emptied.challenge, emptied.last_error) == (None, {}, None)
            assert emptied.statement["sha256"]
        assert tx.enrollments.get(failed).rejections == 1
        assert tx.enrollments.get(later).challenge != {}
    shown = platform.get(f"/v1/enrollments/{verified}").json()
    assert (shown["status"], shown["cameo_id"], shown["assurance"]) == ("verified", cameo, None)
    assert platform.get(f"/v1/cameos/{cameo}").json()["assurance"] is not None
    assert platform.get(f"/v1/enrollments/{verified}/report").json()["report"] is None
    assert making.permitted(platform, making.question(cameo, "user:ann"))


def test_a_cameo_that_nobody_uses_is_erased_after_a_notice(
    service: RunningService, platform: httpx2.Client
) -> None:
    cameo, _ = enroll(service, "user:ann", likeness())
    kept, _ = enroll(service, "user:zoe", likeness())
    service.clock.advance(days=1_095 - 31)
    sweep(service.context)
    assert notices_of(service, "user:ann") == []
    service.clock.advance(days=2)
    for _ in range(2):
        sweep(service.context)
    [notice] = platform.get("/v1/notices?principal=user:ann").json()["data"]
    assert (notice["kind"], notice["body"]["cameo_id"]) == ("cameo_inactive", cameo)
    service.clock.advance(days=29)
    with service.context.store.write() as tx:
        now = service.clock()
        tx.inquiries.add([samples.inquiry(cameo_id=kept, day=now.date(), last_at=now)])
    sweep(service.context)
    assert cameo_of(service, cameo).status is CameoStatus.ACTIVE
    service.clock.advance(days=2)
    work(service.context)
    assert cameo_of(service, cameo).status is CameoStatus.ERASED
    assert cameo_of(service, kept).status is CameoStatus.ACTIVE
    with service.context.store.read() as tx:
        erasure = tx.erasures.of_cameo(cameo)
    assert erasure is not None
    assert (erasure.requested_by, erasure.certificate is None) == ("deployment", False)
    # asked about once more, zoe's begins anew, and with it the notice
    service.clock.advance(days=1_094 - 30)
    sweep(service.context)
    assert notices_of(service, "user:zoe") == ["cameo_inactive"] * 2


def is_kept(tx: Transaction, job: str) -> bool:
    try:
        tx.jobs.get(job)
    except NotFound:
        return False
    return True


@pytest.mark.parametrize("what", ["a permit", "a use", "a renewal"])
def test_whatever_happens_to_a_cameo_keeps_it(
    service: RunningService, platform: httpx2.Client, what: str
) -> None:
    cameo, _ = enroll(service, "user:ann", likeness())
    making.grant(platform, cameo)
    service.clock.advance(days=300)
    match what:
        case "a permit":
            making.permit(platform, making.question(cameo))
        case "a use":
            making.draft(platform, making.question(cameo))
        case _:
            body = {"principal": "user:ann", "renews": cameo}
            renewal = platform.post("/v1/enrollments", json=body).json()["id"]
            service.conclude(renewal, likeness())
    with service.context.store.write() as tx:
        tx.inquiries.forget(cameo)
    found = []
    for days in (1_064, 2):
        service.clock.advance(days=days)
        with service.context.store.read() as tx:
            now = service.clock()
            since = now - timedelta(days=1_065)
            found.append([each.id for each in tx.cameos.inactive(since=since, now=now, limit=9)])
    assert found == [[], [cameo]]


def test_counts_notices_answers_jobs_and_scans_go_in_their_time(
    service: RunningService, platform: httpx2.Client
) -> None:
    cameo, _ = enroll(service, "user:ann", likeness())
    again = {"Idempotency-Key": "k1"}
    platform.post("/v1/enrollments", json={"principal": "user:bob"}, headers=again)
    now = service.clock()
    with service.context.store.write() as tx:
        tx.inquiries.add([samples.inquiry(cameo_id=cameo, day=now.date(), last_at=now)])
        tell(tx, service.context, "user:ann", NoticeKind.SCAN_DENIED, {"cameo_id": cameo})
        tx.scans.add(samples.scan(id="sca_1", result={"faces": []}, created_at=now))
        tx.jobs.add(samples.job(id="job_1", kind="verify", created_at=now, run_after=now))
        leased = tx.jobs.lease(
            ("verify",), token="t", now=now, lease_for=timedelta(minutes=1), at_most=5
        )
        assert leased is not None
        tx.jobs.finish("job_1", token="t")

    def left(tx: Transaction) -> tuple[int, int, bool, bool]:
        asked = tx.inquiries.of_cameo(cameo, limit=9)
        told = tx.notices.of("user:ann", unread=False, limit=9)
        return len(asked), len(told), tx.scans.find("sca_1") is not None, is_kept(tx, "job_1")

    seen = []
    for days in (6, 8, 22, 320, 20):
        service.clock.advance(days=days)
        sweep(service.context)
        with service.context.store.read() as tx:
            seen.append(left(tx))
    assert seen == [
        (1, 1, True, True),
        (1, 1, True, False),
        (1, 1, False, False),
        (1, 1, False, False),
        (0, 0, False, False),
    ]


def test_a_finished_erasure_goes_in_its_time(
    service: RunningService, platform: httpx2.Client
) -> None:
    cameo, _ = enroll(service, "user:ann", likeness())
    id = platform.post(f"/v1/cameos/{cameo}/erase").json()["id"]
    service.clock.advance(days=3_651)
    sweep(service.context)
    assert platform.get(f"/v1/erasures/{id}").json()["status"] == "completed"
    service.clock.advance(days=3_651)
    sweep(service.context)
    assert platform.get(f"/v1/erasures/{id}").status_code == 404
    assert cameo_of(service, cameo).status is CameoStatus.ERASED


def test_the_schedule_is_published_as_it_is_worked_by(service: RunningService) -> None:
    with service.client() as anyone:
        page = anyone.get("/retention")
        text = html.unescape(page.text)
        rules = {each["code"]: each for each in anyone.get("/v1/retention").json()["rules"]}
    settings = service.context.settings
    assert page.headers["content-type"].startswith("text/html")
    assert rules["enrollment_reports"]["days"] == settings.enrollment_report_days
    assert rules["inactive_cameos"]["days"] == settings.inactive_cameo_days
    assert rules["kept_answers"]["days"] == settings.idempotency_hours / 24
    assert rules["log_entries"]["days"] is None
    for rule in rules.values():
        assert f"Kept: {rule['kept']}. Then: {rule['then']}." in text
        assert rule["what"] in text
