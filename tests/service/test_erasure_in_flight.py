"""What was in flight when an erasure came: after its certificate stands, nothing of it is left."""

import io
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest

from cameo_service.cli.configuration import environment_of
from cameo_service.enrollments import recordings
from cameo_service.worker import Worker
from permissions.facts import CameoStatus
from storage.records import EnrollmentRecord, EnrollmentState
from tests.service.erasing import enroll, erase, likeness, proven, record, shown, work
from tests.service.holding import LONG_S, Held
from tests.service.running import Refusal, RunningService
from verification.packs.loading import Models
from verification.report import Verification

pytestmark = pytest.mark.both_databases

ROOT = Path(__file__).parents[2]
KIND = {"content-type": "multipart/form-data; boundary=x"}
HEAD = (
    b'--x\r\nContent-Disposition: form-data; name="statement_accepted"\r\n\r\ntrue\r\n'
    b'--x\r\nContent-Disposition: form-data; name="recording"; filename="r.webm"\r\n'
    b"Content-Type: video/webm\r\n\r\n"
)
TAIL = b"\r\n--x--\r\n"


@pytest.fixture
def cameo(service: RunningService) -> str:
    id, _ = enroll(service, "user:ann", likeness())
    service.clock.advance(minutes=1)
    return id


@pytest.fixture
def renewal(platform: httpx2.Client, cameo: str) -> str:
    """A renewal of Ann's cameo, begun."""
    body = {"principal": "user:ann", "renews": cameo}
    return str(platform.post("/v1/enrollments", json=body).json()["id"])


def upload(service: RunningService, id: str, content: Iterator[bytes]) -> httpx2.Response:
    with service.client(service.key()) as client:
        return client.post(f"/v1/enrollments/{id}/recording", content=content, headers=KIND)


def form_of(recording: bytes) -> Iterator[bytes]:
    yield HEAD + recording + TAIL


def stored(service: RunningService) -> list[str]:
    return service.context.blobs.list(recordings.BLOB_PREFIX)


def require_nothing(service: RunningService, cameo: str, renewal: str) -> None:
    """No file, template, key or report of the cameo or of its renewal, and none to come."""
    assert stored(service) == []
    with service.context.store.read() as tx:
        for holder in (cameo, renewal):
            assert tx.templates.of_cameo(holder) == [] == tx.templates.samples_of(holder)
        left = tx.enrollments.get(renewal)
        assert tx.cameos.get(cameo).status is CameoStatus.ERASED
        kinds = ("verify", "receive")
        assert not tx.jobs.are_waiting(kinds, "enrollment", [renewal])
    assert left.state is EnrollmentState.CANCELED
    assert (left.report, left.challenge, left.recording_blob) == (None, {}, None)


def test_an_upload_that_still_arrives_is_refused_at_its_end(
    service: RunningService,
    platform: httpx2.Client,
    refused: Refusal,
    monkeypatch: pytest.MonkeyPatch,
    threads: ThreadPoolExecutor,
    held: Held,
    cameo: str,
    renewal: str,
    plain: bytes,
) -> None:
    admitted, receiving = threading.Event(), recordings.receiving

    @contextmanager
    def noted(id: str) -> Iterator[None]:
        with receiving(id):
            admitted.set()
            yield

    monkeypatch.setattr(recordings, "receiving", noted)

    def slow() -> Iterator[bytes]:
        yield HEAD + plain[:1000]
        held.stop()
        yield plain[1000:] + TAIL

    sent = threads.submit(upload, service, renewal, slow())
    held.wait()
    assert admitted.wait(LONG_S)
    erased = erase(platform, cameo)
    work(service.context)
    assert proven(service, platform, erased["id"]).destroyed["enrollments_withdrawn"] == 1
    require_nothing(service, cameo, renewal)
    held.free()
    refused(sent.result(LONG_S), 409, "wrong_state")
    require_nothing(service, cameo, renewal)


@pytest.mark.parametrize("is_there", ["stored already", ""])
def test_a_certificate_waits_for_a_recording_that_is_being_stored(
    service: RunningService,
    platform: httpx2.Client,
    refused: Refusal,
    monkeypatch: pytest.MonkeyPatch,
    threads: ThreadPoolExecutor,
    held: Held,
    cameo: str,
    renewal: str,
    plain: bytes,
    is_there: str,
) -> None:
    blobs = type(service.context.blobs)
    put: Callable[..., int] = blobs.put

    def slow(*given: Any, **named: Any) -> int:
        if not is_there:
            held.stop()
        size = put(*given, **named)
        if is_there:
            held.stop()
        return size

    monkeypatch.setattr(blobs, "put", slow)
    sent = threads.submit(upload, service, renewal, form_of(plain))
    held.wait()
    assert len(stored(service)) == int(bool(is_there))
    erased = erase(platform, cameo)
    work(service.context)
    assert shown(platform, erased["id"])["status"] == "processing"
    assert stored(service) == []
    held.free()
    refused(sent.result(LONG_S), 409, "wrong_state")
    require_nothing(service, cameo, renewal)
    service.clock.advance(seconds=30)
    work(service.context)
    assert proven(service, platform, erased["id"]).destroyed["recordings"] == int(bool(is_there))
    require_nothing(service, cameo, renewal)


RECEIVING = """
import os, signal, sys
from dataclasses import replace
from datetime import datetime
from cameo_service.callers import authenticate
from cameo_service.enrollments.recordings import receive
from cameo_service.settings import Settings
from cameo_service.wiring import build

moment, key, id, path = sys.argv[1:]
now = datetime.fromisoformat(moment)
with build(Settings()) as context:
    blobs = type(context.blobs)
    put = blobs.put

    def killed(*given, **named):
        put(*given, **named)
        os.kill(os.getpid(), signal.SIGKILL)

    blobs.put = killed
    with context.store.read() as tx:
        caller = authenticate(tx, key)
    with open(path, "rb") as file:
        receive(
            replace(context, clock=lambda: now),
            caller,
            id=id,
            upload=file,
            mime="video/webm",
            statement_accepted=True,
        )
"""
"""A process that is killed when it has stored a recording and has told nobody yet."""


def test_what_a_killed_receiver_leaves_goes_before_the_certificate(
    service: RunningService,
    platform: httpx2.Client,
    cameo: str,
    renewal: str,
    plain: bytes,
    tmp_path: Path,
) -> None:
    path = tmp_path / "plain.webm"
    path.write_bytes(plain)
    given = (service.clock().isoformat(), service.key(), renewal, str(path))
    killed = subprocess.run(  # noqa: S603 (our own interpreter)
        [sys.executable, "-c", RECEIVING, *given],
        cwd=ROOT,
        env={**os.environ, **environment_of(service.context.settings)},
        check=False,
        timeout=300,
    )
    assert killed.returncode == -signal.SIGKILL
    assert len(stored(service)) == 1
    erased = erase(platform, cameo)
    for _ in range(2):
        work(service.context)
        assert stored(service) == []
        # nobody knows yet that it is dead: it might store it now
        assert shown(platform, erased["id"])["status"] == "processing"
        service.clock.advance(minutes=29)
    service.clock.advance(minutes=5)
    for _ in range(2):
        work(service.context)
    assert proven(service, platform, erased["id"]).destroyed["recordings"] == 1
    require_nothing(service, cameo, renewal)


def test_a_recording_that_nobody_erases_is_taken_back_from_the_dead(
    service: RunningService, renewal: str
) -> None:
    with service.context.store.read() as tx:
        seen = tx.enrollments.get(renewal)
    announced = recordings.announce(service.context, seen)
    blob = str(announced.payload["recording"])
    service.context.blobs.put(blob, io.BytesIO(b"recorded"), limit=9)
    work(service.context)
    assert stored(service) == [blob]
    service.clock.advance(minutes=61)
    work(service.context)
    assert stored(service) == []


@pytest.mark.parametrize("dies", ["", "dies"])
def test_a_worker_that_looks_at_the_recording_writes_nothing_of_it(
    service: RunningService,
    platform: httpx2.Client,
    monkeypatch: pytest.MonkeyPatch,
    threads: ThreadPoolExecutor,
    held: Held,
    cameo: str,
    renewal: str,
    plain: bytes,
    open_models: Models,
    dies: str,
) -> None:
    def slow(worker: Worker, record: EnrollmentRecord) -> Verification:
        del worker, record
        held.stop()
        if dies:
            raise SystemExit
        return likeness()

    monkeypatch.setattr(Worker, "_judge", slow)
    assert upload(service, renewal, form_of(plain)).status_code == 202
    looking = threads.submit(Worker(service.context, load=lambda: open_models).step)
    held.wait()
    erased = erase(platform, cameo)
    work(service.context)
    assert stored(service) == []
    # its spool has the recording still
    assert shown(platform, erased["id"])["status"] == "processing"
    held.free()
    if dies:
        with pytest.raises(SystemExit):
            looking.result(LONG_S)
    else:
        assert looking.result(LONG_S)
    service.clock.advance(minutes=10)
    for _ in range(2):
        work(service.context)
    assert proven(service, platform, erased["id"]).destroyed["recordings"] == 1
    require_nothing(service, cameo, renewal)


def test_an_enrollment_that_was_begun_beside_it_does_not_bring_the_person_back(
    service: RunningService, platform: httpx2.Client
) -> None:
    body = {"principal": "user:ann"}
    beside = str(platform.post("/v1/enrollments", json=body).json()["id"])
    service.clock.advance(minutes=1)
    cameo, _ = enroll(service, "user:ann", likeness())
    recording = record(service, beside)
    erased = erase(platform, cameo)
    anew = str(platform.post("/v1/enrollments", json=body).json()["id"])
    kept = record(service, anew)
    work(service.context)
    assert proven(service, platform, erased["id"]).destroyed["enrollments"] == 2
    assert stored(service) == [kept] != [recording]
    with service.context.store.read() as tx:
        assert tx.enrollments.get(beside).state is EnrollmentState.CANCELED
        assert tx.enrollments.get(anew).state is EnrollmentState.REQUIRES_INPUT
