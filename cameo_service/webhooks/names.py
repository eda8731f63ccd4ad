"""Names that are looked up, in threads that hold up nobody's exit.

names = Names(resolved)
addresses = await names.addresses_of("hooks.example", 443)

A name server that never answers keeps a thread for as long as the machine's resolver has patience:
there are only so many, and they are daemons.
"""

import asyncio
import socket
import threading
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress

AT_ONCE = 100
"""Names that are looked up."""
Resolve = Callable[[str, int], list[str]]
"""The addresses of a name, for a port. It may take its time: it has a thread of its own."""


def resolved(host: str, port: int) -> list[str]:
    """The addresses of `host`, as the machine's resolver has them."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(each[4][0]) for each in found))


class Names:
    """Looks names up, at most so many at once. For one event loop."""

    def __init__(self, resolve: Resolve = resolved, *, at_once: int = AT_ONCE) -> None:
        self._resolve = resolve
        self._rooms = asyncio.Semaphore(at_once)

    async def addresses_of(self, host: str, port: int) -> list[str]:
        """What the name has now. Whoever gives up waiting leaves the look-up its room until it
        ends. Raises what `resolve` does."""
        await self._rooms.acquire()
        loop = asyncio.get_running_loop()
        answer: Future[list[str]] = Future()
        answer.set_running_or_notify_cancel()

        def look_up() -> None:
            try:
                answer.set_result(self._resolve(host, port))
            except Exception as error:  # noqa: BLE001 (raised by whoever waits for the answer)
                answer.set_exception(error)
            # a loop that is over has nobody waiting for room
            with suppress(RuntimeError):
                loop.call_soon_threadsafe(self._rooms.release)

        threading.Thread(target=look_up, name="webhook-names", daemon=True).start()
        return await asyncio.wrap_future(answer)
