"""Work in a thread alongside a block, which ends with the block.

>>> def work(stop: threading.Event) -> None:
...     while not stop.wait(0.01):
...         pass
>>> with alongside(work, name="example"):
...     "the block"
'the block'
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def alongside(work: Callable[[threading.Event], None], *, name: str) -> Iterator[None]:
    """Run `work` until the block ends: it is told by the event, and waited for."""
    stop = threading.Event()
    thread = threading.Thread(target=work, args=(stop,), name=name, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
