"""A withdrawal while the key service is away from one process: it heeds it, and knows no other key.

What the database says of a withdrawal is signed by the root, and wrapped by nobody.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

import pytest

from cameo_service.signing import SignedByWithdrawnKey, Signer
from storage.errors import KeyUnavailable, StoreUnavailable, Tampered
from storage.keyring import fresh
from storage.keyring.ring import KeyRing
from storage.keys import Purpose
from tests.storage.keyring.stolen import STOLEN, change, rows
from tests.storage.keyring.world import (
    WRAPPING,
    Away,
    KeyService,
    World,
    flipped,
    kid_of,
    kids,
)

CLAIMS = {"jti": "per_1"}


def test_a_withdrawal_is_heeded_though_the_next_key_cannot_be_opened(world: World) -> None:
    kms = KeyService(WRAPPING)
    ring = world.prepared(key_encryption=kms)
    signer, stolen, other = Signer(ring), kid_of(ring), kid_of(ring, Purpose.GRANT)
    token = signer.sign(Purpose.PERMIT, CLAIMS)
    kms.away = True
    world.prepared().withdraw(stolen, reason=STOLEN)
    world.advance(6)
    with pytest.raises(KeyUnavailable):
        signer.sign(Purpose.PERMIT, CLAIMS)
    with pytest.raises(SignedByWithdrawnKey):
        signer.open(Purpose.PERMIT, token)
    jwks = signer.jwks()
    assert [each["kid"] for each in jwks["revoked_keys"]] == [stolen]
    assert stolen not in {each["kid"] for each in jwks["keys"]}
    assert len(ring.root_document()["revocations"]) == 1
    # of the others nothing has changed
    assert kid_of(ring, Purpose.GRANT) == other
    kms.away = False
    world.advance(6)
    assert signer.open(Purpose.PERMIT, signer.sign(Purpose.PERMIT, CLAIMS)) == CLAIMS
    assert kid_of(ring) != stolen


def test_a_withdrawal_that_was_seen_is_heeded_when_the_store_is_away_too(world: World) -> None:
    kms, store = KeyService(WRAPPING), Away(world.store)
    ring = world.ring(store, key_encryption=kms)
    ring.prepare()
    stolen = kid_of(ring)
    kms.away = True
    world.prepared().withdraw(stolen, reason=STOLEN)
    world.advance(6)
    assert stolen not in kids(ring)
    store.error = StoreUnavailable("away")
    world.advance(6)
    assert stolen not in kids(ring)
    with pytest.raises(KeyUnavailable):
        kid_of(ring)


def test_nothing_serves_any_more_once_the_last_whole_look_is_too_old(world: World) -> None:
    kms = KeyService(WRAPPING)
    ring = world.prepared(key_encryption=kms)
    kms.away = True
    world.prepared().withdraw(kid_of(ring), reason=STOLEN)
    for _ in range(10):
        world.advance(6)
        assert kid_of(ring, Purpose.GRANT)
    world.advance(6)
    for ask in (lambda: kid_of(ring, Purpose.GRANT), ring.public_keys, ring.withdrawn_keys):
        with pytest.raises(KeyUnavailable, match="the key service is away"):
            ask()


def test_a_start_needs_every_private_half(world: World) -> None:
    world.prepared()
    kms = KeyService(WRAPPING)
    kms.away = True
    ring = world.ring(key_encryption=kms)
    with pytest.raises(KeyUnavailable, match="the key service is away"):
        ring.prepare()
    with pytest.raises(KeyUnavailable, match="the key service is away"):
        ring.public_keys()


def test_an_altered_private_half_is_found_once_the_key_service_is_back(world: World) -> None:
    kms = KeyService(WRAPPING)
    ring = world.prepared(key_encryption=kms)
    kid = kid_of(ring)
    kms.away = True
    change(world, kid, wrapped=flipped(rows(world)[kid].wrapped))
    for _ in range(2):
        world.advance(6)
        # the half that was opened before is the key's, whatever stands in the row by now
        assert kid_of(ring) == kid
    kms.away = False
    world.advance(6)
    with pytest.raises(Tampered, match="private half"):
        kid_of(ring)
    kms.away = True
    world.advance(6)
    # what was found wrong is not forgotten because nobody can look at it now
    for ask in (lambda: kid_of(ring), lambda: kids(ring)):
        with pytest.raises(Tampered, match="private half"):
            ask()


class Slow(KeyService):
    """One that takes its time over what it opens."""

    def __init__(self) -> None:
        super().__init__(WRAPPING)
        self.asked, self.go_on = threading.Event(), threading.Event()
        self.go_on.set()

    def unwrap(self, wrapped: bytes, *, context: dict[str, str]) -> bytes:
        self.asked.set()
        assert self.go_on.wait(120)
        return super().unwrap(wrapped, context=context)


@contextmanager
def _looking(world: World, ring: KeyRing, kms: Slow) -> Iterator[str]:
    """Withdraw the permit key, which this gives; a thread waits for the next one's half."""
    stolen = kid_of(ring)
    world.prepared().withdraw(stolen, reason=STOLEN)
    kms.go_on.clear()
    kms.asked.clear()
    world.advance(6)
    one = threading.Thread(target=ring.public_keys)
    one.start()
    try:
        assert kms.asked.wait(120)
        yield stolen
    finally:
        kms.go_on.set()
        one.join(120)


def test_a_withdrawal_is_heeded_while_the_key_service_takes_its_time(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    kms = Slow()
    ring = world.prepared(key_encryption=kms)
    monkeypatch.setattr(fresh, "PATIENCE_S", 0.01)
    with _looking(world, ring, kms) as stolen:
        with pytest.raises(KeyUnavailable):
            kid_of(ring)
        assert stolen not in kids(ring)
    assert kid_of(ring) != stolen


def test_who_signs_waits_for_the_thread_that_opens_the_next_key(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    kms = Slow()
    signing = threading.Event()

    def clock() -> datetime:
        # asked for by who signs, after it was seen that the key was withdrawn
        if signing.is_set():
            kms.go_on.set()
        return world.now

    ring = world.prepared(key_encryption=kms, clock=clock)
    monkeypatch.setattr(fresh, "PATIENCE_S", 120)
    with _looking(world, ring, kms) as stolen:
        signing.set()
        assert kid_of(ring) != stolen
