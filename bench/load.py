"""Load over HTTP/1.1: as many connections as asked for, each with one request in flight.

$ python -m bench.load 8400 16 3.0 < request

The request is sent as it stands, head and body. What was measured comes as JSON. A process of its
own, so that the load does not share an interpreter with what it measures.
"""

import asyncio
import json
import statistics
import sys
import time
from typing import cast

import uvloop


class Connection(asyncio.Protocol):
    """Sends the request again whenever it is answered."""

    def __init__(self, request: bytes, times: list[float]) -> None:
        self._request = request
        self._times = times
        self._buffer = b""
        self._sent = 0.0
        self._transport: asyncio.Transport | None = None
        self.failure: str | None = None
        self.stopping = False
        self.stopped = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Send the first request."""
        self._transport = cast("asyncio.Transport", transport)
        self._send()

    def data_received(self, data: bytes) -> None:
        """Take the time of a whole answer, and send the next request."""
        self._buffer += data
        head, found, body = self._buffer.partition(b"\r\n\r\n")
        if not found or len(body) < _length(head):
            return
        self._times.append(time.perf_counter() - self._sent)
        self._buffer = b""
        if head[9:12] not in (b"200", b"201"):
            self.failure = (head + found + body).decode()
        if self.failure is not None or self.stopping:
            self._stop()
        else:
            self._send()

    def connection_lost(self, exc: Exception | None) -> None:
        """Say so where it was not asked for."""
        if not self.stopped.done():
            self.failure = f"the connection was lost: {exc}"
            self.stopped.set_result(None)

    def _send(self) -> None:
        self._sent = time.perf_counter()
        if self._transport is not None:
            self._transport.write(self._request)

    def _stop(self) -> None:
        self.stopped.set_result(None)
        if self._transport is not None:
            self._transport.close()


def _length(head: bytes) -> int:
    _, _, after = head.lower().partition(b"content-length:")
    return int(after.partition(b"\r\n")[0])


async def load(port: int, connections: int, seconds: float, request: bytes) -> list[float]:
    """Seconds of each answer. Raises `RuntimeError` for an answer that is not 200 or 201."""
    times: list[float] = []
    loop = asyncio.get_running_loop()
    made = [
        (await loop.create_connection(lambda: Connection(request, times), "127.0.0.1", port))[1]
        for _ in range(connections)
    ]
    await asyncio.sleep(seconds)
    for connection in made:
        connection.stopping = True
    await asyncio.gather(*(connection.stopped for connection in made))
    failures = [connection.failure for connection in made if connection.failure is not None]
    if failures:
        raise RuntimeError(failures[0])
    return times


def main() -> None:
    """One run; a tenth of its time before it is to warm up."""
    port, connections, seconds = int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])
    request = sys.stdin.buffer.read()
    uvloop.run(load(port, connections, seconds / 10, request))
    started = time.perf_counter()
    times = uvloop.run(load(port, connections, seconds, request))
    print(json.dumps(spread(times, time.perf_counter() - started)))


def spread(times: list[float], seconds: float) -> dict[str, float]:
    """Milliseconds of single answers, and answers per second."""
    parts = statistics.quantiles(times, n=100)
    return {
        "requests": len(times),
        "p50_ms": round(parts[49] * 1000, 2),
        "p95_ms": round(parts[94] * 1000, 2),
        "p99_ms": round(parts[98] * 1000, 2),
        "per_second": round(len(times) / seconds, 1),
    }


if __name__ == "__main__":
    main()
