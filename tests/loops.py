"""An event loop for a test, in a thread of its own: the browser tests leave theirs running."""

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

T = TypeVar("T")


def run_in_loop(story: Coroutine[Any, Any, T]) -> T:
    """What `story` returns, run to its end in a new loop."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, story).result()  # noqa: TID251 (in its thread)
