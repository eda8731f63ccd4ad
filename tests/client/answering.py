"""A service that gives the answers it was told, and both clients asking it.

with answering(Answer(200, {"status": "ok"})) as service:
    assert ask_sync(service.url, "health") == "ok"
"""

import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx2

from cameo_service.client import AsyncCameoClient, CameoClient, Retries
from tests.loops import run_in_loop
from tests.plain import NO_AUTHORITIES

QUICK = Retries(attempts=3, first_wait_s=0.0, longest_wait_s=0.0)
PATIENCE_S = 60.0
"""Whoever loses patience asks again, and a machine that stalls is no service that does."""


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

            do_GET = do_POST = do_PUT = do_DELETE = handle_any  # noqa: N815 (the names http.server asks for)

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
        httpx2.Client(trust_env=False, verify=NO_AUTHORITIES) as http,
        CameoClient(url, key="ck_1", retries=QUICK, timeout_s=PATIENCE_S, http=http) as client,
    ):
        return getattr(client, method)(*args, **kwargs)


def ask_async(url: str, method: str, *args: Any, **kwargs: Any) -> Any:
    async def run() -> Any:
        async with (
            httpx2.AsyncClient(trust_env=False, verify=NO_AUTHORITIES) as http,
            AsyncCameoClient(
                url, key="ck_1", retries=QUICK, timeout_s=PATIENCE_S, http=http
            ) as client,
        ):
            return await getattr(client, method)(*args, **kwargs)

    return run_in_loop(run())


def list_sync(url: str, method: str, *args: Any, **kwargs: Any) -> list[Any]:
    with (
        httpx2.Client(trust_env=False, verify=NO_AUTHORITIES) as http,
        CameoClient(url, key="ck_1", retries=QUICK, timeout_s=PATIENCE_S, http=http) as client,
    ):
        return list(getattr(client, method)(*args, **kwargs))


def list_async(url: str, method: str, *args: Any, **kwargs: Any) -> list[Any]:
    async def run() -> list[Any]:
        async with (
            httpx2.AsyncClient(trust_env=False, verify=NO_AUTHORITIES) as http,
            AsyncCameoClient(
                url, key="ck_1", retries=QUICK, timeout_s=PATIENCE_S, http=http
            ) as client,
        ):
            return [item async for item in getattr(client, method)(*args, **kwargs)]

    return run_in_loop(run())
