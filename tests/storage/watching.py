"""A probe in an event loop of its own, for the length of a story."""

import asyncio
from collections.abc import Awaitable, Callable

from storage.contracts import RevisionProbe, Store
from tests.loops import run_in_loop
from tests.storage.samples import NOW

Story = Callable[[RevisionProbe], Awaitable[None]]


def watched(probe: RevisionProbe, story: Story) -> None:
    """Run the story; nothing that went wrong on the way may be left for the loop to find."""
    left: list[object] = []

    async def tell() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda _, about: left.append(about))
        try:
            await story(probe)
        finally:
            await probe.close()

    run_in_loop(tell())
    assert left == []


def touch(store: Store) -> int:
    with store.write() as tx:
        return tx.revisions.touch("cameo:cam_1", now=NOW)
