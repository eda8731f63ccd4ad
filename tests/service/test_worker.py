"""The worker as it runs: a process of its own, real models, a real recording, and SIGKILL."""

import io
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx2
import pytest
from structlog.testing import capture_logs

from cameo_service import worker
from cameo_service.callers import authenticate
from cameo_service.context import Context
from cameo_service.enrollments.recordings import blob_name
from cameo_service.enrollments.sessions import submit as submit_recording
from cameo_service.housekeeping import sweep
from cameo_service.settings import Settings
from cameo_service.wiring import build
from cameo_service.worker import Worker
from storage.errors import StoreUnavailable
from storage.records import EnrollmentState
from tests.service.running import Clock, RunningService
from verification.challenge import from_document
from verification.confinement import WHOLE, Confinement
from verification.errors import CageUnavailable
from verification.packs.errors import MissingFile
from verification.packs.loading import Models
from verification.packs.shelf import Shelf
from verification.studio.recording import record
from verification.studio.take import Take

ROOT = Path(__file__).parents[2]
LEASE_S = 2
SAID_OF_JOBS = {"job", "attempt", "event", "logger", "level", "timestamp"}
NOT_RENEWED = (SAID_OF_JOBS - {"attempt"}) | {"error"}
"""Where the machine is slow, so that the lease has ended, or the job, when it is to be renewed."""
SMALL = Take(size=(640, 360))


@pytest.fixture
def context(settings: Settings, clock: Clock) -> Iterator[Context]:
    """Every run draws the same challenge: whether it is seen to be done is not left to chance."""
    with build(settings) as built:
        yield replace(built, clock=clock, rng=random.Random(5))


def until(condition: Callable[[], bool], *, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.05)


@contextmanager
def worker_process(service: RunningService, log: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """`cameo worker` on the data directory of `service`."""
    environment = {
        **os.environ,
        "CAMEO_DATA_DIR": str(service.context.settings.data_dir),
        "CAMEO_DATABASE_URL": service.context.settings.resolved_database_url,
        "CAMEO_WORKER_LEASE_S": str(LEASE_S),
        "CAMEO_WORKER_POLL_S": "0.05",
        "TMPDIR": str(log.parent / "spool"),
    }
    (log.parent / "spool").mkdir(exist_ok=True)
    command = [sys.executable, "-m", "cameo_service", "worker"]
    with (
        log.open("wb") as output,
        subprocess.Popen(  # noqa: S603 (our own interpreter and module)
            command, cwd=ROOT, env=environment, stdout=output, stderr=subprocess.STDOUT
        ) as process,
    ):
        try:
            yield process
        finally:
            process.kill()


@pytest.fixture
def with_models(service: RunningService, open_pack: Path) -> None:
    """Put the open pack on the service's shelf."""
    shelf = Shelf(service.context.settings.data_dir)
    shelf.root.mkdir(parents=True)
    shutil.copytree(open_pack, shelf.directory("open"), copy_function=os.link)
    shelf.activate("open")


def submit(platform: httpx2.Client, path: Path, take: Take = SMALL) -> dict[str, Any]:
    """Start an enrollment of user:ann and upload a recording made for its challenge."""
    created: dict[str, Any] = platform.post(
        "/v1/enrollments", json={"principal": "user:ann"}
    ).json()
    record(from_document(created["challenge"]), path, take=take, seed=5)
    with path.open("rb") as file:
        response = platform.post(
            f"/v1/enrollments/{created['id']}/recording",
            data={"statement_accepted": "true"},
            files={"recording": ("r.webm", file, "video/webm")},
        )
    assert response.status_code == 202, response.text
    return created


def state_of(service: RunningService, id: str) -> EnrollmentState:
    with service.context.store.read() as tx:
        return tx.enrollments.get(id).state


@pytest.mark.timeout(600)
@pytest.mark.usefixtures("with_models")
def test_a_killed_worker_loses_no_enrollment(
    service: RunningService, platform: httpx2.Client, tmp_path: Path
) -> None:
    service.clock.now = datetime.now(UTC)
    id = submit(platform, tmp_path / "genuine.webm")["id"]
    log = tmp_path / "first.log"
    with worker_process(service, log) as first:
        until(lambda: "job started" in log.read_text(), seconds=200)
        # while this one writes no verdict can be written
        with service.context.store.write():
            time.sleep(1.0)
            assert state_of(service, id) is EnrollmentState.PROCESSING
            first.send_signal(signal.SIGKILL)
            first.wait()
    piece = (tmp_path / "genuine.webm").read_bytes()[2_000:2_064]
    left = [path for path in (tmp_path / "spool").rglob("*") if path.is_file()]
    assert not any(piece in path.read_bytes() for path in left)
    assert state_of(service, id) is EnrollmentState.PROCESSING
    assert len(service.context.blobs.list("recordings/")) == 1
    with worker_process(service, tmp_path / "second.log"):
        until(lambda: state_of(service, id) is not EnrollmentState.PROCESSING, seconds=300)
        shown = platform.get(f"/v1/enrollments/{id}").json()
        assert shown["status"] == "verified", shown["last_error"]
        until(lambda: service.context.blobs.list("recordings/") == [], seconds=60)
    cameo = platform.get(f"/v1/cameos/{shown['cameo_id']}").json()
    assert cameo["status"] == "active"
    report = platform.get(f"/v1/enrollments/{id}/report").json()["report"]
    assert {check["outcome"] for check in report["checks"]} == {"pass"}
    assert "decoder confined" in log.read_text()
    logs = log.read_text() + (tmp_path / "second.log").read_text()
    assert "user:ann" not in logs
    about_jobs = [line for line in logs.splitlines() if '"job"' in line]
    assert len(about_jobs) >= 2
    assert all(set(json.loads(line)) in (SAID_OF_JOBS, NOT_RENEWED) for line in about_jobs)
    # the short ones, such as `8.0`, stand in many a timestamp
    scores = [score for check in report["checks"] if len(score := str(check["score"])) > 10]
    assert len(scores) > 5
    assert not any(score in logs for score in scores)


@pytest.mark.usefixtures("with_models")
def test_the_chosen_models_are_shown(platform: httpx2.Client) -> None:
    ready = platform.get("/readyz")
    assert (ready.status_code, ready.json()["models"]["pack"]) == (200, "open")
    assert ready.json()["models"]["commercial"] is False
    assert "<code>open</code>" in platform.get("/enroll/enr_1").text


def queued(
    service: RunningService, platform: httpx2.Client, id: str | None = None
) -> tuple[str, str]:
    """An enrollment that waits for the verifier, and its recording, which is no video."""
    if id is None:
        id = platform.post("/v1/enrollments", json={"principal": "user:ann"}).json()["id"]
    with service.context.store.write() as tx:
        caller = authenticate(tx, platform.headers["authorization"].split()[1])
        seen = tx.enrollments.get(id)
        blob = blob_name(seen, now=service.clock())
        service.context.blobs.put(blob, io.BytesIO(b"no video"), limit=100)
        submit_recording(tx, service.context, caller, seen=seen, blob=blob, mime="video/webm")
    return id, blob


def worker_with(service: RunningService, load: Callable[[], Models]) -> Worker:
    return Worker(service.context, load=load)


def no_models() -> Models:
    raise MissingFile("recognizer.dat", pack="open")


def test_missing_models_use_up_no_attempt_and_end_in_another_try(
    service: RunningService, platform: httpx2.Client
) -> None:
    id, blob = queued(service, platform)
    worker = worker_with(service, no_models)
    for _ in range(5):
        assert state_of(service, id) is EnrollmentState.PROCESSING
        assert service.context.blobs.list() == [blob]
        assert worker.step()
        service.clock.advance(seconds=11)
    assert not worker.step()
    sweep(service.context)
    shown = platform.get(f"/v1/enrollments/{id}").json()
    assert (shown["status"], shown["attempt"]) == ("requires_input", 1)
    assert shown["last_error"]["code"] == "processing_failed"
    assert service.context.blobs.list() == []


def test_a_decoder_that_does_not_start_uses_up_no_attempt(
    service: RunningService,
    platform: httpx2.Client,
    open_models: Models,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    id, blob = queued(service, platform)
    monkeypatch.setattr(sys, "executable", "/no/such/python")
    assert worker_with(service, lambda: open_models).step()
    assert state_of(service, id) is EnrollmentState.PROCESSING
    assert service.context.blobs.list() == [blob]
    monkeypatch.undo()
    service.clock.advance(seconds=11)
    assert worker_with(service, lambda: open_models).step()
    shown = platform.get(f"/v1/enrollments/{id}").json()
    assert shown["last_error"]["code"] == "media_not_video"


@pytest.mark.parametrize(
    ("guards", "told"),
    [(WHOLE, "info"), (WHOLE & ~Confinement.SYSTEM_CALLS, "warning"), (None, "error")],
)
def test_a_missing_guard_is_told(
    guards: Confinement | None, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def here() -> Confinement:
        if guards is None:
            raise CageUnavailable("the decoder cannot be started")
        return guards

    monkeypatch.setattr(worker, "confinement", here)
    with capture_logs() as logged:
        worker.report_confinement()
    assert [line["log_level"] for line in logged] == [told]
    if told == "warning":
        assert logged[0]["missing"] == ["system_calls"]


def test_a_store_that_is_away_is_told_once_and_when_it_is_back(
    service: RunningService, monkeypatch: pytest.MonkeyPatch
) -> None:
    stop, away = threading.Event(), iter([True, True, True, False])

    def step(_: Worker) -> bool:
        if next(away):
            raise StoreUnavailable("the database failed")
        stop.set()
        return False

    monkeypatch.setattr(Worker, "step", step)
    with capture_logs() as logged:
        worker_with(service, no_models).run(stop)
    events = [line["event"] for line in logged]
    assert events[1:] == ["store unavailable", "works again"]


def test_a_recording_that_does_not_decode_is_rejected(
    service: RunningService, platform: httpx2.Client, open_models: Models
) -> None:
    id, _ = queued(service, platform)
    assert worker_with(service, lambda: open_models).step()
    shown = platform.get(f"/v1/enrollments/{id}").json()
    assert shown["status"] == "requires_input"
    assert shown["last_error"]["code"] == "media_not_video"
    assert service.context.blobs.list() == []


@pytest.mark.both_databases
def test_a_stalled_worker_cannot_overwrite_a_verdict(
    service: RunningService, platform: httpx2.Client, open_models: Models
) -> None:
    id, _ = queued(service, platform)

    def stall() -> Models:
        # While this worker loads its models, its lease runs out and another one does the job.
        service.clock.advance(seconds=3600)
        assert worker_with(service, lambda: open_models).step()
        return open_models

    assert worker_with(service, stall).step()
    shown = platform.get(f"/v1/enrollments/{id}").json()
    assert (shown["status"], shown["attempt"]) == ("requires_input", 2)


def test_the_sweep_writes_down_what_is_overdue(
    service: RunningService, platform: httpx2.Client
) -> None:
    id = platform.post("/v1/enrollments", json={"principal": "user:ann"}).json()["id"]
    service.clock.advance(hours=1)
    sweep(service.context)
    assert state_of(service, id) is EnrollmentState.EXPIRED


def test_the_sweep_deletes_recordings_that_nobody_waits_for(
    service: RunningService, platform: httpx2.Client
) -> None:
    id, blob = queued(service, platform)
    came = int(service.clock().timestamp())
    orphans = [f"recordings/enr_gone/{came}-ab", f"recordings/{id}/{came}-cd"]
    foreign = "recordings/somebody/elses"
    for name in (*orphans, foreign):
        service.context.blobs.put(name, io.BytesIO(b"x"), limit=10)
    sweep(service.context)
    assert service.context.blobs.list() == sorted([blob, foreign, *orphans])
    service.clock.advance(hours=2)
    sweep(service.context)
    assert service.context.blobs.list() == sorted([blob, foreign])


def test_after_a_given_up_job_the_next_recording_has_its_chance(
    service: RunningService, platform: httpx2.Client, open_models: Models
) -> None:
    id, _ = queued(service, platform)
    give_up(service)
    queued(service, platform, id)
    sweep(service.context)
    assert state_of(service, id) is EnrollmentState.PROCESSING
    assert worker_with(service, lambda: open_models).step()
    shown = platform.get(f"/v1/enrollments/{id}").json()
    assert shown["last_error"]["code"] == "media_not_video"


def give_up(service: RunningService) -> None:
    """Let a worker without models fail until the job is given up."""
    worker = worker_with(service, no_models)
    for _ in range(5):
        assert worker.step()
        service.clock.advance(seconds=11)
    sweep(service.context)


def test_a_recording_that_fails_us_again_and_again_ends_the_enrollment(
    service: RunningService, platform: httpx2.Client
) -> None:
    id, _ = queued(service, platform)
    give_up(service)
    for _ in range(2):
        assert state_of(service, id) is EnrollmentState.REQUIRES_INPUT
        platform.post(f"/v1/enrollments/{id}/challenge")
        queued(service, platform, id)
        give_up(service)
    shown = platform.get(f"/v1/enrollments/{id}").json()
    assert (shown["status"], shown["last_error"]["code"]) == ("canceled", "processing_failed")


def test_a_sweep_that_fails_keeps_no_job_waiting(
    service: RunningService,
    platform: httpx2.Client,
    open_models: Models,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    id, _ = queued(service, platform)

    def unreachable(_blobs: object, _prefix: str = "") -> list[str]:
        raise StoreUnavailable("the blobs cannot be listed")

    monkeypatch.setattr(type(service.context.blobs), "list", unreachable)
    worker = worker_with(service, lambda: open_models)
    assert worker.step()
    assert state_of(service, id) is EnrollmentState.REQUIRES_INPUT
