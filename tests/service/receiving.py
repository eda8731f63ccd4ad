"""A receiver of webhooks: a real HTTP server that keeps what it got, and answers as it is told.

with receiving() as receiver:
    receiver.answers = [500, 204]
"""

import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx2

from cameo_service.client import WebhookEvent, verify_webhook
from cameo_service.webhooks.delivering import Deliverer
from tests.loops import run_in_loop
from tests.plain import NO_AUTHORITIES
from tests.service.running import RunningService


@dataclass(frozen=True, kw_only=True)
class Received:
    """One request."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    def verified(self, *secrets: str, now: datetime) -> WebhookEvent:
        return verify_webhook(self.body, self.headers, secrets=secrets, now=now)


@dataclass(kw_only=True)
class Receiver:
    """`answers` are given one after the other, and the last of them for ever."""

    url: str
    received: list[Received] = field(default_factory=list)
    answers: list[int] = field(default_factory=lambda: [204])
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    hold: threading.Event | None = None
    arrived: threading.Event = field(default_factory=threading.Event)

    def take(self, one: Received) -> int:
        self.received.append(one)
        self.arrived.set()
        if self.hold is not None:
            assert self.hold.wait(60)
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]

    @property
    def ids(self) -> list[str]:
        return [each.id for each in self.received]


class Server(ThreadingHTTPServer):
    request_queue_size = 128  # as many as come at once


@contextmanager
def receiving(host: str = "127.0.0.1", tls: ssl.SSLContext | None = None) -> Iterator[Receiver]:
    receiver = Receiver(url="")

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            named = {name.lower(): value for name, value in self.headers.items()}
            status = receiver.take(Received(path=self.path, headers=named, body=body))
            self.send_response(status)
            for name, value in receiver.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(receiver.body)

        def log_message(self, *args: Any) -> None:
            del args

    server = Server((host, 0), Handler)
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    scheme = "http" if tls is None else "https"
    receiver.url = f"{scheme}://{host}:{server.server_port}/hook"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        thread.join(60)
        server.server_close()


def register(
    client: httpx2.Client, url: str, *events: str, principal: str = "app:studio"
) -> dict[str, Any]:
    """A webhook of `principal`, with its secret."""
    body = {"principal": principal, "url": url, "events": events}
    response = client.post("/v1/webhooks", json=body)
    assert response.status_code == 201, response.text
    made: dict[str, Any] = response.json()
    return made


def deliver(service: RunningService, **given: Any) -> None:
    """Send everything that is due now."""
    deliverer = Deliverer(service.context, **{"verify": NO_AUTHORITIES, **given})
    run_in_loop(deliverer.drain())


def deliveries(
    client: httpx2.Client, webhook: dict[str, Any], **query: str
) -> list[dict[str, Any]]:
    """The deliveries, the earliest first."""
    response = client.get(
        f"/v1/webhooks/{webhook['id']}/deliveries", params={"limit": "100", **query}
    )
    assert response.status_code == 200, response.text
    found: list[dict[str, Any]] = response.json()["data"]
    return found[::-1]
