"""Taking back: during processing, during a review, and from a cameo that is not active yet."""

import io
from dataclasses import replace

import httpx2
import pytest

from cameo_service.housekeeping import sweep
from storage.errors import StoreUnavailable
from storage.records import EnrollmentRecord, EnrollmentState
from tests.service.running import Refusal, RunningService, verification
from verification.report import Verdict

pytestmark = pytest.mark.both_databases


def held(
    service: RunningService, platform: httpx2.Client, state: EnrollmentState
) -> EnrollmentRecord:
    """An enrollment of user:ann in `state`, with a recording."""
    id = platform.post("/v1/enrollments", json={"principal": "user:ann"}).json()["id"]
    if state is EnrollmentState.NEEDS_REVIEW:
        service.conclude(id, verification(Verdict.NEEDS_REVIEW))
    blob = f"recordings/{id}/1-ab"
    service.context.blobs.put(blob, io.BytesIO(b"picture and sound"), limit=100)
    with service.context.store.write() as tx:
        record = tx.enrollments.get(id)
        return tx.enrollments.save(
            replace(record, state=state, recording_blob=blob, recording_mime="video/webm")
        )


def nothing_is_left(service: RunningService) -> bool:
    with service.context.store.read() as tx:
        cameos = tx.cameos.owned_by("user:ann")
        templates = [template for cameo in cameos for template in tx.templates.of_cameo(cameo.id)]
    ended = all(cameo.status.is_ended for cameo in cameos)
    return ended and templates == [] and service.context.blobs.list() == []


@pytest.mark.parametrize("state", [EnrollmentState.PROCESSING, EnrollmentState.NEEDS_REVIEW])
def test_a_person_may_leave_before_the_verdict_stands(
    service: RunningService, platform: httpx2.Client, state: EnrollmentState
) -> None:
    record = held(service, platform, state)
    shown = platform.post(f"/v1/enrollments/{record.id}/cancel").json()
    assert shown["status"] == "canceled"
    assert nothing_is_left(service)


def test_a_verified_enrollment_cannot_be_canceled(
    service: RunningService, platform: httpx2.Client, refused: Refusal
) -> None:
    cameo = service.enroll("user:ann")
    enrollment = platform.get(f"/v1/cameos/{cameo}").json()["enrollment_id"]
    refused(platform.post(f"/v1/enrollments/{enrollment}/cancel"), 409, "wrong_state")


def test_a_revoked_cameo_is_not_brought_back_by_a_review(
    service: RunningService, platform: httpx2.Client, refused: Refusal
) -> None:
    record = held(service, platform, EnrollmentState.NEEDS_REVIEW)
    assert platform.post(f"/v1/cameos/{record.cameo_id}/revoke").json()["status"] == "revoked"
    assert nothing_is_left(service)
    approval = platform.post(f"/v1/enrollments/{record.id}/review", json={"decision": "approve"})
    refused(approval, 409, "wrong_state")
    shown = platform.get(f"/v1/cameos/{record.cameo_id}").json()
    assert (shown["status"], shown["credential"]) == ("revoked", None)


def test_a_review_settles_once(
    service: RunningService, platform: httpx2.Client, refused: Refusal
) -> None:
    record = held(service, platform, EnrollmentState.NEEDS_REVIEW)
    path = f"/v1/enrollments/{record.id}/review"
    assert platform.post(path, json={"decision": "approve"}).json()["status"] == "verified"
    assert service.context.blobs.list() == []
    refused(platform.post(path, json={"decision": "reject"}), 409, "wrong_state")


def test_a_reviewer_sees_the_recording_and_only_while_it_waits(
    service: RunningService, platform: httpx2.Client, refused: Refusal
) -> None:
    record = held(service, platform, EnrollmentState.NEEDS_REVIEW)
    path = f"/v1/enrollments/{record.id}/recording"
    response = platform.get(path)
    assert response.content == b"picture and sound"
    assert response.headers["content-type"] == "video/webm"
    assert response.headers["cache-control"] == "no-store"
    platform.post(f"/v1/enrollments/{record.id}/review", json={"decision": "reject"})
    refused(platform.get(path), 409, "wrong_state")


def test_a_session_ends_some_time_after_its_enrollment(
    service: RunningService, platform: httpx2.Client, refused: Refusal
) -> None:
    started = platform.post("/v1/enrollments", json={"principal": "user:ann"}).json()
    opened = platform.post(
        f"/v1/enrollments/{started['id']}/open", json={"client_secret": started["client_secret"]}
    ).json()
    with service.client(opened["session_token"]) as person:
        service.clock.advance(hours=23)
        assert person.get(f"/v1/enrollments/{started['id']}").json()["status"] == "expired"
        service.clock.advance(hours=2)
        refused(person.get(f"/v1/enrollments/{started['id']}"), 401, "unauthenticated")


def test_blobs_that_are_away_do_not_deny_what_was_done(
    service: RunningService, platform: httpx2.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = held(service, platform, EnrollmentState.PROCESSING)

    def away(_blobs: object, _name: str) -> None:
        raise StoreUnavailable("the blobs cannot be reached")

    with monkeypatch.context() as patched:
        patched.setattr(type(service.context.blobs), "delete", away)
        shown = platform.post(f"/v1/enrollments/{record.id}/cancel")
    assert (shown.status_code, shown.json()["status"]) == (200, "canceled")
    assert service.context.blobs.list() == [record.recording_blob]
    sweep(service.context)
    assert nothing_is_left(service)
