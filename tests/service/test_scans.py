"""Scans, protected faces and held enrollments, over HTTP with real models."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx2
import pytest

from cameo_service.callers import Scope
from cameo_service.context import Context
from cameo_service.enrollments.uniqueness import others_alike
from cameo_service.housekeeping import sweep
from cameo_service.worker import Worker
from storage.errors import FaceIndexUnavailable
from storage.faces.scanned import ScannedFaces
from storage.records import EnrollmentState
from tests.service import making
from tests.service.pictures import ann, both, clip, encoded, eve, nobody, verified
from tests.service.running import Refusal, RunningService
from verification.faces.contracts import Image
from verification.packs.loading import Models

Scan = Callable[..., dict[str, Any]]
QUESTION = {"requester": "user:bob", "action": "generate", **making.LIKELY}


@pytest.fixture
def worker(context: Context, open_models: Models) -> Worker:
    return Worker(context, load=lambda: open_models)


@pytest.fixture
def scan(platform: httpx2.Client, worker: Worker) -> Scan:
    """Upload, let the worker look, and read the answer."""

    def carry_out(*files: bytes, **fields: str) -> dict[str, Any]:
        parts = [("files", (f"f{n}", data, "image/png")) for n, data in enumerate(files)]
        begun = platform.post("/v1/scans", files=parts, data=fields)
        assert begun.status_code == 202, begun.text
        assert begun.json()["status"] == "processing"
        assert begun.json()["decision"] is None
        assert worker.step()
        answer = platform.get(f"/v1/scans/{begun.json()['id']}")
        assert answer.status_code == 200
        found: dict[str, Any] = answer.json()
        return found

    return carry_out


def enroll(
    service: RunningService, platform: httpx2.Client, models: Models, principal: str, image: Image
) -> dict[str, Any]:
    """What the worker does with a verified recording of `image`."""
    id = platform.post("/v1/enrollments", json={"principal": principal}).json()["id"]
    context, verification = service.context, verified(models, image)
    context.faces.refresh(context.store)
    with context.store.read() as tx:
        record = tx.enrollments.get(id)
        within = models.thresholds.face_search.value
        alike = others_alike(tx, context, record, verification, within=within)
    service.conclude(id, verification, alike=alike)
    shown: dict[str, Any] = platform.get(f"/v1/enrollments/{id}").json()
    return shown


def recognized(answer: dict[str, Any]) -> list[tuple[str | None, bool, list[str]]]:
    return [
        (each["cameo_id"], each["consent"], each["reasons"])
        for face in answer["faces"]
        for each in face["recognized"]
    ]


def notices(platform: httpx2.Client, principal: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = platform.get(
        "/v1/notices", params={"principal": principal}
    ).json()["data"]
    return found


def blobs_of(service: RunningService) -> list[str]:
    return [*service.context.blobs.list("scans/"), *service.context.blobs.list("protected/")]


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


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "media_empty"),
        (b"GIF89a" + bytes(200), "media_not_video"),
        (b"\x89PNG\r\n\x1a\n" + bytes(200), "media_corrupt"),
        pytest.param(b"\xff\xd8\xff" + bytes(200), "media_corrupt", marks=pytest.mark.slow),
        pytest.param(
            b"RIFF\x10\x00\x00\x00WEBPVP8 " + bytes(200), "media_corrupt", marks=pytest.mark.slow
        ),
        (encoded(ann(), "jpg")[:9_000], "media_truncated"),
        pytest.param(encoded(ann(), "png")[:60_000], "media_corrupt", marks=pytest.mark.slow),
        pytest.param(encoded(ann()[:20, :20]), "media_frame_too_small", marks=pytest.mark.slow),
        (encoded(ann()).replace(b"IDAT", b"acTL", 1), "media_codec_refused"),
        (clip(ann()[:, :512])[:4_000], "media_truncated"),
    ],
    ids=range(10),
)
def test_what_cannot_be_read_is_never_allowed(
    service: RunningService, scan: Scan, data: bytes, code: str
) -> None:
    answer = scan(encoded(nobody()), data)
    assert (answer["status"], answer["decision"]) == ("failed", None)
    assert answer["error"] == code
    assert answer["faces"] == []
    assert blobs_of(service) == []


@pytest.mark.slow
def test_a_huge_picture_is_refused_before_it_is_painted(scan: Scan) -> None:
    header = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + (60_000).to_bytes(4, "big") * 2
    assert scan(header + bytes(300))["status"] == "failed"


class Broken(ScannedFaces):
    """An index that cannot be searched."""

    def search(self, *_: Any, **__: Any) -> Any:
        raise FaceIndexUnavailable("the index is away")


def test_an_index_that_cannot_be_searched_is_an_error_and_never_a_yes(
    service: RunningService, platform: httpx2.Client, open_models: Models
) -> None:
    context = replace(service.context, faces=Broken(genuine=service.context.faces._genuine))
    worker = Worker(context, load=lambda: open_models)
    files = [("files", ("a.png", encoded(ann()), "image/png"))]
    id = platform.post("/v1/scans", files=files).json()["id"]
    for _ in range(5):
        assert worker.step()
        shown = platform.get(f"/v1/scans/{id}").json()
        assert (shown["status"], shown["decision"]) == ("processing", None)
        service.clock.advance(minutes=1)
    sweep(context)
    shown = platform.get(f"/v1/scans/{id}").json()
    assert (shown["status"], shown["decision"]) == ("failed", None)
    assert shown["error"] == "processing_failed"
    assert blobs_of(service) == []


def test_bad_requests_are_refused_before_anything_is_kept(
    service: RunningService, platform: httpx2.Client, refused: Refusal
) -> None:
    files = [("files", ("a.png", encoded(nobody()), "image/png"))]

    def post(**fields: str) -> httpx2.Response:
        return platform.post("/v1/scans", files=files, data=fields)

    refused(platform.post("/v1/scans", data={"x": "y"}), 422, "files_missing")
    refused(post(permit="per_1"), 422, "permit_unknown")
    refused(post(permit="a.b.c"), 422, "permit_unknown")
    refused(post(permit="per_1", question="{}"), 422, "permit_or_question")
    refused(post(question="[]"), 422, "question_unreadable")
    refused(post(question="{}"), 422, "invalid_request")
    named = json.dumps({**QUESTION, "likenesses": []})
    refused(post(question=named), 422, "question_names_likenesses")
    other = json.dumps({**QUESTION, "requester": "org:other"})
    refused(post(question=other), 403, "not_acting_for")
    assert blobs_of(service) == []


def test_another_callers_permit_and_scan_are_unknown(
    service: RunningService, platform: httpx2.Client, open_models: Models, refused: Refusal
) -> None:
    cameo = enroll(service, platform, open_models, "user:ann", ann())["cameo_id"]
    making.grant(platform, cameo)
    issued = making.permit(platform, making.question(cameo))
    files = [("files", ("a.png", encoded(nobody()), "image/png"))]
    id = platform.post("/v1/scans", files=files).json()["id"]
    with service.client(service.key(principal="org:other", acts_for=())) as other:
        for given in (issued["permit"], issued["id"]):
            sent = other.post("/v1/scans", files=files, data={"permit": given})
            refused(sent, 422, "permit_unknown")
        refused(other.get(f"/v1/scans/{id}"), 404, "unknown")


def test_a_key_begins_only_so_many_scans_an_hour(
    service: RunningService, platform: httpx2.Client, refused: Refusal
) -> None:
    object.__setattr__(service.context.settings, "scans_per_hour", 2)
    files = [("files", ("a.png", encoded(nobody()), "image/png"))]
    for _ in range(2):
        assert platform.post("/v1/scans", files=files).status_code == 202
    refused(platform.post("/v1/scans", files=files), 429, "too_many_scans")
    service.clock.advance(hours=1, seconds=1)
    assert platform.post("/v1/scans", files=files).status_code == 202


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


def protect(platform: httpx2.Client, *stills: bytes, **fields: str) -> httpx2.Response:
    files = [("files", (f"{n}", still, "image/jpeg")) for n, still in enumerate(stills)]
    data = {"label": "Ann", "reason": "asked for", **fields}
    return platform.post("/v1/protected-faces", files=files, data=data)


def test_a_protected_face_is_a_denial_and_holds_an_enrollment(
    service: RunningService,
    platform: httpx2.Client,
    open_models: Models,
    worker: Worker,
) -> None:
    begun = protect(platform, encoded(ann()), encoded(ann(), "jpg"), principal="user:ann")
    assert (begun.status_code, begun.json()["status"]) == (202, "pending")
    assert still_waits(service)
    assert worker.step()
    entry = platform.get(f"/v1/protected-faces/{begun.json()['id']}").json()
    assert (entry["status"], entry["model"]) == ("active", open_models.faces.name)
    answer = scan_again(platform, worker)
    assert answer["decision"] == "deny"
    assert recognized(answer) == [(None, False, ["protected"])]
    held = enroll(service, platform, open_models, "user:mallory", ann())
    assert held["last_error"]["code"] == "face_known"
    kinds = [notice["kind"] for notice in notices(platform, "user:ann")]
    assert sorted(set(kinds)) == ["face_matched", "scan_denied"]
    # the person themself is not kept out, and then speaks through the cameo
    cameo = enroll(service, platform, open_models, "user:ann", ann())
    assert cameo["status"] == "needs_review"  # mallory waits with the same face
    removed = platform.post(f"/v1/protected-faces/{entry['id']}/remove").json()
    assert removed["status"] == "removed"
    with service.context.store.read() as tx:
        assert tx.templates.of_cameo(entry["id"]) == []


def still_waits(service: RunningService) -> bool:
    with service.context.store.read() as tx:
        (entry,) = tx.protected_faces.of("user:ann", limit=9)
        return tx.templates.of_cameo(entry.id) == [] and bool(entry.stills)


def scan_again(platform: httpx2.Client, worker: Worker) -> dict[str, Any]:
    files = [("files", ("a.png", encoded(ann()), "image/png"))]
    id = platform.post("/v1/scans", files=files).json()["id"]
    assert worker.step()
    found: dict[str, Any] = platform.get(f"/v1/scans/{id}").json()
    return found


@pytest.mark.parametrize(
    ("stills", "code"),
    [
        ([nobody()], "no_face"),
        ([both()], "several_faces"),
        ([ann(), eve()], "faces_differ"),
        ([ann(), nobody()], "no_face"),
    ],
    ids=["none", "two", "others", "one_without"],
)
def test_stills_that_show_no_one_person_protect_nobody(
    service: RunningService,
    platform: httpx2.Client,
    worker: Worker,
    stills: list[Image],
    code: str,
) -> None:
    id = protect(platform, *(encoded(each) for each in stills), principal="user:ann").json()["id"]
    assert worker.step()
    entry = platform.get(f"/v1/protected-faces/{id}").json()
    assert (entry["status"], entry["error"]) == ("failed", code)
    assert blobs_of(service) == []


def test_who_may_protect_whom(
    service: RunningService, platform: httpx2.Client, refused: Refusal
) -> None:
    still = encoded(ann())
    terms = {"actions": ["generate"], "facets": ["face"]}
    mandate = {
        "kind": "agent",
        "represented": "user:ann",
        "representative": "org:agency",
        "scope": terms,
        "evidence": "contract",
    }
    scopes = (Scope.PROTECTED_WRITE, Scope.PROTECTED_READ)
    with service.client(service.key(*scopes, principal="org:agency", acts_for=())) as agency:
        refused(protect(agency, still, principal="user:ann"), 403, "not_acting_for")
        acting = {"principal": "user:ann", "acting_as": "org:agency"}
        refused(protect(agency, still, **acting), 403, "not_acting_for")
        platform.post("/v1/representations", json=mandate)
        entry = protect(agency, still, **acting).json()
        assert (entry["added_by"], entry["principal"]) == ("org:agency", "user:ann")
        refused(protect(agency, still), 403, "missing_scope")
        refused(agency.get("/v1/protected-faces"), 403, "missing_scope")
        listed = agency.get("/v1/protected-faces", params={"principal": "user:ann"}).json()
        assert [each["id"] for each in listed["data"]] == [entry["id"]]
    anonymous = protect(platform, still).json()
    assert (anonymous["principal"], anonymous["added_by"]) == (None, "org:platform")
    assert platform.get("/v1/protected-faces").json()["data"] == [anonymous]
    with service.client(service.key(*scopes, principal="org:other", acts_for=())) as other:
        for id in (entry["id"], anonymous["id"]):
            refused(other.get(f"/v1/protected-faces/{id}"), 404, "unknown")
            refused(other.post(f"/v1/protected-faces/{id}/remove"), 404, "unknown")


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
    context = replace(service.context, faces=Broken(genuine=service.context.faces._genuine))
    id = platform.post("/v1/enrollments", json={"principal": "user:ann"}).json()["id"]
    verification = verified(open_models, ann())
    with context.store.read() as tx:
        record = tx.enrollments.get(id)
        with pytest.raises(FaceIndexUnavailable):
            others_alike(tx, context, record, verification, within=0.05)
        assert tx.enrollments.get(id).state is EnrollmentState.REQUIRES_INPUT
