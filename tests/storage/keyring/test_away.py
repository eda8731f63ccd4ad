"""The ring while the store is away, or slow."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from storage.contracts import Transaction
from storage.errors import KeyUnavailable, StorageError, StoreUnavailable
from storage.keys import Purpose
from tests.storage.keyring.world import (
    Away,
    World,
    kid_of,
    kids,
)


def test_no_signature_reads_the_store_within_the_refresh(world: World) -> None:
    store = Away(world.store)
    ring = world.ring(store)
    ring.prepare()
    reads = store.reads
    for _ in range(50):
        world.advance(0.11)
        ring.signing_key(Purpose.PERMIT)
        ring.public_keys()
    assert store.reads == reads + 1


@pytest.mark.parametrize("error", [StoreUnavailable("away"), KeyUnavailable("kms is away")])
def test_known_keys_serve_while_the_store_is_away_until_the_limit(
    world: World, error: StorageError
) -> None:
    store = Away(world.store)
    ring = world.ring(store)
    ring.prepare()
    kid = kid_of(ring)
    store.error = error
    for _ in range(11):
        world.advance(5.2)
        assert kid_of(ring) == kid
        assert kid in kids(ring)
    world.advance(5.2)
    for ask in (lambda: kid_of(ring), lambda: kids(ring)):
        with pytest.raises(type(error)):
            ask()
    store.error = None
    world.advance(5.2)
    assert kid_of(ring) == kid


def test_one_thread_looks_while_the_others_go_on_signing(world: World) -> None:
    looking, go_on = threading.Event(), threading.Event()

    class Slow(Away):
        @contextmanager
        def read(self) -> Iterator[Transaction]:
            looking.set()
            assert go_on.wait(120)
            with super().read() as tx:
                yield tx

    store = Slow(world.store)
    ring = world.ring(store)
    go_on.set()
    ring.prepare()
    go_on.clear()
    looking.clear()
    world.advance(6)
    one = threading.Thread(target=ring.signing_key, args=(Purpose.PERMIT,))
    one.start()
    assert looking.wait(120)
    assert kid_of(ring)  # does not wait for that thread
    assert one.is_alive()
    go_on.set()
    one.join(120)
