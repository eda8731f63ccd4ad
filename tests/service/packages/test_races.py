"""A package and the end of its cameo at the same time, and a process that is killed in between:
one comes first, and what left is recorded. On both databases.
"""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx2
import pytest

from cameo_service.callers import Scope
from cameo_service.cli.configuration import environment_of
from cameo_service.erasure import beginning
from cameo_service.packages import disclosing
from tests.service.making import permit
from tests.service.packages.asking import STUDIO, asked, disclosures, fetch
from tests.service.running import Refusal, RunningService

pytestmark = pytest.mark.both_databases

ROOT = Path(__file__).parents[3]
SOME_TIME_S = 0.2
"""What the second has to overtake the first in. It cannot: were it slower, it would be second."""
LONG_S = 60.0


def erase(platform: httpx2.Client, cameo: str) -> dict[str, Any]:
    response = platform.post(f"/v1/cameos/{cameo}/erase")
    assert response.status_code == 200, response.text
    erased: dict[str, Any] = response.json()
    return erased


def told(erased: dict[str, Any]) -> dict[str, list[str]]:
    """The disclosures that each holder is told of."""
    return {each["holder"]: each["disclosures"] for each in erased["holders"]}


class Stage:
    """Two requests, of which the first stands in its transaction until the second has come."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, module: object, name: str) -> None:
        self._inside, self._may_go = threading.Event(), threading.Event()
        real: Callable[..., Any] = getattr(module, name)

        def held(*given: Any, **named: Any) -> Any:
            found = real(*given, **named)
            self._inside.set()
            assert self._may_go.wait(LONG_S)
            return found

        monkeypatch.setattr(module, name, held)

    def play(
        self, first: Callable[[], Any], second: Callable[[], Any]
    ) -> tuple[Future[Any], Future[Any]]:
        """Both, once they are over."""
        with ThreadPoolExecutor(2) as pool:
            begun = pool.submit(first)
            assert self._inside.wait(LONG_S)
            waiting = pool.submit(second)
            time.sleep(SOME_TIME_S)
            overtook = waiting.done() or begun.done()
            self._may_go.set()
        assert not overtook
        return begun, waiting


def test_an_erasure_that_comes_second_tells_the_holder(
    platform: httpx2.Client,
    studio: httpx2.Client,
    cameo: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    token = permit(studio, asked(cameo))["permit"]
    handed, erased = Stage(monkeypatch, disclosing, "gather").play(
        lambda: fetch(studio, cameo, token), lambda: erase(platform, cameo)
    )
    assert handed.result().status_code == 200
    assert told(erased.result()) == {STUDIO: [handed.result().json()["id"]]}


def test_an_erasure_that_comes_first_leaves_nothing_to_hand_out(
    platform: httpx2.Client,
    studio: httpx2.Client,
    cameo: str,
    monkeypatch: pytest.MonkeyPatch,
    refused: Refusal,
) -> None:
    token = permit(studio, asked(cameo))["permit"]
    erased, handed = Stage(monkeypatch, beginning, "tell_holders").play(
        lambda: erase(platform, cameo), lambda: fetch(studio, cameo, token)
    )
    refused(handed.result(), 409, "permit_ended")
    assert told(erased.result()) == {}
    assert disclosures(platform, cameo) == []


def test_whoever_was_handed_something_is_told_and_nobody_is_after_that(
    service: RunningService, platform: httpx2.Client, studio: httpx2.Client, cameo: str
) -> None:
    """Generators that fetch as fast as they can while the cameo is erased."""
    token = permit(studio, asked(cameo))["permit"]
    key = service.key(Scope.PACKAGES_FETCH, principal=STUDIO, acts_for=())
    started = threading.Semaphore(0)

    def fetch_until_refused() -> list[str]:
        handed = []
        with service.client(key) as client:
            while (response := fetch(client, cameo, token)).status_code == 200:
                handed.append(str(response.json()["id"]))
                started.release()
        assert response.json()["code"] == "permit_ended"
        return handed

    with ThreadPoolExecutor(3) as pool:
        fetching = [pool.submit(fetch_until_refused) for _ in range(3)]
        for _ in range(3):
            assert started.acquire(timeout=LONG_S)
        erased = erase(platform, cameo)
        assert fetch(studio, cameo, token).status_code == 409
        handed = [id for each in fetching for id in each.result()]
    assert sorted(told(erased)[STUDIO]) == sorted(handed)


KILLED = """
import os, signal, sys
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from cameo_service.callers import authenticate
from cameo_service.packages.disclosing import Wanted, disclose
from cameo_service.settings import Settings
from cameo_service.wiring import build
from storage.database import Database
from sqlalchemy import event

when, now, key, cameo, permit = sys.argv[1:]

def die(*_):
    os.kill(os.getpid(), signal.SIGKILL)

def dying_after(write):
    @contextmanager
    def killed(self):
        with write(self) as statements:
            yield statements
        die()
    return killed

with build(Settings()) as context:
    with context.store.read() as tx:
        caller = authenticate(tx, key)
    if when == "at the commit":
        event.listen(context.store._database._writers, "commit", die)
    elif when == "after the commit":
        Database.write = dying_after(Database.write)
    clock = lambda: datetime.fromisoformat(now)
    wanted = Wanted(cameo_id=cameo, permit=permit)
    found = disclose(replace(context, clock=clock), caller, wanted)
    print(found.package, flush=True)
    die()
"""


@pytest.mark.parametrize(
    ("when", "left", "recorded"),
    [("at the commit", 0, 0), ("after the commit", 0, 1), ("once it left", 1, 1)],
)
def test_nothing_leaves_a_process_that_is_killed_before_it_is_recorded(
    service: RunningService,
    platform: httpx2.Client,
    studio: httpx2.Client,
    cameo: str,
    when: str,
    left: int,
    recorded: int,
) -> None:
    token = permit(studio, asked(cameo))["permit"]
    key = service.key(Scope.PACKAGES_FETCH, principal=STUDIO, acts_for=())
    given = [when, service.clock().isoformat(), key, cameo, token]
    killed = subprocess.run(  # noqa: S603 (our own interpreter)
        [sys.executable, "-c", KILLED, *given],
        cwd=ROOT,
        env={**os.environ, **environment_of(service.context.settings)},
        check=False,
        stdout=subprocess.PIPE,
        text=True,
        timeout=120,
    )
    assert killed.returncode == -signal.SIGKILL
    assert len(killed.stdout.split()) == left
    assert len(disclosures(platform, cameo)) == recorded
