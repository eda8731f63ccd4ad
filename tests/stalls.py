"""What a busy machine adds to every wait, so that a test can bound a time without it.

    with stopwatch() as watch:
        ...
    assert watch.seconds < 5.0

A thread asks again and again for a moment's sleep; what it gets beyond that, the machine was busy
with something else. A fault that blocks an event loop or waits for a lock holds no other thread up,
and is counted.
"""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

ASKED_S = 0.02


class Stopwatch:
    """Seconds that passed within the block, less those for which the machine stalled."""

    seconds = 0.0
    stalled = 0.0

    def __init__(self) -> None:
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._doze, name="stopwatch")

    def _doze(self) -> None:
        while not self._over.is_set():
            asleep = time.monotonic()
            time.sleep(ASKED_S)
            self.stalled += time.monotonic() - asleep - ASKED_S

    def start(self) -> None:
        self._began = time.monotonic()
        self._thread.start()

    def stop(self) -> None:
        passed = time.monotonic() - self._began
        self._over.set()
        self._thread.join()
        self.seconds = passed - self.stalled


@contextmanager
def stopwatch() -> Iterator[Stopwatch]:
    watch = Stopwatch()
    watch.start()
    try:
        yield watch
    finally:
        watch.stop()
