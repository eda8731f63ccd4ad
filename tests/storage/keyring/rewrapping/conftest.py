"""The same database for processes with the one key, the other, and both."""

from collections.abc import Iterator

import pytest

from storage.contracts import Store
from storage.keyring import rewrapping
from storage.keys import Purpose
from tests.storage import webhook_samples
from tests.storage.keyring.rewrapping.exchanged import (
    BOTH,
    CAMEOS,
    NEW,
    WEBHOOKS,
    enroll,
    store_under,
)
from tests.storage.keyring.world import World


@pytest.fixture(autouse=True)
def few_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rewrapping, "AT_ONCE", 3)


@pytest.fixture
def both(url: str) -> Iterator[Store]:
    """The same database, for a process that has both keys."""
    with store_under(url, BOTH) as store:
        yield store


@pytest.fixture
def new(url: str) -> Iterator[Store]:
    """The same database, for a process that has the new key alone."""
    with store_under(url, NEW) as store:
        yield store


@pytest.fixture
def filled(world: World) -> World:
    world.prepared().rotate([Purpose.PERMIT])
    for number in range(CAMEOS):
        enroll(world.store, number)
    secrets = world.ring().webhooks
    with world.store.write() as tx:
        for id in WEBHOOKS:
            wrapped = [secrets.wrap(each, of=id, under=None) for each in (b"now", b"before")]
            tx.webhooks.add(
                webhook_samples.webhook(id=id, secret=wrapped[0], former_secret=wrapped[1])
            )
        wrapped = [secrets.wrap(b"now", of="whk_x", under=None)]
        tx.webhooks.add(webhook_samples.webhook(id="whk_x", secret=wrapped[0], former_secret=None))
    return world
