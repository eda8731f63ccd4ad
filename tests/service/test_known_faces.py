"""Enrollments of a face that is known already, and who is told."""

import json
from dataclasses import replace

import httpx2
import pytest

from cameo_service.cli.demo.backstage import earlier_cameos
from cameo_service.enrollments.uniqueness import others_alike
from cameo_service.templates.genuine import GenuineFaces
from storage.errors import FaceIndexUnavailable
from storage.records import EnrollmentState
from tests.service.pictures import ann, eve, verified
from tests.service.recognizing import Broken, enroll, notices
from tests.service.running import Refusal, RunningService
from verification.packs.loading import Models


def test_an_enrollment_of_a_known_face_is_held_and_the_owner_is_told(
    service: RunningService, platform: httpx2.Client, open_models: Models
) -> None:
    cameo = enroll(service, platform, open_models, "user:ann", ann())["cameo_id"]
    held = enroll(service, platform, open_models, "user:mallory", ann())
    assert held["status"] == "needs_review"
    assert held["last_error"]["code"] == "face_known"
    assert held["cameo_id"] is None
    for hidden in (cameo, "user:ann"):
        assert hidden not in json.dumps(held)
    report = platform.get(f"/v1/enrollments/{held['id']}/report").json()["report"]
    check = next(each for each in report["checks"] if each["name"] == "unique_face")
    assert (check["outcome"], check["code"]) == ("inconclusive", "face_known")
    (alike,) = report["alike"]
    assert (alike["kind"], alike["id"], alike["principal"]) == ("cameo", cameo, "user:ann")
    (notice,) = notices(platform, "user:ann")
    assert (notice["kind"], notice["body"]) == ("face_matched", {"cameo_id": cameo})
    assert "mallory" not in json.dumps(notice)
    # a twin may be approved
    review = f"/v1/enrollments/{held['id']}/review"
    approved = platform.post(review, json={"decision": "approve"}).json()
    assert approved["status"] == "verified"


def test_another_face_is_not_held(
    service: RunningService, platform: httpx2.Client, open_models: Models
) -> None:
    enroll(service, platform, open_models, "user:ann", ann())
    other = enroll(service, platform, open_models, "user:eve", eve())
    assert other["status"] == "verified"
    report = platform.get(f"/v1/enrollments/{other['id']}/report").json()["report"]
    assert report["checks"][-1]["name"] == "unique_face"
    assert report["checks"][-1]["outcome"] == "pass"
    assert notices(platform, "user:ann") == []


def test_the_demo_finds_the_people_of_its_earlier_runs(
    service: RunningService, platform: httpx2.Client, open_models: Models
) -> None:
    cameo = enroll(service, platform, open_models, "user:alice-0a1b2c", ann())["cameo_id"]
    enroll(service, platform, open_models, "user:visitor-0a1b2c", eve())
    settings = service.context.settings
    assert earlier_cameos(settings) == [cameo]
    enroll(service, platform, open_models, "user:mallory-3d4e5f", ann())
    assert len(earlier_cameos(settings)) == 2
    for id in earlier_cameos(settings):
        assert platform.post(f"/v1/cameos/{id}/revoke").status_code == 200
    assert earlier_cameos(settings) == []


def test_notices_are_read_by_their_own(
    service: RunningService, platform: httpx2.Client, open_models: Models, refused: Refusal
) -> None:
    enroll(service, platform, open_models, "user:ann", ann())
    enroll(service, platform, open_models, "user:mallory", ann())
    (notice,) = notices(platform, "user:ann")
    with service.client(service.key(principal="org:other", acts_for=())) as other:
        listed = other.get("/v1/notices", params={"principal": "user:ann"})
        refused(listed, 403, "not_acting_for")
        refused(other.post(f"/v1/notices/{notice['id']}/read"), 404, "unknown")
    read = platform.post(f"/v1/notices/{notice['id']}/read").json()
    assert read["read_at"] is not None
    asked = {"principal": "user:ann", "unread": "true"}
    assert platform.get("/v1/notices", params=asked).json()["data"] == []


def test_without_a_search_there_is_no_verdict(
    service: RunningService, platform: httpx2.Client, open_models: Models
) -> None:
    context = replace(
        service.context, faces=Broken(genuine=GenuineFaces(signer=service.context.signer))
    )
    id = platform.post("/v1/enrollments", json={"principal": "user:ann"}).json()["id"]
    verification = verified(open_models, ann())
    with context.store.read() as tx:
        record = tx.enrollments.get(id)
        with pytest.raises(FaceIndexUnavailable):
            others_alike(tx, context, record, verification, within=0.05)
        assert tx.enrollments.get(id).state is EnrollmentState.REQUIRES_INPUT
