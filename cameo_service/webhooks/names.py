"""Names that are looked up, in threads that hold up nobody's exit.

asked = look_up("hooks.example", 443)
addresses = await asyncio.wrap_future(asked)

A name server that never answers keeps a thread for as long as the machine's resolver has patience,
whoever gives up waiting: until `asked` is done. Threads are daemons; how many there may be is for
those to say who ask.
"""

import socket
import threading
from collections.abc import Callable
from concurrent.futures import Future

Resolve = Callable[[str, int], list[str]]
"""The addresses of a name, for a port. It may take its time: it has a thread of its own."""


def resolved(host: str, port: int) -> list[str]:
    """The addresses of `host`, as the machine's resolver has them."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(each[4][0]) for each in found))


def look_up(host: str, port: int, *, resolve: Resolve = resolved) -> Future[list[str]]:
    """What the name has now, or what `resolve` raises. It cannot be cancelled."""
    answer: Future[list[str]] = Future()
    answer.set_running_or_notify_cancel()

    def ask() -> None:
        try:
            found = resolve(host, port)
        except Exception as error:  # noqa: BLE001 (raised by whoever waits for the answer)
            answer.set_exception(error)
        else:
            answer.set_result(found)

    threading.Thread(target=ask, name="webhook-names", daemon=True).start()
    return answer
