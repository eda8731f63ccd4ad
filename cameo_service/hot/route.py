"""HTTP without a framework, for the few routes that are asked before every generation.

    class Check:
        path = "/v1/consent/check"
        scope = Scope.CONSENT_CHECK

        async def answer(self, hearing: Hearing, exchange: Exchange) -> HotAnswer: ...
        def refuse(self, request: Request, error: Exception) -> Response: ...

    app.add_middleware(HotRoutes, engine=engine, routes=[Check()])

A hot route answers `POST` on exactly its path; everything else goes on to the application, which
has the route too, for its documentation. Around the answer stands what stands around every other:
a request id, security headers, metrics, a limit on the body, the caller's key and its scope. One
thing is left out: at the level INFO there is no log line per request. Errors are logged.
"""

import time
from collections.abc import Sequence
from typing import NamedTuple, Protocol

import structlog
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from cameo_service import callers, metrics
from cameo_service.hot.engine import Engine, Hearing
from cameo_service.middleware import SECURITY_HEADERS, echo_of, request_id_of

JSON = b"application/json"
MOST_BYTES = 1_000_000


class HotAnswer(NamedTuple):
    """What is sent: a status, a body and its type; `headers` are further ones."""

    body: bytes
    status: int = 200
    content_type: bytes = JSON
    headers: tuple[tuple[bytes, bytes], ...] = ()


class Exchange(NamedTuple):
    """What was sent: the body, and the headers with names in lower case."""

    body: bytes
    headers: dict[bytes, bytes]
    request_id: str


class HotRoute(Protocol):
    """One hot route. `scope` is what the caller's key needs."""

    path: str
    scope: callers.Scope

    async def answer(self, hearing: Hearing, exchange: Exchange) -> HotAnswer:
        """The answer. What is raised, `refuse` turns into an answer."""

    def refuse(self, request: Request, error: Exception) -> Response:
        """The answer to an error, whatever it is: a bad body, a missing key, a store that is away.

        It logs what an operator should know; the caller of this logs nothing.
        """


class HotRoutes:
    """Answers the hot routes, and passes on everything else."""

    def __init__(self, app: ASGIApp, *, engine: Engine, routes: Sequence[HotRoute]) -> None:
        self._app = app
        self._routes = {route.path: _Answering(route, engine) for route in routes}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] == "http" and scope["method"] == "POST":
            answering = self._routes.get(scope["path"])
            if answering is not None:
                await answering(scope, receive, send)
                return
        await self._app(scope, receive, send)


class _Answering:
    """One hot route with its counters, which are looked up once."""

    def __init__(self, route: HotRoute, engine: Engine) -> None:
        self._route = route
        self._engine = engine
        self._latency = metrics.LATENCY.labels(method="POST", route=route.path)
        self._answered = metrics.REQUESTS.labels(method="POST", route=route.path, status="200")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = time.perf_counter()
        headers = dict(scope["headers"])
        offered = headers.get(b"x-request-id")
        request_id = request_id_of(offered)
        echo = echo_of(self._route.path, offered, request_id)
        try:
            body = await _read_body(receive, headers)
            _require_json(headers)
            hearing = await self._engine.hear(headers.get(b"authorization"))
            hearing.caller.require_scope(self._route.scope)
            answer = await self._route.answer(hearing, Exchange(body, headers, request_id))
        except _Gone:
            return
        except Exception as error:  # noqa: BLE001 (every error has an answer)
            scope.setdefault("state", {})["request_id"] = request_id
            status = await self._refuse(error, scope, receive, send, echo=echo)
        else:
            status = answer.status
            await _send(send, answer, echo)
        self._latency.observe(time.perf_counter() - started)
        if status == 200:
            self._answered.inc()
        else:
            metrics.REQUESTS.labels(method="POST", route=self._route.path, status=status).inc()

    async def _refuse(
        self, error: Exception, scope: Scope, receive: Receive, send: Send, *, echo: bytes
    ) -> int:
        with structlog.contextvars.bound_contextvars(request_id=scope["state"]["request_id"]):
            response = self._route.refuse(Request(scope), error)
        response.raw_headers.extend((*SECURITY_HEADERS, (b"x-request-id", echo)))
        await response(scope, receive, send)
        return response.status_code


class _Gone(Exception):
    """The caller went away before its body had come."""


async def _read_body(receive: Receive, headers: dict[bytes, bytes]) -> bytes:
    announced = headers.get(b"content-length", b"")
    if announced.isdigit() and int(announced) > MOST_BYTES:
        raise _too_large()
    message = await receive()
    body = _part(message)
    if not message.get("more_body", False):
        return body
    parts, size = [body], len(body)
    while message.get("more_body", False):
        message = await receive()
        parts.append(_part(message))
        size += len(parts[-1])
        if size > MOST_BYTES:
            raise _too_large()
    return b"".join(parts)


def _part(message: Message) -> bytes:
    if message["type"] == "http.disconnect":
        raise _Gone
    part: bytes = message.get("body", b"")
    if len(part) > MOST_BYTES:
        raise _too_large()
    return part


def _too_large() -> HTTPException:
    # the connection is closed, or the rest of the body would be read as the next request
    return HTTPException(413, f"the body has more than {MOST_BYTES} bytes", {"Connection": "close"})


def _require_json(headers: dict[bytes, bytes]) -> None:
    given = headers.get(b"content-type", b"")
    if given != JSON and given.partition(b";")[0].strip().lower() != JSON:
        raise HTTPException(415, "the body must be sent as `application/json`")


async def _send(send: Send, answer: HotAnswer, echo: bytes) -> None:
    await send(
        {
            "type": "http.response.start",
            "status": answer.status,
            "headers": [
                (b"content-type", answer.content_type),
                (b"content-length", b"%d" % len(answer.body)),
                *answer.headers,
                *SECURITY_HEADERS,
                (b"x-request-id", echo),
            ],
        }
    )
    await send({"type": "http.response.body", "body": answer.body})
