"""The clients against a real HTTP server that misbehaves: retries, problems, never a yes."""

import asyncio
import json
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx2
import pytest

from cameo_service.client import (
    AsyncCameoClient,
    CameoClient,
    ClientError,
    ConsentDenied,
    ConsentRequest,
    Likeness,
    MalformedAnswer,
    ProblemError,
    Retries,
    Terms,
    Unreachable,
    VerdictOverdue,
)

ROOT = Path(__file__).parents[2]
REQUEST = ConsentRequest(
    requester="user:bob",
    action="generate",
    likenesses=(Likeness(cameo_id="cam_1", facets=("face",)),),
)
REASON = {"code": "not_permitted", "step": 6, "message": "not for this use"}
PARTY: dict[str, Any] = {
    "cameo_id": "cam_1",
    "effect": "deny",
    "reason": REASON,
    "grants": [],
    "expires_at": None,
    "could_change": "ask_owner",
}
NO = {
    "object": "decision",
    "effect": "deny",
    "permitted": False,
    "reasons": [REASON],
    "parties": [PARTY],
    "revision": 3,
    "expires_at": None,
}
YES = {**NO, "effect": "permit", "permitted": True, "parties": [{**PARTY, "effect": "permit"}]}
QUICK = Retries(attempts=3, first_wait_s=0.0, longest_wait_s=0.0)


@dataclass
class Answer:
    """`status` None breaks the connection off without a word."""

    status: int | None
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class Seen:
    method: str
    path: str
    headers: dict[str, str]
    body: bytes


class Service:
    """Gives the answers it was told, in order, the last one again and again."""

    def __init__(self, answers: list[Answer]) -> None:
        self.seen: list[Seen] = []
        service = self

        class Handler(BaseHTTPRequestHandler):
            def handle_any(self) -> None:
                length = int(self.headers.get("content-length", 0))
                body = self.rfile.read(length)
                service.seen.append(
                    Seen(
                        self.command,
                        self.path,
                        {key.lower(): value for key, value in self.headers.items()},
                        body,
                    )
                )
                answer = answers[min(len(service.seen), len(answers)) - 1]
                self.close_connection = True
                if answer.status is None:
                    self.connection.shutdown(socket.SHUT_RDWR)
                    return
                content = answer.body if isinstance(answer.body, bytes) else json.dumps(answer.body)
                payload = content if isinstance(content, bytes) else content.encode()
                self.send_response(answer.status)
                for name, value in answer.headers.items():
                    self.send_header(name, value)
                self.send_header("content-length", str(len(payload)))
                self.end_headers()
                self.wfile.write(payload)

            do_GET = do_POST = do_PUT = handle_any  # noqa: N815 (the names http.server asks for)

            def log_message(self, format: str, *args: Any) -> None:
                """Keep quiet."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@contextmanager
def answering(*answers: Answer) -> Iterator[Service]:
    service = Service(list(answers))
    try:
        yield service
    finally:
        service.close()


Ask = Callable[..., Any]


def ask_sync(url: str, method: str, *args: Any, **kwargs: Any) -> Any:
    with (
        httpx2.Client(trust_env=False) as http,
        CameoClient(url, key="ck_1", retries=QUICK, http=http) as client,
    ):
        return getattr(client, method)(*args, **kwargs)


def ask_async(url: str, method: str, *args: Any, **kwargs: Any) -> Any:
    async def run() -> Any:
        async with (
            httpx2.AsyncClient(trust_env=False) as http,
            AsyncCameoClient(url, key="ck_1", retries=QUICK, http=http) as client,
        ):
            return await getattr(client, method)(*args, **kwargs)

    # in a thread of its own: the browser tests leave this thread's event loop running
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, run()).result()


@pytest.fixture(params=[ask_sync, ask_async], ids=["sync", "async"])
def ask(request: pytest.FixtureRequest) -> Ask:
    chosen: Ask = request.param
    return chosen


def test_a_check_carries_the_key_and_reads_the_decision(ask: Ask) -> None:
    with answering(Answer(200, YES)) as service:
        decision = ask(service.url, "check", REQUEST)
    assert decision.permitted
    assert decision
    [seen] = service.seen
    assert (seen.method, seen.path) == ("POST", "/v1/consent/check")
    assert seen.headers["authorization"] == "Bearer ck_1"
    assert json.loads(seen.body) == REQUEST.body()


def test_a_denial_is_false_in_a_condition(ask: Ask) -> None:
    with answering(Answer(200, NO)) as service:
        decision = ask(service.url, "check", REQUEST)
    assert not decision
    assert decision.parties[0].could_change == "ask_owner"


@pytest.mark.parametrize(
    "answer",
    [
        Answer(200, b""),
        Answer(200, b"yes"),
        Answer(200, []),
        Answer(200, {}),
        Answer(200, {**YES, "permitted": "true"}),
        Answer(200, {**YES, "permitted": False}),
        Answer(200, {**NO, "permitted": True}),
        Answer(200, {**YES, "parties": [PARTY]}),
        Answer(200, {**YES, "parties": []}),
        Answer(200, {**YES, "revision": None}),
        Answer(201, YES),
        Answer(204, b""),
        Answer(302, YES, {"location": "/elsewhere"}),
        Answer(500, b"<html>oops</html>"),
        Answer(502, {"error": "bad gateway"}),
        Answer(403, {"code": "consent_denied", "detail": "no", "decision": {}}),
    ],
)
def test_whatever_does_not_speak_the_api_is_never_a_yes(ask: Ask, answer: Answer) -> None:
    with answering(answer) as service, pytest.raises(MalformedAnswer):
        ask(service.url, "check", REQUEST)


def test_a_problem_document_is_raised_with_its_fields(ask: Ask) -> None:
    problem = {"code": "unknown", "detail": "there is no cameo `cam_1`", "request_id": "req_1"}
    with answering(Answer(404, problem)) as service, pytest.raises(ProblemError) as caught:
        ask(service.url, "get_cameo", "cam_1")
    error = caught.value
    assert (error.code, error.status, error.request_id) == ("unknown", 404, "req_1")
    assert error.detail == "there is no cameo `cam_1`"


def test_a_refused_permit_carries_the_decision(ask: Ask) -> None:
    problem = {"code": "consent_denied", "detail": "nothing allows this", "decision": NO}
    with answering(Answer(403, problem)) as service, pytest.raises(ConsentDenied) as caught:
        ask(service.url, "issue_permit", REQUEST)
    assert caught.value.decision.reasons[0].code == "not_permitted"
    assert len(service.seen) == 1


def test_a_broken_connection_is_tried_again_where_that_is_safe(ask: Ask) -> None:
    with answering(Answer(None), Answer(None), Answer(200, NO)) as service:
        assert not ask(service.url, "check", REQUEST).permitted
    assert len(service.seen) == 3


def test_tries_are_bounded_and_then_there_is_no_answer(ask: Ask) -> None:
    with answering(Answer(None)) as service, pytest.raises(Unreachable):
        ask(service.url, "check", REQUEST)
    assert len(service.seen) == QUICK.attempts


def test_a_creation_repeats_under_one_key_and_the_next_has_another(ask: Ask) -> None:
    grant = {
        "id": "gra_1",
        "version": 1,
        "status": "active",
        "cameo_id": "cam_1",
        "grantor": "user:alice",
        "grantee": "user:bob",
        "terms": {},
        "signed": "a.b.c",
        "created_at": "2026-11-22T12:00:00Z",
        "revoked_at": None,
    }
    terms = Terms(actions=("generate",), facets=("face",))
    with answering(Answer(None), Answer(201, grant)) as service:
        ask(service.url, "make_grant", "cam_1", "user:bob", terms)
        ask(service.url, "make_grant", "cam_1", "user:bob", terms)
    first, repeat, second = (seen.headers["idempotency-key"] for seen in service.seen)
    assert first == repeat != second


def test_what_may_have_had_an_effect_is_not_sent_twice(ask: Ask) -> None:
    with answering(Answer(None)) as service:
        with pytest.raises(Unreachable):
            ask(service.url, "open_enrollment", "enr_1", "cs_1")
        with pytest.raises(Unreachable):
            ask(service.url, "set_policy", "cam_1", audience={"tag": "everyone"})
    assert len(service.seen) == 2
    assert "authorization" not in service.seen[0].headers


def test_503_is_tried_again_only_when_the_service_asks(ask: Ask) -> None:
    problem = {"code": "store_unavailable", "detail": "nothing was changed"}
    with answering(Answer(503, problem, {"Retry-After": "2"}), Answer(200, YES)) as service:
        assert ask(service.url, "check", REQUEST).permitted
    assert len(service.seen) == 2
    with answering(Answer(503, problem)) as service, pytest.raises(ProblemError) as caught:
        ask(service.url, "check", REQUEST)
    assert caught.value.status == 503
    assert len(service.seen) == 1


def test_a_service_that_is_not_there_is_unreachable(ask: Ask) -> None:
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{reserved.getsockname()[1]}"
        with pytest.raises(Unreachable, match="consent/check"):
            ask(url, "check", REQUEST)


def test_a_wrong_address_is_a_client_error(ask: Ask) -> None:
    for url in ("ftp://127.0.0.1", "nowhere", "http://[", "http://127.0.0.1:99999"):
        with pytest.raises(ClientError):
            ask(url, "check", REQUEST)


def test_a_verdict_is_waited_for_and_not_for_ever(ask: Ask) -> None:
    enrollment = {
        "id": "enr_1",
        "status": "processing",
        "principal": "user:alice",
        "statement": {"version": "1", "locale": "en", "text": "…", "sha256": "0"},
        "challenge": None,
        "attempt": 1,
        "attempts_allowed": 3,
        "last_error": None,
        "cameo_id": None,
        "url": "http://127.0.0.1/enroll/enr_1",
        "created_at": "2026-11-22T12:00:00Z",
        "expires_at": "2026-11-22T12:30:00Z",
    }
    done = {**enrollment, "status": "verified", "cameo_id": "cam_1"}
    with answering(Answer(200, enrollment), Answer(200, done)) as service:
        settled = ask(service.url, "wait_for_verdict", "enr_1", poll_s=0.0)
    assert (settled.status, settled.cameo_id) == ("verified", "cam_1")
    with answering(Answer(200, enrollment)) as service, pytest.raises(VerdictOverdue):
        ask(service.url, "wait_for_verdict", "enr_1", timeout_s=0.0, poll_s=0.0)


def test_an_upload_sends_the_file_with_its_type(ask: Ask, tmp_path: Path) -> None:
    recording = tmp_path / "alice.webm"
    recording.write_bytes(b"not really a video")
    problem = {"code": "media_unreadable", "detail": "not a video"}
    with answering(Answer(422, problem)) as service, pytest.raises(ProblemError):
        ask(service.url, "upload_recording", "enr_1", recording, session_token="es_1")
    [seen] = service.seen
    assert seen.headers["authorization"] == "Bearer es_1"
    assert b"not really a video" in seen.body
    assert b"video/webm" in seen.body
    assert b'name="statement_accepted"' in seen.body


@pytest.mark.parametrize("id", ["", ".", ".."])
def test_an_id_cannot_lead_elsewhere(ask: Ask, id: str) -> None:
    with pytest.raises(ValueError, match="not an id"):
        ask("http://127.0.0.1:1", "get_cameo", id)


def test_an_id_is_one_segment_of_the_path(ask: Ask) -> None:
    problem = {"code": "unknown", "detail": "…"}
    with answering(Answer(404, problem)) as service, pytest.raises(ProblemError):
        ask(service.url, "get_cameo", "../grants/x?y#z")
    assert service.seen[0].path == "/v1/cameos/..%2Fgrants%2Fx%3Fy%23z"


def test_without_a_key_nothing_is_sent() -> None:
    with (
        CameoClient("http://127.0.0.1:1") as client,
        pytest.raises(ClientError, match="needs an API key"),
    ):
        client.check(REQUEST)


def test_both_clients_have_the_same_methods() -> None:
    def methods(client: type) -> set[str]:
        return {name for name in vars(client) if not name.startswith("_")}

    assert methods(CameoClient) == methods(AsyncCameoClient)
    assert (CameoClient.check.__doc__ or "").startswith("May this requester")


def test_importing_the_client_loads_nothing_heavy() -> None:
    code = "import sys, cameo_service.client; print('\\n'.join(sys.modules))"
    loaded = subprocess.run(  # noqa: S603 (our own interpreter and code)
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split()
    houses = {"fastapi", "pydantic", "sqlmodel", "sqlalchemy", "numpy", "typer", "structlog", "av"}
    assert houses.isdisjoint(name.split(".")[0] for name in loaded)
    assert {"permissions", "verification", "storage"}.isdisjoint(
        name.split(".")[0] for name in loaded
    )
    own = [name for name in loaded if name.startswith("cameo_service.")]
    assert all(name.startswith("cameo_service.client") for name in own)
