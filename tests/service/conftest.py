"""A real service over HTTP for each test: its own data directory, a real server, a real client."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import httpx2
import pytest

from cameo_service.callers import Scope
from cameo_service.context import Context
from cameo_service.settings import Settings
from cameo_service.wiring import build
from cameo_service.worker import Worker
from storage.database import Database
from storage.postgres.probe import PostgresProbe, connecting
from tests.kinds import Kind
from tests.service import recognizing
from tests.service.characters import OWNER, OWNER_SCOPES, REVIEW_SCOPES
from tests.service.holding import LONG_S, Held
from tests.service.running import Clock, Refusal, RunningService, serving
from verification.limits import Limits
from verification.packs.loading import Models
from verification.studio import broken
from verification.studio.encoding import encode
from verification.studio.take import Format


@pytest.fixture(scope="package", autouse=True)
def _patience() -> Iterator[None]:
    """Who waits for a lock, for the database or for a look at an upload has more patience here.

    A machine that stalls for seconds is no fault of what is tested.
    """
    with pytest.MonkeyPatch.context() as patched:
        waiting: list[tuple[Any, str]] = [
            (Database.__init__, "patience"),
            (PostgresProbe.__init__, "patience"),
            (connecting, "patience"),
            (Limits.__init__, "survey_s"),
        ]
        for made, name in waiting:
            assert name in made.__kwdefaults__
            patched.setitem(made.__kwdefaults__, name, float(LONG_S))
        yield


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def settings(tmp_path: Path, databases: Kind) -> Iterator[Settings]:
    with databases.begun(tmp_path / "data") as chosen:
        yield chosen


@pytest.fixture
def context(settings: Settings, clock: Clock) -> Iterator[Context]:
    with build(settings) as built:
        yield replace(built, clock=clock)


@pytest.fixture
def service(context: Context, clock: Clock) -> Iterator[RunningService]:
    with serving(context, clock) as running_service:
        yield running_service


@pytest.fixture
def platform(service: RunningService) -> Iterator[httpx2.Client]:
    """A platform with every scope, acting for every user."""
    with service.client(service.key()) as client:
        yield client


@pytest.fixture
def studio(service: RunningService) -> Iterator[httpx2.Client]:
    """The owner's key: it judges nothing and runs nothing."""
    with service.client(service.key(*OWNER_SCOPES, principal=OWNER, acts_for=())) as client:
        yield client


@pytest.fixture
def rival(service: RunningService) -> Iterator[httpx2.Client]:
    """The key of another organisation, with the same scopes."""
    with service.client(service.key(*OWNER_SCOPES, principal="org:rival", acts_for=())) as client:
        yield client


@pytest.fixture
def reviewer(service: RunningService) -> Iterator[httpx2.Client]:
    key = service.key(*REVIEW_SCOPES, principal="org:deployment", acts_for=())
    with service.client(key) as client:
        yield client


@pytest.fixture
def operator(service: RunningService) -> Iterator[httpx2.Client]:
    key = service.key(Scope.DEPLOYMENT_WRITE, principal="org:deployment", acts_for=())
    with service.client(key) as client:
        yield client


@pytest.fixture
def worker(context: Context, open_models: Models) -> Worker:
    """A worker with the `open` models, which works when it is told to."""
    return Worker(context, load=lambda: open_models)


@pytest.fixture
def scan(platform: httpx2.Client, worker: Worker) -> recognizing.Scan:
    """Upload files, let the worker look, and read the answer."""
    return partial(recognizing.scan, platform, worker)


@pytest.fixture
def refused() -> Refusal:
    """Check that a response is a whole problem document with this status and code."""

    def check(response: httpx2.Response, status: int, code: str) -> dict[str, Any]:
        document: dict[str, Any] = response.json()
        assert (response.status_code, document.get("code")) == (status, code), document
        assert response.headers["content-type"] == "application/problem+json"
        assert document["type"] == f"urn:cameo:problem:{code}"
        assert document["status"] == status
        assert document["request_id"] == response.headers["x-request-id"]
        return document

    return check


@pytest.fixture(scope="session")
def plain(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A file that passes the first look: proper media, long enough, without any content."""
    path = tmp_path_factory.mktemp("plain") / "plain.webm"
    encode(broken.plain_footage(size=(320, 240), frames=220, fps=10), path, Format.WEBM)
    return path.read_bytes()


@pytest.fixture
def held() -> Iterator[Held]:
    place = Held()
    yield place
    place.free()


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(2) as pool:
        yield pool
