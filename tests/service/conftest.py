"""A real service over HTTP for each test: its own data directory, a real server, a real client."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx2
import pytest
import uvicorn

from cameo_service.app import create_app
from cameo_service.context import Context
from cameo_service.settings import Settings
from cameo_service.wiring import build
from storage.store import migrate
from tests.service.running import Clock, Refusal, RunningService


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
    app = create_app(context)
    config = uvicorn.Config(app, host="127.0.0.1", port=0, log_config=None)
    server = uvicorn.Server(config)
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
        server.should_exit = True
        thread.join(10)
        assert not thread.is_alive()


@pytest.fixture
def platform(service: RunningService) -> Iterator[httpx2.Client]:
    """A platform with every scope, acting for every user."""
    with service.client(service.key()) as client:
        yield client


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
