"""Everything is wrapped anew under another key-encryption key, amid whoever writes meanwhile."""

import threading
from typing import Any

import pytest

from storage.contracts import KeyEncryption, Store
from storage.errors import KeyUnavailable, StoreUnavailable, Tampered
from storage.keyring.exchange import KeyExchange
from storage.keyring.rewrapping import left, rewrap
from storage.keyring.stable import AUTHZEN, FACE_INDEX
from storage.keys import Purpose
from storage.local.key_encryption import LocalKeyEncryption
from storage.records import WrappedKind
from storage.store import open_store
from tests.storage.keyring.rewrapping.exchanged import (
    BOTH,
    CAMEOS,
    FORMER,
    NEW,
    NOTHING,
    WEBHOOKS,
    Dying,
    Killed,
    enroll,
    readable,
    wrapped_values,
)
from tests.storage.keyring.world import Away, World, kid_of


def test_after_it_the_former_key_opens_nothing_and_the_new_one_everything(
    filled: World, both: Store, new: Store
) -> None:
    ring = filled.ring()
    secrets = [ring.secret(name) for name in (FACE_INDEX, AUTHZEN)]
    before = wrapped_values(filled.store)
    counts = {
        WrappedKind.DATA_KEY: CAMEOS,
        WrappedKind.SIGNING_KEY: len(Purpose) + 1,
        WrappedKind.SECRET: 2,
        WrappedKind.WEBHOOK_SECRET: len(WEBHOOKS) + 1,
        WrappedKind.FORMER_WEBHOOK_SECRET: len(WEBHOOKS),
    }
    assert left(both, BOTH) == counts
    seen: list[tuple[WrappedKind, float]] = []
    rewrapped = rewrap(both, BOTH, progress=lambda *each: seen.append(each))
    assert (rewrapped.done, rewrapped.left, rewrapped.unopened) == (counts, NOTHING, ())
    assert dict(seen) == dict.fromkeys(WrappedKind, 1.0)
    after = wrapped_values(both)
    assert not set(before) & set(after)
    with both.read() as tx:
        records = [
            each
            for kind in WrappedKind
            for each in tx.wrappings.after(kind, "", mark=FORMER.mark, limit=1_000)
        ]
    assert len(records) == sum(counts.values()) + 1
    for record in records:
        with pytest.raises(Tampered):
            FORMER.unwrap(record.wrapped, context=record.context)
        assert NEW.unwrap(record.wrapped, context=record.context)
    alone = filled.ring(new, key_encryption=NEW)
    alone.prepare()
    assert len(alone.audit()) == len(Purpose) + 1
    assert [alone.secret(name) for name in (FACE_INDEX, AUTHZEN)] == secrets
    with new.read() as tx:
        kept = tx.webhooks.get(WEBHOOKS[1])
    assert alone.webhooks.unwrap(kept.secret, of=kept.id) == b"now"
    assert alone.webhooks.unwrap(kept.former_secret or b"", of=kept.id) == b"before"
    assert all(readable(new, f"cam_{number:03}") for number in range(CAMEOS))
    assert rewrap(new, NEW).done == NOTHING


def test_what_an_earlier_release_wrapped_is_opened_and_marked(world: World) -> None:
    data = FORMER.wrap(b"k" * 32, context={"cameo_id": "a"})
    earlier = b"\x01" + data[16:]
    assert FORMER.unwrap(earlier, context={"cameo_id": "a"}) == b"k" * 32
    for given in (earlier[:9], b"\x02" + earlier[1:], earlier[:-1]):
        with pytest.raises(Tampered):
            FORMER.unwrap(given, context={"cameo_id": "a"})
    enroll(world.store, 1)
    with world.store.write() as tx:
        (record,) = tx.wrappings.after(WrappedKind.DATA_KEY, "", mark=NEW.mark, limit=9)
        assert tx.wrappings.replace(record, b"\x01" + record.wrapped[16:])
    assert readable(world.store, record.id)
    assert left(world.store, FORMER)[WrappedKind.DATA_KEY] == 1
    assert rewrap(world.store, FORMER).left == NOTHING
    assert readable(world.store, record.id)


@pytest.mark.parametrize("writes", [0, 1, 2, 5, 8])
def test_what_was_killed_is_completed_by_doing_it_again(
    filled: World, both: Store, writes: int
) -> None:
    with pytest.raises(Killed):
        rewrap(Dying(both, writes), BOTH)
    found = left(both, BOTH)
    assert sum(found.values()) > 0
    ring = filled.ring(both, key_encryption=BOTH)
    ring.prepare()
    assert all(readable(both, f"cam_{number:03}") for number in range(CAMEOS))
    again = rewrap(both, BOTH)
    assert {kind: again.done[kind] for kind in WrappedKind} == found
    assert again.left == NOTHING
    assert len(ring.audit()) == len(Purpose) + 1


def test_until_it_begins_all_wrap_under_the_former_key(filled: World, both: Store) -> None:
    cameo = enroll(both, 50)
    assert readable(filled.store, cameo)
    there = filled.ring(both, key_encryption=BOTH)
    there.prepare()
    (made,) = there.rotate([Purpose.GRANT])
    filled.advance(31)
    assert kid_of(filled.ring(), Purpose.GRANT) == made.kid
    assert left(filled.store, FORMER) == NOTHING


def test_once_it_has_begun_who_has_the_former_key_alone_wraps_nothing(
    filled: World, both: Store
) -> None:
    with pytest.raises(Killed):
        rewrap(Dying(both, 1), BOTH)
    with pytest.raises(KeyUnavailable, match="was exchanged"):
        enroll(filled.store, 60)
    with filled.store.read() as tx:
        assert tx.cameos.find("cam_060") is None
    assert readable(both, enroll(both, 60))
    assert readable(both, "cam_000")
    with pytest.raises(KeyUnavailable, match="was exchanged"):
        KeyExchange(LocalKeyEncryption(bytes(32)), FORMER).wrap(b"x", context={}, under=NEW.mark)


@pytest.mark.usefixtures("filled")
def test_enrollments_and_erasures_meanwhile_are_as_they_were_told(both: Store, url: str) -> None:
    erased = [f"cam_{number:03}" for number in range(0, CAMEOS, 2)]
    stores = [both, *(open_store(url, key_encryption=BOTH) for _ in range(2))]
    made: list[str] = []
    failures: list[BaseException] = []

    def run(do: Any) -> threading.Thread:
        def guarded() -> None:
            try:
                do()
            except BaseException as error:  # noqa: BLE001 (the test's own thread reports it)
                failures.append(error)

        thread = threading.Thread(target=guarded)
        thread.start()
        return thread

    def erase() -> None:
        for cameo in erased:
            with stores[1].write() as tx:
                tx.templates.destroy(cameo)

    threads = [
        run(lambda: rewrap(both, BOTH)),
        run(lambda: made.extend(enroll(stores[2], 100 + number) for number in range(12))),
        run(erase),
    ]
    for thread in threads:
        thread.join(120)
    assert failures == []
    assert rewrap(both, BOTH).left == NOTHING
    with both.read() as tx:
        found = tx.wrappings.after(WrappedKind.DATA_KEY, "", mark=FORMER.mark, limit=1_000)
    kept = {f"cam_{number:03}" for number in range(CAMEOS)} - set(erased)
    assert {each.id for each in found} == kept | set(made)
    assert all(readable(both, cameo) for cameo in kept | set(made))
    for store in stores[1:]:
        store.close()


@pytest.mark.usefixtures("filled")
def test_a_key_that_is_erased_between_reading_and_writing_does_not_come_back(both: Store) -> None:
    with both.read() as tx:
        (first, *_) = tx.wrappings.after(WrappedKind.DATA_KEY, "", mark=NEW.mark, limit=1)
    with both.write() as tx:
        tx.templates.destroy(first.id)
    with both.write() as tx:
        anew = NEW.wrap(b"k" * 32, context=first.context)
        assert tx.wrappings.replace(first, anew) is False
    rewrap(both, BOTH)
    with both.read() as tx:
        found = tx.wrappings.after(WrappedKind.DATA_KEY, "", mark=FORMER.mark, limit=99)
    assert first.id not in {each.id for each in found}


@pytest.mark.usefixtures("filled")
def test_what_opens_under_no_key_is_named_and_keeps_nothing_else_back(both: Store) -> None:
    with both.write() as tx:
        (first, second, *_) = tx.wrappings.after(WrappedKind.DATA_KEY, "", mark=NEW.mark, limit=2)
        flipped = first.wrapped[:-1] + bytes([first.wrapped[-1] ^ 1])
        assert tx.wrappings.replace(first, flipped)
    rewrapped = rewrap(both, BOTH)
    assert [each.id for each in rewrapped.unopened] == [first.id]
    assert rewrapped.left == {**NOTHING, WrappedKind.DATA_KEY: 1}
    assert readable(both, second.id)


class OutOfReach(LocalKeyEncryption):
    """A key that is asked for over a network, which is down."""

    def wrap(self, *_: object, **__: object) -> bytes:
        raise KeyUnavailable("kms is away")

    def unwrap(self, *_: object, **__: object) -> bytes:
        raise KeyUnavailable("kms is away")


@pytest.mark.parametrize(
    "keys",
    [(OutOfReach(bytes(32)), FORMER), (NEW, OutOfReach(bytes(32)))],
    ids=["the new one", "the former one"],
)
def test_a_key_that_is_away_is_never_taken_for_a_wrong_one(
    keys: tuple[KeyEncryption, KeyEncryption],
) -> None:
    both = KeyExchange(*keys)
    here = next(key for key in keys if not isinstance(key, OutOfReach))
    value = here.wrap(b"x", context={"a": "b"})
    assert both.unwrap(value, context={"a": "b"}) == b"x"
    elsewhere = LocalKeyEncryption(b"e" * 32).wrap(b"x", context={})
    for given in (elsewhere, b"", b"\x01", value[:-1]):
        with pytest.raises(KeyUnavailable, match="away"):
            both.unwrap(given, context={"a": "b"})
    with pytest.raises(Tampered):
        BOTH.unwrap(elsewhere, context={})


@pytest.mark.usefixtures("filled")
def test_a_rewrapping_whose_key_is_away_changes_nothing(both: Store) -> None:
    before = wrapped_values(both)
    away = KeyExchange(OutOfReach(bytes(32)), FORMER)
    with pytest.raises(KeyUnavailable):
        rewrap(both, away)
    store = Away(both)
    store.error = StoreUnavailable("away")
    with pytest.raises(StoreUnavailable):
        rewrap(store, BOTH)
    assert wrapped_values(both) == before


def test_what_stands_in_the_databases_own_log_is_told(filled: World, both: Store, url: str) -> None:
    with filled.store.read() as tx:
        assert tx.sealed_keys.all()
        found = rewrap(both, BOTH)
    assert found.left == NOTHING
    assert found.scrubbed is not url.startswith("sqlite")
    again = rewrap(both, BOTH)
    assert (again.scrubbed, sum(again.done.values())) == (True, 0)
