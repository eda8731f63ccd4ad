"""The HTTP application.

with wiring.build(Settings()) as context:
    uvicorn.run(create_app(context))
"""

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import cache, partial
from typing import Any

from fastapi import APIRouter, FastAPI
from starlette.routing import BaseRoute
from starlette.types import ASGIApp, Receive, Scope, Send

from cameo_service.authzen.desk import Desk
from cameo_service.authzen.hot import authzen_routes
from cameo_service.context import Context
from cameo_service.hot.check import CheckRoute
from cameo_service.hot.engine import Engine
from cameo_service.hot.route import HotRoutes
from cameo_service.inquiries.counting import Inquiries
from cameo_service.middleware import BodyLimit, HeadRequests, RequestRecord
from cameo_service.permits.status_lists import StatusLists
from cameo_service.problems import install_problem_handlers, unexpected
from cameo_service.routes import (
    access,
    asked,
    authzen,
    authzen_requests,
    cameos,
    characters,
    consent,
    deployment,
    enrollments,
    erasures,
    exports,
    grants,
    log,
    notices,
    operations,
    packages,
    pages,
    people,
    permits,
    protection,
    receipts,
    relations,
    representation,
    retention,
    scans,
    uses,
    webhooks,
)
from cameo_service.routes.schemas.common import Problem
from cameo_service.settings import Settings
from cameo_service.wire import document_structs

PROBLEMS: dict[int | str, dict[str, Any]] = {
    "4XX": {"model": Problem, "description": "The request is refused; `code` says why."},
    "5XX": {"model": Problem, "description": "It cannot be answered now. Never a yes."},
}
DOCUMENT_LIMIT = 1_000_000
RELATIONSHIPS_LIMIT = 4_000_000
"""Ten thousand pairs of the longest principals."""
UPLOADS_AT_ONCE = 4
"""Looked at and stored at the same time; more wait, and keep no thread meanwhile."""
_RECORDING = re.compile(r"/v1/enrollments/[^/]+/recording")
_SCANNED = ("/v1/scans", "/v1/protected-faces")
_RELATIONSHIPS = "/v1/relationships"
_FORM_OVERHEAD = 10_000
_MORE_OVERHEAD = 200_000
"""With a permit or a question beside the files."""

ROUTES = (
    enrollments,
    cameos,
    erasures,
    asked,
    packages,
    grants,
    consent,
    permits,
    uses,
    receipts,
    exports,
    scans,
    protection,
    notices,
    webhooks,
    access,
    characters,
    people,
    representation,
    relations,
    deployment,
    log,
    operations,
    retention,
    pages,
)
"""Everything but AuthZEN, in the order of `/openapi.json`."""

DESCRIPTION = """
Identity and likeness consent for generated video: enroll people, let them grant and revoke, and
answer generators before they generate. Every error is a problem document (RFC 9457).
"""


class Application(FastAPI):
    """The framework's application, with the hot routes in front of all of the framework."""

    _front: ASGIApp | None = None

    def stand_behind(self, front: ASGIApp) -> None:
        """Let `front` have every request first; what it does not answer goes to `framework`."""
        self._front = front

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        await (self._front or self.framework)(scope, receive, send)

    async def framework(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle what the hot routes leave."""
        await super().__call__(scope, receive, send)


def create_app(context: Context) -> FastAPI:
    """The application over `context`, which its caller closes.

    Between startup and shutdown (ASGI's lifespan) it writes what it counted, every few seconds.
    """
    engine = Engine(context.store, clock=context.clock)
    inquiries = Inquiries(context.store, clock=context.clock)
    app = _described(partial(_lifespan, engine=engine, inquiries=inquiries))
    app.state.context = context
    app.state.inquiries = inquiries
    app.state.uploads = asyncio.Semaphore(UPLOADS_AT_ONCE)
    app.state.status_lists = StatusLists()
    install_problem_handlers(app)
    app.add_middleware(HeadRequests)
    app.add_middleware(BodyLimit, limit_for=partial(_body_limit, context.settings))
    app.add_middleware(RequestRecord, on_error=unexpected)
    hot = [CheckRoute(inquiries), *authzen_routes(Desk.of(context, inquiries))]
    app.stand_behind(HotRoutes(app.framework, engine=engine, routes=hot))
    app.router.routes.extend(_routes())
    pages.mount_static(app)
    return app


@cache
def _routes() -> Sequence[BaseRoute]:
    """Every route, worked out once in a process: none is any one application's, and the framework
    takes a tenth of a second over them."""
    api = APIRouter()
    for routes in ROUTES:
        api.include_router(routes.router, responses=PROBLEMS)
    # AuthZEN has an error format of its own
    api.include_router(authzen.router)
    api.include_router(authzen_requests.router, responses=PROBLEMS)
    return api.routes


def _described(lifespan: Callable[[FastAPI], AbstractAsyncContextManager[None]]) -> Application:
    """An application without routes yet, and how it describes itself."""
    app = Application(
        title="Cameo",
        version="0.1.0",
        description=DESCRIPTION,
        redoc_url=None,
        docs_url=None,
        openapi_url="/openapi.json",
        redirect_slashes=False,
        lifespan=lifespan,
    )
    openapi = app.openapi
    app.openapi = lambda: document_structs(openapi())  # type: ignore[method-assign]  # FastAPI's way
    return app


def _body_limit(settings: Settings, path: str) -> int:
    """The most bytes that a request to `path` may send."""
    if _RECORDING.fullmatch(path):
        return settings.upload_limit + _FORM_OVERHEAD
    if path in _SCANNED:
        return settings.scan_upload_limit + _MORE_OVERHEAD
    return RELATIONSHIPS_LIMIT if path == _RELATIONSHIPS else DOCUMENT_LIMIT


@asynccontextmanager
async def _lifespan(app: FastAPI, *, engine: Engine, inquiries: Inquiries) -> AsyncIterator[None]:
    del app
    stopping = asyncio.Event()
    writing = asyncio.create_task(inquiries.keep_writing(until=stopping))
    try:
        yield
    finally:
        stopping.set()
        await writing
        await engine.close()
