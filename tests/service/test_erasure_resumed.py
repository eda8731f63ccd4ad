"""An erasure that was cut short, anywhere, is finished, and its certificate is true."""

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import httpx2
import pytest

from cameo_service.cli.configuration import environment_of
from cameo_service.context import Context
from cameo_service.erasure import beginning, finishing
from cameo_service.erasure.elsewhere import Elsewhere, look_elsewhere
from cameo_service.erasure.finishing import ERASE_JOB, StillHeld
from cameo_service.housekeeping import sweep
from cameo_service.signing import Signer
from cameo_service.worker import ATTEMPTS
from storage.errors import StoreUnavailable
from tests.service.erasing import (
    Failing,
    counted,
    enroll,
    erase,
    hand_out,
    likeness,
    logged,
    named_elsewhere,
    proven,
    record,
    shown,
    work,
)
from tests.service.running import RunningService
from tests.storage import samples

ROOT = Path(__file__).parents[2]
KILLED = """
import os, signal, sys
from dataclasses import replace
from datetime import datetime
from importlib import import_module
from cameo_service.settings import Settings
from cameo_service.wiring import build
from tests.service.erasing import work

moment, holder, name, when, left = sys.argv[1:]

def killing(of, left=[int(left)]):
    def called(*given, **named):
        left[0] -= 1
        if left[0] <= 0 and when == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        answer = of(*given, **named)
        if left[0] <= 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return answer
    return called

now = datetime.fromisoformat(moment)
with build(Settings()) as context:
    if holder in ("blobs", "store"):
        found = type(getattr(context, holder))
    else:
        found = import_module("cameo_service." + holder)
    setattr(found, name, killing(getattr(found, name)))
    work(replace(context, clock=lambda: now))
"""
"""A worker that is killed at one call of one function."""

STEPS = {
    "nothing": ("worker", "finish", "before", 1),
    "recordings counted": ("blobs", "delete", "before", 1),
    "one recording deleted": ("blobs", "delete", "before", 2),
    "recordings deleted": ("erasure.finishing", "look_elsewhere", "before", 1),
    "names counted": ("erasure.finishing", "forget_elsewhere", "before", 1),
    "reports forgotten": ("erasure.elsewhere", "_forget_in_scan", "before", 1),
    "scans forgotten": ("erasure.elsewhere", "_forget_in_request", "before", 1),
    # the worker's own sweep empties the log as well, before it takes the job
    "names forgotten": ("store", "scrub", "before", 2),
    "log emptied": ("store", "scrub", "after", 2),
    "signed, not logged": ("erasure.finishing", "record", "before", 1),
    "logged, not committed": ("erasure.finishing", "record", "after", 1),
    "certified": ("worker", "finish", "after", 1),
}
"""What was done when the worker was killed."""


@pytest.mark.parametrize("step", STEPS)
def test_what_a_killed_worker_leaves_is_finished(
    service: RunningService, platform: httpx2.Client, step: str
) -> None:
    cameo, enrollment = enroll(service, "user:ann", likeness())
    named_elsewhere(service, cameo)
    recordings = {record(service, enrollment) for _ in range(3)}
    erased = erase(platform, cameo)
    killed = subprocess.run(  # noqa: S603 (our own interpreter)
        [sys.executable, "-c", KILLED, service.clock().isoformat(), *map(str, STEPS[step])],
        cwd=ROOT,
        env={**os.environ, **environment_of(service.context.settings)},
        check=False,
        timeout=300,
    )
    assert killed.returncode == -signal.SIGKILL
    done = "completed" if step == "certified" else "processing"
    assert shown(platform, erased["id"])["status"] == done
    service.clock.advance(minutes=5)
    # one half of them is taken up by the next worker, the other by the sweep
    if list(STEPS).index(step) % 2:
        work(service.context)
    else:
        sweep(service.context)
    assert recordings & set(service.context.blobs.list()) == set()
    assert counted(proven(service, platform, erased["id"])) == {
        "templates": 2,
        "samples": 3,
        "data_keys": 1,
        "credentials": 1,
        "policy_versions": 1,
        "enrollments": 1,
        "recordings": 3,
        "reports_of_others": 1,
        "scans": 1,
        "access_requests": 1,
    }
    assert set(look_elsewhere(service.context, cameo).counts.values()) == {0}
    # the job that was cut short finds the erasure done, and changes nothing
    before = shown(platform, erased["id"])
    service.clock.advance(minutes=5)
    work(service.context)
    assert shown(platform, erased["id"]) == before


def test_a_request_that_is_cut_short_leaves_the_cameo_whole(
    service: RunningService, platform: httpx2.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first half is one transaction: `tests/crash` kills processes in those."""
    cameo, enrollment = enroll(service, "user:ann", likeness())
    hand_out(service.context, cameo, "app:studio", now=service.clock())

    def cut_short(*_: object) -> None:
        raise StoreUnavailable("the store is away")

    with monkeypatch.context() as patched:
        # the last step but one: everything is destroyed by then
        patched.setattr(beginning, "tell_holders", cut_short)
        assert platform.post(f"/v1/cameos/{cameo}/erase").status_code == 503
    with service.context.store.read() as tx:
        assert len(tx.templates.of_cameo(cameo)) == 2
        assert tx.erasures.of_cameo(cameo) is None
        assert tx.enrollments.get(enrollment).report is not None
    assert platform.get(f"/v1/cameos/{cameo}").json()["status"] == "active"
    erased = erase(platform, cameo)
    work(service.context)
    assert proven(service, platform, erased["id"]).destroyed["templates"] == 2


class Away:
    """A signer whose keys are in a key service that is away."""

    def __init__(self, signer: Signer) -> None:
        self._signer = signer

    def __getattr__(self, name: str) -> Any:
        return getattr(self._signer, name)

    def sign_in(self, *_: object, **__: object) -> str:
        raise StoreUnavailable("the key service is away")


def test_a_key_service_that_is_away_delays_the_certificate_and_nothing_else(
    service: RunningService, platform: httpx2.Client
) -> None:
    cameo, enrollment = enroll(service, "user:ann", likeness())
    recording = record(service, enrollment)
    erased = erase(platform, cameo)
    away = replace(service.context, signer=cast("Signer", Away(service.context.signer)))
    for _ in range(ATTEMPTS + 1):
        work(away)
        service.clock.advance(minutes=1)
    sweep(away)
    assert recording not in service.context.blobs.list()
    waits = shown(platform, erased["id"])
    assert (waits["status"], waits["certificate"], waits["proof"]) == ("processing", None, None)
    assert logged(service.context, cameo) == ["cameo.revoked"]
    sweep(service.context)
    completed = proven(service, platform, erased["id"])
    assert completed.completed_at == service.clock()
    assert completed.destroyed["recordings"] == 1


def test_a_disk_that_fails_delays_the_certificate_and_nothing_else(
    service: RunningService, platform: httpx2.Client
) -> None:
    cameo, enrollment = enroll(service, "user:ann", likeness())
    for _ in range(2):
        record(service, enrollment)
    erased = erase(platform, cameo)
    failing = replace(service.context, blobs=Failing(service.context.blobs))
    for _ in range(ATTEMPTS + 1):
        work(failing)
        service.clock.advance(minutes=1)
    with service.context.store.read() as tx:
        assert tx.jobs.waiting() == 0
    sweep(failing)
    assert shown(platform, erased["id"])["status"] == "processing"
    sweep(service.context)
    assert shown(platform, erased["id"])["status"] == "completed"
    with service.context.store.read() as tx:
        assert tx.jobs.buried((ERASE_JOB,), limit=9) == []


def test_what_waits_for_a_recording_looks_through_nothing_of_others(
    service: RunningService, platform: httpx2.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every report and result is looked at for it: that is done once, when nothing is held."""
    cameo, enrollment = enroll(service, "user:ann", likeness())
    recording = record(service, enrollment)
    erased = erase(platform, cameo)
    later = service.clock() + timedelta(hours=1)
    held = {"enrollment": enrollment, "recording": recording}
    with service.context.store.write() as tx:
        tx.jobs.add(samples.job(id="job_1", kind="receive", payload=held, run_after=later))
    looked: list[str] = []

    def noted(context: Context, cameo_id: str, faces: Sequence[str] = ()) -> Elsewhere:
        looked.append(cameo_id)
        return look_elsewhere(context, cameo_id, faces)

    monkeypatch.setattr(finishing, "look_elsewhere", noted)
    for _ in range(2):
        with pytest.raises(StillHeld):
            finishing.finish(service.context, erased["id"])
    assert (looked, service.context.blobs.list()) == ([], [])
    for _ in range(2):
        service.clock.advance(hours=2)
        work(service.context)
    assert proven(service, platform, erased["id"]).destroyed["recordings"] == 1
    assert looked == [cameo]
