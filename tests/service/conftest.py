"""A real service over HTTP for each test: its own data directory, a real server, a real client."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest
import uvicorn

from cameo_service import verdicts
from cameo_service.app import create_app
from cameo_service.callers import Scope, create_key
from cameo_service.context import Context
from cameo_service.settings import Settings
from cameo_service.wiring import build
from storage.migrations import migrate
from storage.records import EnrollmentState
from verification.faces.contracts import FaceTemplate
from verification.report import Check, Outcome, Report, Verdict, Verification
from verification.voices.contracts import VoiceTemplate


@dataclass
class Clock:
    """A clock that a test moves."""

    now: datetime = field(default_factory=lambda: datetime(2026, 11, 22, 12, tzinfo=UTC))

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **amount: float) -> None:
        self.now += timedelta(**amount)


@dataclass
class RunningService:
    """The service under test, and what tests do to it."""

    context: Context
    clock: Clock
    url: str

    def key(
        self,
        *scopes: Scope,
        principal: str = "org:platform",
        acts_for: tuple[str, ...] = ("user:*",),
    ) -> str:
        with self.context.store.write() as tx:
            _, key = create_key(
                tx,
                name="test",
                principal=principal,
                scopes=frozenset(scopes or Scope),
                acts_for=acts_for,
                now=self.clock(),
            )
        return key

    def client(self, key: str | None = None) -> httpx2.Client:
        headers = {"Authorization": f"Bearer {key}"} if key is not None else {}
        return httpx2.Client(base_url=self.url, headers=headers, timeout=30)

    def conclude(self, enrollment_id: str, verification: Verification) -> None:
        """What the worker does at the end of a verification."""
        with self.context.store.write() as tx:
            record = tx.enrollments.get(enrollment_id)
            accepted = {**record.statement, "accepted_at": self.clock().isoformat()}
            processing = tx.enrollments.save(
                replace(record, state=EnrollmentState.PROCESSING, statement=accepted)
            )
            verdicts.conclude(tx, self.context, processing, verification)

    def enroll(self, principal: str) -> str:
        """A verified cameo of `principal`; returns its id."""
        with self.client(self.key()) as platform:
            id = platform.post("/v1/enrollments", json={"principal": principal}).json()["id"]
            self.conclude(id, verification(Verdict.VERIFIED))
            enrolled: dict[str, Any] = platform.get(f"/v1/enrollments/{id}").json()
        return str(enrolled["cameo_id"])


def verification(verdict: Verdict, *, code: str = "digits_not_spoken") -> Verification:
    """A verifier's result, without its minutes of work."""
    outcome = {
        Verdict.VERIFIED: Outcome.PASS,
        Verdict.NEEDS_REVIEW: Outcome.INCONCLUSIVE,
        Verdict.REJECTED: Outcome.FAIL,
    }[verdict]
    check = Check(
        name="digits",
        outcome=outcome,
        code=None if outcome is Outcome.PASS else code,
        score=0.123456,
        threshold=0.5,
    )
    report = Report(verdict=verdict, checks=(check,), pack="open")
    if verdict is Verdict.REJECTED:
        return Verification(report=report, face=None, voice=None)
    return Verification(
        report=report,
        face=FaceTemplate(model="face-model", model_sha256="a" * 64, vector=(0.6, 0.8)),
        voice=VoiceTemplate(model="voice-model", model_sha256="b" * 64, vector=(1.0, 0.0)),
    )


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path / "data")


@pytest.fixture
def context(settings: Settings, clock: Clock) -> Iterator[Context]:
    migrate(settings.resolved_database_url)
    with build(settings) as built:
        yield replace(built, clock=clock)


@pytest.fixture
def service(context: Context, clock: Clock) -> Iterator[RunningService]:
    config = uvicorn.Config(create_app(context), host="127.0.0.1", port=0, log_config=None)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            thread.join(0.005)
            assert thread.is_alive()
        port = server.servers[0].sockets[0].getsockname()[1]
        yield RunningService(context=context, clock=clock, url=f"http://127.0.0.1:{port}")
    finally:
        server.should_exit = True
        thread.join(10)
        assert not thread.is_alive()


@pytest.fixture
def platform(service: RunningService) -> Iterator[httpx2.Client]:
    """A platform with every scope, acting for every user."""
    with service.client(service.key()) as client:
        yield client


Refusal = Callable[[httpx2.Response, int, str], dict[str, Any]]


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
