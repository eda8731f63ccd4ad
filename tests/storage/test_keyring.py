"""The ring of signing keys in the store: made, shared, rotated, and refused where altered."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from storage.algorithms import Algorithm, new_private_key, public_from_jwk, sign, thumbprint, verify
from storage.certificates import certified_by
from storage.contracts import Store, Transaction
from storage.errors import KeyUnavailable, StorageError, StoreUnavailable, Tampered
from storage.keyring.making import Former
from storage.keyring.ring import KeyRing
from storage.keyring.schedule import ROTATED, Status, status_of
from storage.keyring.timing import Timing
from storage.keys import Purpose, SigningKey
from storage.local.key_encryption import LocalKeyEncryption
from storage.local.root import LocalRoot
from storage.records import SigningKeyRecord
from storage.tables import SigningKeyRow
from tests.storage.conftest import OpenStore

NOON = datetime(2026, 11, 22, 12, 0, 0, 500_000, tzinfo=UTC)
WRAPPING = bytes(range(32))


@dataclass
class Heard:
    """The events of keys."""

    events: list[tuple[str, str]] = field(default_factory=list)

    def certified(self, tx: Transaction, key: SigningKeyRecord, *, now: datetime) -> None:
        assert key.kid in {each.kid for each in tx.sealed_keys.all()}
        assert now >= key.created_at
        self.events.append(("certified", key.kid))

    def retired(self, tx: Transaction, key: SigningKeyRecord, *, now: datetime) -> None:
        assert key.kid in {each.kid for each in tx.sealed_keys.all()}
        assert key.retired_at == now
        self.events.append(("retired", key.kid))


@dataclass
class World:
    """A store, its keys outside, and the time."""

    store: Store
    root: LocalRoot = field(default_factory=lambda: LocalRoot(new_private_key(Algorithm.EDDSA)))
    now: datetime = NOON
    seconds: float = 0.0
    heard: Heard = field(default_factory=Heard)

    def advance(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)
        self.seconds += seconds

    def ring(self, store: Store | None = None, **changes: Any) -> KeyRing:
        given = {
            "root": self.root,
            "key_encryption": LocalKeyEncryption(WRAPPING),
            "clock": lambda: self.now,
            "events": self.heard,
            "timing": Timing(refresh_s=5, stale_limit_s=60, publish_delay_s=30),
            "monotonic": lambda: self.seconds,
            **changes,
        }
        return KeyRing(store or self.store, **given)

    def prepared(self, **changes: Any) -> KeyRing:
        ring = self.ring(**changes)
        ring.prepare()
        return ring


@pytest.fixture
def world(store: Store) -> World:
    return World(store)


def kid_of(ring: KeyRing, purpose: Purpose = Purpose.PERMIT) -> str:
    return ring.signing_key(purpose).kid


def kids(ring: KeyRing) -> list[str]:
    return [key.kid for key in ring.public_keys()]


def test_every_purpose_has_a_key_of_its_own_that_signs_at_once(world: World) -> None:
    ring = world.prepared()
    assert [key.purpose for key in ring.public_keys()] == list(Purpose)
    assert len(set(kids(ring))) == len(Purpose)
    public = {key.kid: key for key in ring.public_keys()}
    for purpose in Purpose:
        key = ring.signing_key(purpose)
        assert public[key.kid].purpose is purpose
        verify(public[key.kid].public_key, sign(key.private_key, b"said"), b"said")
    assert sorted(world.heard.events) == sorted(("certified", kid) for kid in kids(ring))


def test_the_private_halves_are_stored_wrapped_alone(world: World) -> None:
    ring = world.prepared()
    private = {
        key.private_bytes_raw()
        for key in (ring.signing_key(purpose).private_key for purpose in Purpose)
        if isinstance(key, Ed25519PrivateKey)
    }
    assert len(private) == len(Purpose)
    with world.store.read() as tx:
        rows = repr(tx.sealed_keys.all()).encode()
        wrapped = b"".join(record.wrapped for record in tx.sealed_keys.all())
    assert not any(secret in wrapped or secret in rows for secret in private)


def test_processes_that_begin_at_once_have_the_same_keys(world: World, opened: OpenStore) -> None:
    rings = [world.ring(opened()) for _ in range(4)]
    threads = [threading.Thread(target=ring.prepare) for ring in rings]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({tuple(kids(ring)) for ring in rings}) == 1
    assert len(world.heard.events) == len(Purpose)
    assert len({ring.secret("x") for ring in rings}) == 1


def test_preparing_again_changes_nothing(world: World) -> None:
    first = kids(world.prepared())
    assert kids(world.prepared()) == first
    assert len(world.heard.events) == len(Purpose)


def test_a_ring_that_was_never_prepared_signs_nothing(world: World) -> None:
    with pytest.raises(KeyUnavailable, match="permit"):
        world.ring().signing_key(Purpose.PERMIT)


@pytest.mark.parametrize("algorithm", Algorithm)
def test_new_keys_have_the_algorithm_that_is_set_but_the_logs(
    world: World, algorithm: Algorithm
) -> None:
    ring = world.prepared(algorithm=algorithm)
    found = {purpose: ring.signing_key(purpose).algorithm for purpose in Purpose}
    assert found.pop(Purpose.LOG) is Algorithm.EDDSA
    assert set(found.values()) == {algorithm}


def test_a_new_key_is_published_before_it_signs_everywhere(world: World, opened: OpenStore) -> None:
    here = world.prepared()
    there = world.ring(opened())
    old = kid_of(there)
    (new,) = here.rotate([Purpose.PERMIT])
    assert kid_of(here) == kid_of(there) == old
    assert new.kid in kids(here)
    world.advance(6)  # past the refresh
    assert new.kid in kids(there)
    assert kid_of(there) == old
    world.advance(30)
    assert kid_of(here) == kid_of(there) == new.kid
    assert old in kids(there)
    assert world.heard.events[-2:] == [("retired", old), ("certified", new.kid)]
    others = set(Purpose) - {Purpose.PERMIT}
    assert {kid_of(here, each) for each in others} == {kid_of(there, each) for each in others}


def test_a_key_is_next_then_current_then_retired(world: World) -> None:
    ring = world.prepared()

    def statuses() -> list[str]:
        keys = ring.certified()
        return [
            status_of(key, keys, world.now).value for key in keys if key.purpose is Purpose.PERMIT
        ]

    assert statuses() == ["current"]
    ring.rotate([Purpose.PERMIT])
    assert statuses() == ["current", "next"]
    world.advance(31)
    assert statuses() == [Status.RETIRED, Status.CURRENT]
    (first, _) = [key for key in ring.certified() if key.purpose is Purpose.PERMIT]
    assert first.retired_at == NOON


def test_keys_are_rotated_when_they_are_old_and_once_for_all(
    world: World, opened: OpenStore
) -> None:
    here, there = world.prepared(), world.ring(opened())
    every = timedelta(days=90)
    world.advance(89 * 86_400)
    assert here.rotate_due(every=every) == []
    world.advance(86_401)
    there.certified()
    made = here.rotate_due(every=every)
    assert [key.purpose for key in made] == list(ROTATED)
    assert Purpose.LOG not in ROTATED
    assert there.rotate_due(every=every) == here.rotate_due(every=every) == []
    world.advance(31)
    assert {kid_of(there, purpose) for purpose in ROTATED} == {key.kid for key in made}


def test_the_logs_key_is_rotated_by_name(world: World) -> None:
    ring = world.prepared()
    (new,) = ring.rotate([Purpose.LOG])
    world.advance(31)
    assert kid_of(ring, Purpose.LOG) == new.kid


def test_a_clock_that_is_behind_has_a_key_too(world: World) -> None:
    kid = kid_of(world.prepared())
    world.now -= timedelta(minutes=1)
    assert kid_of(world.prepared()) == kid


class Away:
    """A store that can be switched off, and counts who reads it."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.error: StorageError | None = None
        self.reads = 0

    @contextmanager
    def read(self) -> Iterator[Transaction]:
        self.reads += 1
        if self.error is not None:
            raise self.error
        with self._store.read() as tx:
            yield tx

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)


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
            assert go_on.wait(20)
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
    assert looking.wait(20)
    assert kid_of(ring)  # does not wait for that thread
    assert one.is_alive()
    go_on.set()
    one.join(20)


def altered(world: World, change: Callable[[SigningKeyRecord], SigningKeyRecord]) -> str:
    """Put an altered row in place of the permit key's; return its kid."""
    from sqlmodel import col, delete

    from storage.rows import row_of

    with world.store.write() as tx:
        record = next(each for each in tx.sealed_keys.all() if each.purpose == "permit")
        statements = tx.sealed_keys._statements  # type: ignore[attr-defined]
        statements.run(delete(SigningKeyRow).where(col(SigningKeyRow.kid) == record.kid))
        statements.insert_unless_taken(SigningKeyRow, [row_of(change(record))])
    return record.kid


def flipped(data: bytes, at: int = -1) -> bytes:
    changed = bytearray(data)
    changed[at] ^= 1
    return bytes(changed)


def with_x_flipped(record: SigningKeyRecord) -> SigningKeyRecord:
    x = str(record.public_jwk["x"])
    return replace(
        record, public_jwk={**record.public_jwk, "x": ("B" if x[0] == "A" else "A") + x[1:]}
    )


ALTERED: dict[str, Callable[[SigningKeyRecord], SigningKeyRecord]] = {
    "wrapped": lambda record: replace(record, wrapped=flipped(record.wrapped)),
    "certificate's signature": lambda record: replace(
        record, certificate=flipped(record.certificate.encode(), -1).decode()
    ),
    "certificate's claims": lambda record: replace(
        record, certificate=flipped(record.certificate.encode(), 250).decode()
    ),
    "certificate's header": lambda record: replace(
        record, certificate=flipped(record.certificate.encode(), 4).decode()
    ),
    "no certificate": lambda record: replace(record, certificate=""),
    "public half": with_x_flipped,
    "purpose": lambda record: replace(record, purpose="grant"),
    "algorithm": lambda record: replace(record, algorithm="ES256"),
    "earlier": lambda record: replace(record, active_from=record.active_from - timedelta(days=1)),
    "later": lambda record: replace(record, active_from=record.active_from + timedelta(seconds=1)),
    "younger": lambda record: replace(record, created_at=record.created_at + timedelta(days=1)),
}


@pytest.mark.parametrize("what", ALTERED)
def test_an_altered_row_is_refused_by_name(world: World, what: str) -> None:
    running = world.prepared()
    kid = altered(world, ALTERED[what])
    with pytest.raises(Tampered, match=kid):
        world.prepared()
    world.advance(6)
    for ask in (lambda: kid_of(running, Purpose.GRANT), running.public_keys, running.audit):
        with pytest.raises(Tampered, match=kid):
            ask()
    with pytest.raises(Tampered, match=kid):
        running.rotate([Purpose.GRANT])


def test_a_key_under_another_kid_is_refused(world: World) -> None:
    world.prepared()
    altered(world, lambda record: replace(record, kid="mine"))
    with pytest.raises(Tampered, match="`mine`"):
        world.prepared()


def test_a_key_that_somebody_added_is_refused(world: World) -> None:
    ring = world.prepared()
    stranger = World(world.store)
    with world.store.write() as tx:
        (record,) = [each for each in tx.sealed_keys.all() if each.purpose == "permit"]
    theirs = SigningKey.of(Purpose.PERMIT, new_private_key(Algorithm.EDDSA))
    from storage.keyring.keys import sealed

    added = sealed(
        theirs,
        root=stranger.root,
        key_encryption=LocalKeyEncryption(WRAPPING),
        created_at=NOON,
        active_from=NOON,
    )
    borrowed = replace(added, kid=f"{added.kid}2", certificate=record.certificate)
    for forged in (added, borrowed):
        with world.store.write() as tx:
            tx.sealed_keys.add(forged)
        world.advance(6)
        with pytest.raises(Tampered, match=theirs.kid):
            kid_of(ring)


def test_the_private_half_of_another_key_is_refused(world: World) -> None:
    world.prepared()
    keys = LocalKeyEncryption(WRAPPING)
    other = SigningKey.of(Purpose.PERMIT, Ed25519PrivateKey.generate())

    def swapped(record: SigningKeyRecord) -> SigningKeyRecord:
        from cryptography.hazmat.primitives.serialization import (
            Encoding,
            NoEncryption,
            PrivateFormat,
        )

        der = other.private_key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
        context = {"purpose": record.purpose, "kid": record.kid}
        return replace(record, wrapped=keys.wrap(der, context=context))

    kid = altered(world, swapped)
    with pytest.raises(Tampered, match=f"{kid}.*another key"):
        world.prepared()


def test_a_retired_keys_flipped_bit_is_found_by_an_audit(world: World) -> None:
    ring = world.prepared()
    kid = kid_of(ring)
    flipped_row = ALTERED["wrapped"]
    altered(world, flipped_row)
    with world.store.read() as tx:
        (record,) = [each for each in tx.sealed_keys.all() if each.kid == kid]
    altered(world, lambda record: replace(record, wrapped=flipped(record.wrapped)))  # mended
    ring.rotate([Purpose.PERMIT])
    world.advance(31)
    assert len(ring.audit()) == len(Purpose) + 1
    with world.store.write() as tx:
        statements = tx.sealed_keys._statements  # type: ignore[attr-defined]
        from sqlmodel import col, update

        row = update(SigningKeyRow).where(col(SigningKeyRow.kid) == kid)
        statements.run(row.values(wrapped=record.wrapped))
    world.prepared()  # nothing needs it any more
    with pytest.raises(Tampered, match=kid):
        ring.audit()


def test_another_root_or_another_wrapping_key_opens_nothing(world: World) -> None:
    world.prepared()
    with pytest.raises(Tampered, match="root key"):
        world.prepared(root=LocalRoot(new_private_key(Algorithm.ES256)))
    with pytest.raises(Tampered, match="private half"):
        world.prepared(key_encryption=LocalKeyEncryption(bytes(32)))


def test_a_new_root_certifies_what_the_wrapping_key_opens_and_nothing_else(world: World) -> None:
    ring = world.prepared()
    ring.rotate([Purpose.PERMIT])
    before = kids(ring)
    world.root = LocalRoot(new_private_key(Algorithm.ES256))
    replaced = world.ring()
    assert [key.kid for key in replaced.recertify()] == before
    assert kids(world.prepared()) == before
    events = len(world.heard.events)
    replaced.recertify()
    assert len(world.heard.events) == events
    other = LocalRoot(new_private_key(Algorithm.EDDSA))
    with pytest.raises(Tampered, match="private half"):
        world.ring(root=other, key_encryption=LocalKeyEncryption(bytes(32))).recertify()
    kid = altered(world, ALTERED["earlier"])
    with pytest.raises(Tampered, match=kid):
        replaced.recertify()


def test_former_keys_and_secrets_are_taken_over_once(world: World) -> None:
    keys = tuple(
        SigningKey.of(purpose, Ed25519PrivateKey.generate())
        for purpose in (Purpose.PERMIT, Purpose.GRANT)
    )
    former = Former(keys=keys, secrets={"face index": b"s" * 32})
    ring = world.prepared(former=former)
    assert [kid_of(ring, key.purpose) for key in keys] == [key.kid for key in keys]
    assert ring.secret("face index") == b"s" * 32
    assert len(kids(ring)) == len(Purpose)
    others = Former(keys=(SigningKey.of(Purpose.PERMIT, Ed25519PrivateKey.generate()),))
    assert kids(world.prepared(former=others)) == kids(ring)


def test_secrets_outlive_rotations_and_differ_by_name(world: World, opened: OpenStore) -> None:
    ring = world.prepared()
    one, two = ring.secret("one"), ring.secret("two")
    assert len(one) == 32
    assert one != two
    ring.rotate(list(Purpose))
    world.advance(31)
    assert world.ring(opened()).secret("one") == one
    with world.store.write() as tx:
        assert tx.sealed_keys.keep_secret("three", tx.sealed_keys.secret("two") or b"")
    with pytest.raises(Tampered, match="`three`"):
        ring.secret("three")


def test_the_root_vouches_for_every_key_in_its_document(world: World) -> None:
    ring = world.prepared()
    ring.rotate([Purpose.PERMIT])
    document = ring.root_document()
    root = public_from_jwk(document["root"])
    assert document["root"]["kid"] == thumbprint(world.root.public_key)
    certified = [certified_by(root, each) for each in document["certificates"]]
    assert [(each.kid, each.purpose) for each in certified] == [
        (key.kid, key.purpose.value) for key in ring.public_keys()
    ]
