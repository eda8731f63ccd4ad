"""The service under test, over HTTP, and what tests do to it.

with serving(context, clock) as service, service.client(service.key()) as platform:
    ...
"""

import asyncio
import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import httpx2
import uvicorn

from cameo_service.app import create_app
from cameo_service.callers import Scope, create_key
from cameo_service.context import Context
from cameo_service.enrollments import verdicts
from cameo_service.inquiries.counting import Inquiries
from cameo_service.recognition.knowing import Known
from storage.records import EnrollmentRecord, EnrollmentState
from tests.loops import run_in_loop
from tests.plain import NO_AUTHORITIES
from verification.faces.contracts import FaceTemplate
from verification.report import Check, Outcome, Report, Verdict, Verification
from verification.voices.contracts import VoiceTemplate

T = TypeVar("T")
WRITTEN_WITHIN_S = 60.0
KEPT_ALIVE_S = 600
"""Longer than any client here keeps a connection that it does not use."""
Refusal = Callable[[httpx2.Response, int, str], dict[str, Any]]


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
    inquiries: Inquiries

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
        return httpx2.Client(base_url=self.url, headers=headers, timeout=60, verify=NO_AUTHORITIES)

    def once_written(self, found: Callable[[], T], *, wanted: T) -> T:
        """What is `found` once everybody who asked is written down, which is also done by the
        service itself: it may be in the middle of it."""
        run_in_loop(self.inquiries.write())
        until = time.monotonic() + WRITTEN_WITHIN_S
        while (last := found()) != wanted and time.monotonic() < until:
            time.sleep(0.05)
        return last

    def conclude(
        self,
        enrollment_id: str,
        verification: Verification,
        timeline: list[dict[str, Any]] | None = None,
        *,
        alike: Sequence[Known] = (),
    ) -> None:
        """What the worker does at the end of a verification."""
        conclude(self.context, enrollment_id, verification, timeline, alike=alike)

    def enroll(self, principal: str) -> str:
        """A verified cameo of `principal`; returns its id."""
        with self.client(self.key()) as platform:
            id = platform.post("/v1/enrollments", json={"principal": principal}).json()["id"]
            self.conclude(id, verification(Verdict.VERIFIED))
            enrolled: dict[str, Any] = platform.get(f"/v1/enrollments/{id}").json()
        return str(enrolled["cameo_id"])


def conclude(
    context: Context,
    enrollment_id: str,
    verification: Verification,
    timeline: list[dict[str, Any]] | None = None,
    *,
    alike: Sequence[Known] = (),
) -> EnrollmentRecord:
    """What the worker does at the end of a verification, in one transaction."""
    with context.store.write() as tx:
        record = tx.enrollments.get(enrollment_id)
        accepted = {**record.statement, "accepted_at": context.clock().isoformat()}
        processing = tx.enrollments.save(
            replace(record, state=EnrollmentState.PROCESSING, statement=accepted)
        )
        return verdicts.conclude(
            tx, context, processing, verification, alike=alike, timeline=timeline
        )


class Server(uvicorn.Server):
    """uvicorn, told of its end by the test: by itself it looks ten times a second, and then waits
    for a tenth of a second, in every test."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        self._loop, self._ending = asyncio.get_running_loop(), asyncio.Event()
        await super().startup(sockets)

    def end(self) -> None:
        """Stop, from another thread."""
        self._loop.call_soon_threadsafe(self._ending.set)

    async def main_loop(self) -> None:
        await self.on_tick(0)
        await self._ending.wait()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        del sockets
        for server in self.servers:
            server.close()
        state = self.server_state
        for connection in list(state.connections):
            connection.shutdown()
        while state.connections or state.tasks:  # noqa: ASYNC110 (uvicorn keeps no event for it)
            await asyncio.sleep(0.002)
        await self.lifespan.shutdown()


@contextmanager
def serving(context: Context, clock: Clock) -> Iterator[RunningService]:
    """A real server over `context`, on a port of its own, until the block ends."""
    app = create_app(context)
    # or it would close a connection on a client that was held up just before it wrote
    config = uvicorn.Config(
        app, host="127.0.0.1", port=0, log_config=None, timeout_keep_alive=KEPT_ALIVE_S
    )
    server = Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            thread.join(0.005)
            assert thread.is_alive()
        port = server.servers[0].sockets[0].getsockname()[1]
        yield RunningService(
            context=context,
            clock=clock,
            url=f"http://127.0.0.1:{port}",
            inquiries=app.state.inquiries,
        )
    finally:
        if server.started:
            server.end()
        thread.join(60)
        assert not thread.is_alive()


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
    seen = tuple(Check(name=name, outcome=Outcome.PASS) for name in ("depth", "blink", "lips"))
    report = Report(verdict=verdict, checks=(check, *seen), pack="open")
    if verdict is Verdict.REJECTED:
        return Verification(report=report, face=None, voice=None)
    return Verification(
        report=report,
        face=FaceTemplate(model="face-model", model_sha256="a" * 64, vector=(0.6, 0.8)),
        voice=VoiceTemplate(model="voice-model", model_sha256="b" * 64, vector=(1.0, 0.0)),
    )
