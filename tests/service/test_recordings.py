"""Uploads over HTTP: what cannot be a recording is refused at once, and nothing is lost by it."""

import io
import socket
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from cameo_service.callers import Scope
from tests.service.running import Refusal, RunningService
from verification.studio import broken
from verification.studio.fuzzing import encoded_originals, spoil

BAD: list[tuple[Callable[[Path], None], str]] = [
    (broken.zero_bytes, "media_empty"),
    (broken.random_bytes, "media_not_video"),
    (broken.plain_text, "media_not_video"),
    (broken.still_image, "media_not_video"),
    (broken.no_video_track, "media_not_video"),
    (broken.no_audio_track, "media_no_audio"),
    (broken.truncated_mp4, "media_truncated"),
    (broken.truncated_webm, "media_too_short"),
    (broken.header_only_webm, "media_corrupt"),
    (broken.frames_of_8k, "media_frame_too_large"),
    (broken.ten_minutes, "media_too_long"),
    (broken.one_frame, "media_too_short"),
    (broken.points_elsewhere_concat, "media_not_video"),
    (broken.points_elsewhere_hls, "media_not_video"),
    (broken.points_elsewhere_dash, "media_not_video"),
    (broken.points_elsewhere_sdp, "media_not_video"),
    (broken.points_elsewhere_dref, "media_external_reference"),
]


@pytest.fixture
def enrollment(platform: httpx2.Client) -> dict[str, Any]:
    started: dict[str, Any] = platform.post(
        "/v1/enrollments", json={"principal": "user:ann"}
    ).json()
    return started


def upload(
    client: httpx2.Client, id: str, content: bytes | Iterator[bytes], **fields: str
) -> httpx2.Response:
    data = {"statement_accepted": "true", **fields}
    files = {"recording": ("recording.webm", content, "video/webm")}
    return client.post(f"/v1/enrollments/{id}/recording", data=data, files=files)  # type: ignore[arg-type]  # an iterator is read as a file


def unchanged(service: RunningService, platform: httpx2.Client, before: dict[str, Any]) -> bool:
    after = platform.get(f"/v1/enrollments/{before['id']}").json()
    same = all(after[name] == before[name] for name in ("status", "attempt", "challenge"))
    return same and service.context.blobs.list() == []


@pytest.mark.parametrize(("make", "code"), BAD, ids=lambda value: getattr(value, "__name__", None))
def test_what_cannot_be_a_recording_is_refused(
    service: RunningService,
    platform: httpx2.Client,
    enrollment: dict[str, Any],
    refused: Refusal,
    tmp_path: Path,
    make: Callable[[Path], None],
    code: str,
) -> None:
    path = tmp_path / "upload"
    make(path)
    problem = refused(upload(platform, enrollment["id"], path.read_bytes()), 422, code)
    assert problem["detail"]
    assert unchanged(service, platform, enrollment)


def test_a_gigabyte_is_refused_before_it_is_sent(
    service: RunningService, platform: httpx2.Client, enrollment: dict[str, Any]
) -> None:
    host, port = service.url.removeprefix("http://").split(":")
    head = (
        f"POST /v1/enrollments/{enrollment['id']}/recording HTTP/1.1\r\nHost: {host}\r\n"
        f"Authorization: {platform.headers['authorization']}\r\n"
        "Content-Type: multipart/form-data; boundary=x\r\nContent-Length: 1000000000\r\n\r\n"
    )
    with socket.create_connection((host, int(port)), timeout=60) as connection:
        connection.sendall(head.encode())
        # the head and the body may come one after the other
        answer = "".join(part.decode() for part in iter(lambda: connection.recv(65536), b""))
    assert answer.startswith("HTTP/1.1 413")
    assert "body_too_large" in answer
    assert unchanged(service, platform, enrollment)


def test_an_unannounced_gigabyte_is_cut_off(
    service: RunningService, platform: httpx2.Client, enrollment: dict[str, Any]
) -> None:
    object.__setattr__(service.context.settings, "upload_limit_mb", 5)
    sent = 0

    def chunks() -> Iterator[bytes]:
        nonlocal sent
        yield b'--x\r\nContent-Disposition: form-data; name="recording"; filename="a"\r\n\r\n'
        for _ in range(1000):
            sent += 1_000_000
            yield b"x" * 1_000_000

    path = f"/v1/enrollments/{enrollment['id']}/recording"
    kind = {"content-type": "multipart/form-data; boundary=x"}
    try:
        response = platform.post(path, content=chunks(), headers=kind)
    except httpx2.TransportError:
        pass  # the server has closed the connection while we were still sending
    else:
        assert response.status_code == 413
    assert sent < 100_000_000
    assert unchanged(service, platform, enrollment)


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"", "multipart/form-data; boundary=x"),
        (b"nonsense", "multipart/form-data; boundary=x"),
        (b"nonsense", "multipart/form-data"),
        (b"{}", "application/json"),
    ],
)
def test_a_body_that_is_no_form_is_refused(
    service: RunningService,
    platform: httpx2.Client,
    enrollment: dict[str, Any],
    refused: Refusal,
    body: bytes,
    kind: str,
) -> None:
    path = f"/v1/enrollments/{enrollment['id']}/recording"
    response = platform.post(path, content=body, headers={"content-type": kind})
    if "multipart" in kind and body:
        refused(response, 400, "bad_request")
    else:
        refused(response, 422, "recording_missing")
    assert unchanged(service, platform, enrollment)


def test_the_statement_must_be_accepted(
    service: RunningService,
    platform: httpx2.Client,
    enrollment: dict[str, Any],
    refused: Refusal,
    plain: bytes,
) -> None:
    response = upload(platform, enrollment["id"], plain, statement_accepted="false")
    refused(response, 422, "statement_not_accepted")
    assert unchanged(service, platform, enrollment)


def test_a_decoder_that_does_not_start_is_not_the_uploads_fault(
    service: RunningService,
    platform: httpx2.Client,
    enrollment: dict[str, Any],
    refused: Refusal,
    plain: bytes,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys, "executable", "/no/such/python")
    response = upload(platform, enrollment["id"], plain)
    refused(response, 503, "cage_unavailable")
    assert response.headers["retry-after"]
    assert unchanged(service, platform, enrollment)
    monkeypatch.undo()
    assert upload(platform, enrollment["id"], plain).status_code == 202
    (blob,) = service.context.blobs.list()
    stored = io.BytesIO()
    service.context.blobs.fetch(blob, stored)
    assert stored.getvalue() == plain


def test_whoever_was_suspended_meanwhile_hands_nothing_in(
    service: RunningService,
    platform: httpx2.Client,
    enrollment: dict[str, Any],
    refused: Refusal,
    plain: bytes,
) -> None:
    platform.put("/v1/principals/user:ann/standing", json={"standing": "suspended"})
    refused(upload(platform, enrollment["id"], plain), 403, "principal_suspended")
    assert unchanged(service, platform, enrollment)


def test_one_recording_an_attempt(
    service: RunningService,
    platform: httpx2.Client,
    enrollment: dict[str, Any],
    refused: Refusal,
    plain: bytes,
) -> None:
    first = upload(platform, enrollment["id"], plain)
    assert (first.status_code, first.json()["status"]) == (202, "processing")
    assert first.json()["challenge"] is None
    refused(upload(platform, enrollment["id"], plain), 409, "wrong_state")
    assert len(service.context.blobs.list()) == 1


def test_an_expired_session_takes_nothing(
    service: RunningService,
    platform: httpx2.Client,
    enrollment: dict[str, Any],
    refused: Refusal,
    plain: bytes,
) -> None:
    service.clock.advance(minutes=31)
    refused(upload(platform, enrollment["id"], plain), 409, "enrollment_expired")
    assert service.context.blobs.list() == []


def test_a_wrong_session_token_takes_nothing(
    service: RunningService,
    platform: httpx2.Client,
    enrollment: dict[str, Any],
    refused: Refusal,
    plain: bytes,
) -> None:
    with service.client("es_wrong") as stranger:
        refused(upload(stranger, enrollment["id"], plain), 401, "unauthenticated")
    with service.client(enrollment["client_secret"]) as early:
        refused(upload(early, enrollment["id"], plain), 401, "unauthenticated")
    assert unchanged(service, platform, enrollment)


def test_the_person_uploads_with_their_session_token(
    service: RunningService, platform: httpx2.Client, enrollment: dict[str, Any], plain: bytes
) -> None:
    opened = platform.post(
        f"/v1/enrollments/{enrollment['id']}/open",
        json={"client_secret": enrollment["client_secret"]},
    ).json()
    with service.client(opened["session_token"]) as person:
        assert upload(person, enrollment["id"], plain).status_code == 202


def test_a_key_that_may_only_read_uploads_nothing(
    service: RunningService, enrollment: dict[str, Any], refused: Refusal, plain: bytes
) -> None:
    with service.client(service.key(Scope.ENROLLMENTS_READ)) as reader:
        refused(upload(reader, enrollment["id"], plain), 403, "missing_scope")


@pytest.mark.parametrize("count", [6, pytest.param(100, marks=pytest.mark.slow)])
def test_spoilt_files_are_refused_by_a_service_that_goes_on(
    count: int,
    platform: httpx2.Client,
    enrollment: dict[str, Any],
    service: RunningService,
    tmp_path: Path,
) -> None:
    originals = encoded_originals(tmp_path)
    for number in range(count):
        spoilt = spoil(originals, number)
        answer = upload(platform, enrollment["id"], spoilt.content)
        # two seconds are too short for any challenge, whatever else is wrong
        assert 400 <= answer.status_code < 500, (spoilt.name, answer.text)
        assert answer.json()["code"].startswith("media_"), (spoilt.name, answer.text)
    assert unchanged(service, platform, enrollment)
