"""Scans: who is recognized in an upload, and is there consent."""

import json
from datetime import timedelta

import httpx2
import pytest

from cameo_service.housekeeping import sweep
from tests.service import making
from tests.service.pictures import ann, both, clip, encoded, eve, nobody
from tests.service.recognizing import QUESTION, Scan, blobs_of, enroll, notices, recognized
from tests.service.running import Refusal, RunningService
from verification.packs.loading import Models


def test_a_recognized_face_without_consent_is_a_denial(
    service: RunningService, platform: httpx2.Client, open_models: Models, scan: Scan
) -> None:
    cameo = enroll(service, platform, open_models, "user:ann", ann())["cameo_id"]
    answer = scan(encoded(ann()))
    assert (answer["status"], answer["decision"]) == ("done", "deny")
    assert recognized(answer) == [(cameo, False, ["nothing_asked"])]
    (face,) = answer["faces"]
    assert face["consent"] is False
    assert 0 < face["box"]["left"] < face["box"]["right"] < 1
    assert "similarity" not in json.dumps(answer)
    assert blobs_of(service) == []
    (notice,) = notices(platform, "user:ann")
    assert notice["kind"] == "scan_denied"
    assert notice["body"] == {
        "cameo_id": cameo,
        "requester": "org:platform",
        "caller": "org:platform",
    }
    (asked,) = platform.get(f"/v1/cameos/{cameo}/asked").json()["data"]
    assert (asked["action"], asked["permitted"], asked["refused"]) == ("scan", 0, 1)


def test_strangers_and_empty_pictures_are_allowed(
    service: RunningService, platform: httpx2.Client, open_models: Models, scan: Scan
) -> None:
    enroll(service, platform, open_models, "user:ann", ann())
    answer = scan(encoded(eve(), "jpg"), encoded(nobody(), "webp"))
    assert answer["decision"] == "allow"
    assert [(face["file"], face["consent"]) for face in answer["faces"]] == [(0, None)]
    assert recognized(answer) == []


def test_a_permit_gives_consent_for_its_likenesses_until_it_ends(
    service: RunningService, platform: httpx2.Client, open_models: Models, scan: Scan
) -> None:
    cameo = enroll(service, platform, open_models, "user:ann", ann())["cameo_id"]
    grant = making.grant(platform, cameo)
    issued = making.permit(platform, making.question(cameo))
    for given in (issued["permit"], issued["id"]):
        answer = scan(encoded(ann()), permit=given)
        assert answer["decision"] == "allow"
        assert recognized(answer) == [(cameo, True, ["in_permit"])]
        assert answer["requester"] == "user:bob"
    other = enroll(service, platform, open_models, "user:eve", eve())["cameo_id"]
    answer = scan(encoded(both()), permit=issued["id"])
    assert answer["decision"] == "deny"
    assert sorted(recognized(answer)) == sorted(
        [(cameo, True, ["in_permit"]), (other, False, ["not_in_permit"])]
    )
    # a use goes on with what it was made on, and ends with it
    use = making.report(platform, issued["id"], assets=[making.ASSET])
    service.clock.advance(hours=1)
    assert scan(encoded(ann()), permit=issued["id"])["decision"] == "allow"
    making.revoke(platform, grant)
    assert making.shown(platform, use)["recall"] != "none"
    answer = scan(encoded(ann()), permit=issued["id"])
    assert recognized(answer) == [(cameo, False, ["use_recalled"])]


def test_a_permit_that_was_revoked_or_is_over_gives_none(
    service: RunningService, platform: httpx2.Client, open_models: Models, scan: Scan
) -> None:
    cameo = enroll(service, platform, open_models, "user:ann", ann())["cameo_id"]
    grant = making.grant(platform, cameo)
    over = making.permit(platform, making.question(cameo))
    service.clock.advance(hours=1)
    answer = scan(encoded(ann()), permit=over["permit"])
    assert recognized(answer) == [(cameo, False, ["permit_expired"])]
    revoked = making.permit(platform, making.question(cameo))
    making.revoke(platform, grant)
    answer = scan(encoded(ann()), permit=revoked["permit"])
    assert recognized(answer) == [(cameo, False, ["permit_revoked"])]


@pytest.mark.slow
def test_a_permit_for_the_voice_is_none_for_the_face(
    service: RunningService, platform: httpx2.Client, open_models: Models, scan: Scan
) -> None:
    cameo = enroll(service, platform, open_models, "user:ann", ann())["cameo_id"]
    making.grant(platform, cameo, facets=["voice"])
    likeness = {"cameo_id": cameo, "facets": ["voice"], "appearance_change": "none"}
    issued = making.permit(platform, making.question(cameo, likenesses=[likeness]))
    answer = scan(encoded(ann()), permit=issued["id"])
    assert recognized(answer) == [(cameo, False, ["not_in_permit"])]


def test_a_question_is_decided_over_who_is_recognized(
    service: RunningService, platform: httpx2.Client, open_models: Models, scan: Scan
) -> None:
    cameo = enroll(service, platform, open_models, "user:ann", ann())["cameo_id"]
    question = json.dumps({**QUESTION, "appearance_change": "none"})
    answer = scan(encoded(ann()), question=question)
    assert recognized(answer) == [(cameo, False, ["not_permitted"])]
    making.grant(platform, cameo)
    answer = scan(encoded(ann()), question=question)
    assert answer["decision"] == "allow"
    assert recognized(answer) == [(cameo, True, ["covered_by_grant"])]
    elsewhere = json.dumps({**QUESTION, "requester": "user:eve"})
    assert scan(encoded(ann()), question=elsewhere)["decision"] == "deny"


def test_a_clip_is_looked_through(
    service: RunningService, platform: httpx2.Client, open_models: Models, scan: Scan
) -> None:
    cameo = enroll(service, platform, open_models, "user:ann", ann())["cameo_id"]
    picture = ann()[:, :512]
    for container in ("mp4", "webm"):
        empty = picture * 0 + 90
        answer = scan(clip(empty, picture, picture, container=container))
        assert recognized(answer) == [(cameo, False, ["nothing_asked"])]
        (face,) = answer["faces"]
        assert 0.9 <= face["time_s"] <= 3.0


def test_an_erased_cameo_is_not_recognized_any_more(
    service: RunningService, platform: httpx2.Client, open_models: Models, scan: Scan
) -> None:
    cameo = enroll(service, platform, open_models, "user:ann", ann())["cameo_id"]
    assert scan(encoded(ann()))["decision"] == "deny"
    platform.post(f"/v1/cameos/{cameo}/revoke")
    assert scan(encoded(ann()))["decision"] == "allow"


def test_results_are_kept_for_a_while(
    service: RunningService, platform: httpx2.Client, scan: Scan, refused: Refusal
) -> None:
    id = scan(encoded(nobody()))["id"]
    service.clock.now += timedelta(days=29)
    sweep(service.context)
    assert platform.get(f"/v1/scans/{id}").status_code == 200
    service.clock.now += timedelta(days=2)
    sweep(service.context)
    refused(platform.get(f"/v1/scans/{id}"), 404, "unknown")
