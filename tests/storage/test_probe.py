"""The probe: what was acknowledged is seen, many share one query, and failures are failures."""

import asyncio

from storage.contracts import Store
from tests.storage.conftest import OpenStore
from tests.storage.samples import NOW


def touch(store: Store) -> int:
    with store.write() as tx:
        return tx.revisions.touch("cameo:cam_1", now=NOW)


def test_every_commit_acknowledged_before_the_call_is_seen(opened: OpenStore) -> None:
    here, there = opened(), opened()

    async def watch() -> None:
        probe = here.probe()
        assert await probe.confirm() == 0
        for number in range(1, 20):
            assert touch(here if number % 2 else there) == number
            assert await probe.confirm() == number
            assert await probe.confirm() == number
        await probe.close()

    asyncio.run(watch())
