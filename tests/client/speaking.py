"""Either client before the real service, spoken to in the same words: lists come as lists.

with speaking(service.url, key, asynchronous=True) as platform:
    cameo = platform.get_cameo("cam_…")
"""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx2

from cameo_service.client import (
    AsyncCameoClient,
    AsyncPermitGate,
    CameoClient,
    ConsentRequest,
    Permit,
    PermitGate,
)
from tests.client.answering import PATIENCE_S
from tests.plain import NO_AUTHORITIES

Speaker = Any
"""A client of either kind, whose methods wait and whose lists are lists."""
Speak = Callable[[str], Speaker]


class Waiting:
    """A `CameoClient`."""

    def __init__(self, client: CameoClient) -> None:
        self._client = client

    def __getattr__(self, name: str) -> Callable[..., Any]:
        def speak(*args: Any, **kwargs: Any) -> Any:
            answer = getattr(self._client, name)(*args, **kwargs)
            return list(answer) if isinstance(answer, Iterator) else answer

        return speak

    def gate(self, **known: Any) -> Callable[[str, ConsentRequest], Permit]:
        return PermitGate(self._client, **known).admit


class Awaiting:
    """An `AsyncCameoClient`, on a loop in a thread of its own."""

    def __init__(self, client: AsyncCameoClient, loop: asyncio.AbstractEventLoop) -> None:
        self._client, self._loop = client, loop

    def __getattr__(self, name: str) -> Callable[..., Any]:
        async def speak(*args: Any, **kwargs: Any) -> Any:
            answer = getattr(self._client, name)(*args, **kwargs)
            if isinstance(answer, AsyncIterator):
                return [item async for item in answer]
            return await answer

        return self._waiting(speak)

    def gate(self, **known: Any) -> Callable[[str, ConsentRequest], Permit]:
        return self._waiting(AsyncPermitGate(self._client, **known).admit)

    def _waiting(self, speak: Callable[..., Any]) -> Callable[..., Any]:
        def wait(*args: Any, **kwargs: Any) -> Any:
            return asyncio.run_coroutine_threadsafe(speak(*args, **kwargs), self._loop).result(
                2 * PATIENCE_S
            )

        return wait


@contextmanager
def speaking(url: str, key: str, *, asynchronous: bool) -> Iterator[Speaker]:
    """A client with that key."""
    if asynchronous:
        with running_loop() as loop:
            direct = httpx2.AsyncClient(trust_env=False, verify=NO_AUTHORITIES)
            try:
                yield Awaiting(
                    AsyncCameoClient(url, key=key, timeout_s=PATIENCE_S, http=direct), loop
                )
            finally:
                asyncio.run_coroutine_threadsafe(direct.aclose(), loop).result(2 * PATIENCE_S)
        return
    with (
        httpx2.Client(trust_env=False, verify=NO_AUTHORITIES) as http,
        CameoClient(url, key=key, timeout_s=PATIENCE_S, http=http) as client,
    ):
        yield Waiting(client)


@contextmanager
def running_loop() -> Iterator[asyncio.AbstractEventLoop]:
    """An event loop in a thread of its own."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield loop
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
