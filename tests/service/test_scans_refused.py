"""Uploads that are refused, cannot be read, or cannot be answered for."""

import json
from collections.abc import Callable
from dataclasses import replace

import httpx2
import pytest

from cameo_service.housekeeping import sweep
from cameo_service.templates.genuine import GenuineFaces
from cameo_service.worker import Worker
from tests.service import making
from tests.service.pictures import ann, clip, encoded, nobody
from tests.service.recognizing import QUESTION, Broken, Scan, blobs_of, enroll
from tests.service.running import Refusal, RunningService
from verification.packs.loading import Models


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


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (lambda: b"", "media_empty"),
        (lambda: b"GIF89a" + bytes(200), "media_not_video"),
        (lambda: b"\x89PNG\r\n\x1a\n" + bytes(200), "media_corrupt"),
        pytest.param(lambda: b"\xff\xd8\xff" + bytes(200), "media_corrupt", marks=pytest.mark.slow),
        pytest.param(
            lambda: b"RIFF\x10\x00\x00\x00WEBPVP8 " + bytes(200),
            "media_corrupt",
            marks=pytest.mark.slow,
        ),
        (lambda: encoded(ann(), "jpg")[:9_000], "media_truncated"),
        pytest.param(
            lambda: encoded(ann(), "png")[:60_000], "media_corrupt", marks=pytest.mark.slow
        ),
        pytest.param(
            lambda: encoded(ann()[:20, :20]), "media_frame_too_small", marks=pytest.mark.slow
        ),
        (lambda: encoded(ann()).replace(b"IDAT", b"acTL", 1), "media_codec_refused"),
        (lambda: clip(ann()[:, :512])[:4_000], "media_truncated"),
    ],
    ids=range(10),
)
def test_what_cannot_be_read_is_never_allowed(
    service: RunningService, scan: Scan, data: Callable[[], bytes], code: str
) -> None:
    answer = scan(encoded(nobody()), data())
    assert (answer["status"], answer["decision"]) == ("failed", None)
    assert answer["error"] == code
    assert answer["faces"] == []
    assert blobs_of(service) == []


@pytest.mark.slow
def test_a_huge_picture_is_refused_before_it_is_painted(scan: Scan) -> None:
    header = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + (60_000).to_bytes(4, "big") * 2
    assert scan(header + bytes(300))["status"] == "failed"


def test_an_index_that_cannot_be_searched_is_an_error_and_never_a_yes(
    service: RunningService, platform: httpx2.Client, open_models: Models
) -> None:
    context = replace(
        service.context, faces=Broken(genuine=GenuineFaces(signer=service.context.signer))
    )
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
