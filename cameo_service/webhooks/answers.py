"""How much of an answer is read: a head, and no more, whatever the other side sends.

client = httpx2.AsyncClient(transport=BriefAnswers(verify=authorities, connections=100))

An answer can begin with any number of statuses of 1xx, and none of them is the last. Each takes
time of the one thread that sends for everybody.
"""

import ssl
from collections.abc import Iterable

import httpcore2
import httpx2

LONGEST_HEAD = 32_768
"""Bytes after which whoever has not said a status yet says none."""
READ_AT_ONCE = 8_192
"""Bytes between which others have their turn."""


class BriefAnswers(httpx2.AsyncHTTPTransport):
    """Connections to the address that is asked for, without a proxy, of which none is kept."""

    def __init__(self, *, verify: ssl.SSLContext, connections: int) -> None:
        super().__init__(verify=verify, trust_env=False)
        # there is no argument for it
        self._pool = httpcore2.AsyncConnectionPool(
            ssl_context=verify,
            max_connections=connections,
            max_keepalive_connections=0,
            network_backend=_Network(),
        )


class _Network(httpcore2.AnyIOBackend):
    """Connections of which little is read."""

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 (as it is called)
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        """A connection to `host`."""
        opened = await super().connect_tcp(host, port, timeout, local_address, socket_options)
        return _Connection(opened)


class _Connection(httpcore2.AsyncNetworkStream):
    """Reads a head. What TLS takes for itself is its own."""

    def __init__(self, opened: httpcore2.AsyncNetworkStream) -> None:
        self._opened = opened
        self._read = 0

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109
        """Some bytes. Raises `ReadError` after `LONGEST_HEAD`."""
        if self._read >= LONGEST_HEAD:
            raise httpcore2.ReadError("the head of the answer is too long")
        found = await self._opened.read(min(max_bytes, READ_AT_ONCE), timeout)
        self._read += len(found)
        return found

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ASYNC109
        """Send all of it."""
        await self._opened.write(buffer, timeout)

    async def aclose(self) -> None:
        """Close."""
        await self._opened.aclose()

    def get_extra_info(self, info: str) -> object:
        """What is known of the connection."""
        return self._opened.get_extra_info(info)

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ASYNC109
    ) -> httpcore2.AsyncNetworkStream:
        """The same, with TLS."""
        return _Connection(await self._opened.start_tls(ssl_context, server_hostname, timeout))
