"""A real recording through a real worker that is killed midway, and through the verifier alone."""

import json
import os
import random
import signal
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from cameo_service.client import CameoClient, StartedEnrollment
from cameo_service.settings import Settings
from cameo_service.wiring import build
from tests.cli.running import DATABASE, PATIENCE_S, Serving, cameo, serving, workers_of
from tests.kinds import Kind
from verification.challenge import Challenge, to_document
from verification.drawing import make_challenge
from verification.packs.shelf import Shelf
from verification.studio.recording import record
from verification.studio.take import Take

CHALLENGE = make_challenge(random.Random(1))


def of_recordings(blobs: Path) -> list[str]:
    """The names of what is kept there, but for the log."""
    names = [path.name for path in blobs.rglob("*") if path.is_file()]
    return [name for name in names if not name.startswith("log+")]


@dataclass
class Session:
    """A person's enrollment and the recording that answers its challenge."""

    data_dir: Path
    service: Serving
    client: CameoClient
    enrollment: StartedEnrollment
    recording: Path


@pytest.fixture(scope="module")
def session(
    tmp_path_factory: pytest.TempPathFactory, open_pack: Path, databases: Kind
) -> Iterator[Session]:
    folder = tmp_path_factory.mktemp("worker")
    with databases.settings(folder / "data") as settings:
        yield from recorded(folder, settings, open_pack)


def recorded(folder: Path, settings: Settings, open_pack: Path) -> Iterator[Session]:
    data_dir = settings.data_dir
    (data_dir / "packs").mkdir(parents=True)
    (data_dir / "packs" / open_pack.name).symlink_to(open_pack)
    Shelf(data_dir).activate(open_pack.name)
    named: dict[str, Any] = {DATABASE: settings.resolved_database_url, "CAMEO_WORKER_LEASE_S": "3"}
    key = cameo(
        *("keys", "create", "--name", "P", "--principal", "org:p", "--scope", "all"),
        *("--acts-for", "user:*", "--json"),
        data_dir=data_dir,
        **named,
    ).document["key"]
    with (
        serving("--worker", data_dir=data_dir, log=folder / "log", **named) as service,
        CameoClient(service.url, key=key, timeout_s=PATIENCE_S) as client,
    ):
        enrollment = client.start_enrollment("user:alice")
        ask(settings, enrollment.id, CHALLENGE)
        recording = folder / "alice.webm"
        take = Take(size=(640, 480), fps=15)
        record(CHALLENGE, recording, take=take, seed=3)
        yield Session(data_dir, service, client, enrollment, recording)


def ask(settings: Settings, enrollment: str, challenge: Challenge) -> None:
    """This, and not what was drawn: one of a hundred sessions of the studio is for a person."""
    with build(settings) as context, context.store.write() as tx:
        drawn = tx.enrollments.get(enrollment)
        tx.enrollments.save(replace(drawn, challenge=to_document(challenge)))


def is_busy(worker: int) -> bool:
    """Whether the worker has started a child, as it does to decode."""
    for task in Path(f"/proc/{worker}/task").iterdir():
        # a thread may end while it is looked at
        with suppress(FileNotFoundError, ProcessLookupError):
            if (task / "children").read_text():
                return True
    return False


@pytest.mark.timeout(600)
def test_a_worker_killed_in_the_middle_of_a_verification_loses_nothing(session: Session) -> None:
    id = session.enrollment.id
    session.client.upload_recording(id, session.recording)
    [worker] = workers_of(session.data_dir)
    deadline = time.monotonic() + 120
    while not ('"job started"' in session.service.log.read_text() and is_busy(worker)):
        assert time.monotonic() < deadline, "the worker never began"
        time.sleep(0.02)
    os.kill(worker, signal.SIGKILL)
    assert session.client.get_enrollment(id).status == "processing"

    verified = session.client.wait_for_verdict(id, timeout_s=300)
    assert verified.status == "verified", verified.last_error
    assert workers_of(session.data_dir) - {worker}
    assert verified.attempt == 1
    # of the recording nothing is left; the log is
    deadline = time.monotonic() + 120
    while of_recordings(session.data_dir / "blobs"):
        # what is being written to the log has another name until it is whole
        assert time.monotonic() < deadline, of_recordings(session.data_dir / "blobs")
        time.sleep(0.05)


def test_the_verifier_alone_agrees(session: Session, tmp_path: Path) -> None:
    challenge = tmp_path / "challenge.json"
    challenge.write_text(json.dumps(to_document(CHALLENGE)))
    ask = ("verify-recording", str(session.recording), "--challenge", str(challenge), "--json")
    ran = cameo(*ask, data_dir=session.data_dir, timeout=250)
    assert ran.status == 0, ran.err
    assert ran.document["verdict"] == "verified"
    assert {check["outcome"] for check in ran.document["checks"]} == {"pass"}


def test_an_answer_to_another_challenge_is_rejected(session: Session, tmp_path: Path) -> None:
    challenge = tmp_path / "challenge.json"
    asked = to_document(CHALLENGE)
    for step in asked["steps"]:
        if step["kind"] == "digit":
            step["digit"] = (step["digit"] + 5) % 10
    challenge.write_text(json.dumps(asked))
    ask = ("verify-recording", str(session.recording), "--challenge", str(challenge), "--json")
    ran = cameo(*ask, data_dir=session.data_dir, timeout=250)
    assert ran.status == 1, ran.err
    failed = [check["name"] for check in ran.document["checks"] if check["outcome"] == "fail"]
    assert failed == ["digits"]
