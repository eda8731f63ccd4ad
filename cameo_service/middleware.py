"""Around every request: an id, a log line, metrics, security headers, a limit on the body.

Pure ASGI, so that streamed uploads pass through without being buffered.

    app.add_middleware(RequestRecord)
"""

import random
import re
import time
from collections.abc import Callable

import structlog
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from cameo_service import metrics
from cameo_service.errors import InvalidRequest

_log = structlog.get_logger("cameo.http")
_ECHOING = ("/access/v1/", "/.well-known/authzen-configuration")
_SAFE_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")

_CONTENT_SECURITY_POLICY = (
    b"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    b"media-src 'self' blob:; connect-src 'self'; form-action 'self'; base-uri 'none'; "
    b"frame-ancestors 'none'"
)
SECURITY_HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-frame-options", b"DENY"),
    (b"content-security-policy", _CONTENT_SECURITY_POLICY),
)


def request_id_of(offered: bytes | None) -> str:
    """The caller's own id for the request where it is harmless, else a new one."""
    if offered is not None and _SAFE_ID.fullmatch(name := offered.decode("latin-1")):
        return name
    # unique, not secret
    return f"req_{random.getrandbits(96):024x}"


def echo_of(path: str, offered: bytes | None, request_id: str) -> bytes:
    """The value of `X-Request-ID` in the answer: the request's id.

    On AuthZEN's paths it is exactly what the caller sent, whatever that is: the standard calls it
    an arbitrary string. The server has refused what no header may hold; logs have the other one.
    """
    if offered and path.startswith(_ECHOING):
        return offered
    return request_id.encode()


class RequestRecord:
    """Gives the request an id (the caller's `X-Request-ID` where it is harmless) and records it.

    The log line has the route's pattern, never the path: paths can hold ids of people.
    """

    def __init__(self, app: ASGIApp, *, on_error: Callable[[Request, Exception], Response]) -> None:
        self._app = app
        self._on_error = on_error

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; anything but HTTP passes through."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        offered = dict(scope["headers"]).get(b"x-request-id")
        request_id = request_id_of(offered)
        echo = echo_of(scope["path"], offered, request_id)
        scope.setdefault("state", {})["request_id"] = request_id
        started = time.perf_counter()
        status = 0

        async def send_recorded(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = [*message.get("headers", []), *SECURITY_HEADERS]
                message["headers"] = [*headers, (b"x-request-id", echo)]
            await send(message)

        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request_id)
        try:
            _require_no_nul(scope)
            await self._app(scope, receive, send_recorded)
        except Exception as error:
            if status:  # the answer has begun: the connection is all that can be ended
                raise
            await self._on_error(Request(scope), error)(scope, receive, send_recorded)
        finally:
            _record(scope, status, time.perf_counter() - started)


def _require_no_nul(scope: Scope) -> None:
    """PostgreSQL cannot store one, and nobody needs one."""
    if "\0" in scope["path"]:
        raise HTTPException(404, "there is no such path")
    if b"%00" in scope["query_string"]:
        raise InvalidRequest(("query", "text must not hold a NUL"))


def _record(scope: Scope, status: int, seconds: float) -> None:
    route = getattr(scope.get("route"), "path", "unmatched")
    method = scope["method"] if scope["method"] in _METHODS else "OTHER"
    metrics.REQUESTS.labels(method=method, route=route, status=str(status)).inc()
    metrics.LATENCY.labels(method=method, route=route).observe(seconds)
    _log.info("request", method=method, route=route, status=status, ms=round(seconds * 1000, 1))


_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


_OF_GET_ALONE = frozenset({b"range", b"if-range"})


class HeadRequests:
    """Answers HEAD as GET, of which the server sends the head alone (RFC 9110, 9.3.2).

    The framework answers it for files only. A range is for GET alone (14.2): the head is that of
    the whole.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self._app(scope, receive, send)
            return
        # a copy: the server goes by the method that was sent, and so does the record
        headers = [each for each in scope["headers"] if each[0] not in _OF_GET_ALONE]
        asked = {**scope, "method": "GET", "headers": headers}
        try:
            await self._app(asked, receive, send)
        finally:
            scope["route"] = asked.get("route")


class BodyLimit:
    """Refuses a body over `limit_for(path)` bytes, by its announced length or as it comes in."""

    def __init__(self, app: ASGIApp, *, limit_for: Callable[[str], int]) -> None:
        self._app = app
        self._limit_for = limit_for

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request; what is raised here the problem handlers answer."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        limit = self._limit_for(scope["path"])
        announced = dict(scope["headers"]).get(b"content-length", b"0")
        received = 0

        async def receive_limited() -> Message:
            nonlocal received
            if announced.isdigit() and int(announced) > limit:
                raise _too_large(limit)
            message = await receive()
            received += len(message.get("body", b""))
            if received > limit:
                raise _too_large(limit)
            return message

        await self._app(scope, receive_limited, send)


def _too_large(limit: int) -> HTTPException:
    # The connection is closed, or the rest of the body would be read as the next request.
    return HTTPException(413, f"the body has more than {limit} bytes", {"Connection": "close"})
