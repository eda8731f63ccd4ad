"""A place where a test holds a thread of the service, until something else has happened.

held = Held()      # the thread: held.stop(); the test: held.wait(), …, held.free()
"""

import threading

LONG_S = 120


class Held:
    """A place where a thread is held until the test lets it go on."""

    def __init__(self) -> None:
        self._reached, self._free = threading.Event(), threading.Event()

    def stop(self) -> None:
        """Wait here, once: whoever comes later goes on."""
        self._reached.set()
        assert self._free.wait(LONG_S)

    def wait(self) -> None:
        """Wait until somebody is held."""
        assert self._reached.wait(LONG_S)

    def free(self) -> None:
        self._free.set()
