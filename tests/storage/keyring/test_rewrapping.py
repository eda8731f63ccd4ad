"""Everything is wrapped anew under another key-encryption key, amid whoever writes meanwhile."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import text
from sqlmodel import col, delete

from storage.contracts import KeyEncryption, Store, Transaction
from storage.errors import KeyUnavailable, StoreUnavailable, Tampered
from storage.keyring import rewrapping
from storage.keyring.exchange import KeyExchange
from storage.keyring.rewrapping import left, rewrap
from storage.keyring.stable import AUTHZEN, FACE_INDEX
from storage.keys import Purpose
from storage.local.key_encryption import LocalKeyEncryption
from storage.records import WrappedKind
from storage.store import open_store
from storage.tables import SecretRow
from storage.wrapping import NAMED, secret_context
from tests.storage import samples
from tests.storage.keyring.world import WRAPPING, Away, World, kid_of, kids, statements_of

FORMER, NEW = LocalKeyEncryption(WRAPPING), LocalKeyEncryption(bytes(range(1, 33)))
BOTH = KeyExchange(NEW, FORMER)
NOTHING = dict.fromkeys(WrappedKind, 0)
CAMEOS = 7
WEBHOOKS = [f"whk_{number}" for number in range(4)]


@pytest.fixture(autouse=True)
def few_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rewrapping, "AT_ONCE", 3)


@contextmanager
def store_under(url: str, key: KeyEncryption) -> Iterator[Store]:
    store = open_store(url, key_encryption=key)
    yield store
    store.close()


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


def enroll(store: Store, number: int) -> str:
    template = samples.template(cameo_id=f"cam_{number:03}")
    with store.write() as tx:
        tx.cameos.add(samples.cameo(id=template.cameo_id))
        tx.templates.put([template])
    return template.cameo_id


def readable(store: Store, cameo_id: str) -> bool:
    with store.read() as tx:
        return tx.templates.of_cameo(cameo_id) == [samples.template(cameo_id=cameo_id)]


def wrapped_values(store: Store) -> list[bytes]:
    with store.read() as tx:
        mark = b"none has this mark"[:16]
        return [
            each.wrapped
            for kind in WrappedKind
            for each in tx.wrappings.after(kind, "", mark=mark, limit=1_000)
        ]


@pytest.fixture
def filled(world: World) -> World:
    world.prepared().rotate([Purpose.PERMIT])
    for number in range(CAMEOS):
        enroll(world.store, number)
    secrets = world.ring().webhooks
    with world.store.write() as tx:
        for id in WEBHOOKS:
            wrapped = [secrets.wrap(each, of=id, under=None) for each in (b"now", b"before")]
            tx.webhooks.add(samples.webhook(id=id, secret=wrapped[0], former_secret=wrapped[1]))
        wrapped = [secrets.wrap(b"now", of="whk_x", under=None)]
        tx.webhooks.add(samples.webhook(id="whk_x", secret=wrapped[0], former_secret=None))
    return world


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


class Killed(Exception):
    """The process ended here."""


class Dying(Away):
    """A store whose process is killed at its n-th write."""

    def __init__(self, store: Store, writes: int) -> None:
        super().__init__(store)
        self.left = writes

    @contextmanager
    def write(self) -> Iterator[Transaction]:
        with self._store.write() as tx:
            yield tx
            self.left -= 1
            if self.left < 0:
                raise Killed


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
def test_a_key_that_opens_nothing_here_is_not_named(both: Store, url: str) -> None:
    rewrap(both, BOTH)
    stranger = LocalKeyEncryption(bytes(32))
    with store_under(url, stranger) as store, pytest.raises(Tampered):
        rewrap(store, stranger)
    assert readable(both, enroll(both, 70))


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


def test_a_damaged_name_of_the_key_is_refused(filled: World, both: Store) -> None:
    rewrap(both, BOTH)
    with both.write() as tx:
        tx.sealed_keys.put_secret("key encryption", b"damaged")
    with pytest.raises(Tampered, match="key encryption"):
        enroll(both, 90)
    with pytest.raises(Tampered, match="key encryption"):
        kids(filled.ring(both, key_encryption=BOTH))


def unname(store: Store) -> None:
    with store.write() as tx:
        named = col(SecretRow.name) == NAMED
        statements_of(tx).run(delete(SecretRow).where(named))


def named_in(store: Store) -> bytes:
    with store.read() as tx:
        return tx.sealed_keys.secret(NAMED) or b""


def test_who_takes_the_name_of_the_key_away_undoes_no_exchange(filled: World, both: Store) -> None:
    ring = filled.ring(both, key_encryption=BOTH)
    ring.prepare()
    assert rewrap(both, BOTH).left == NOTHING
    ring.audit()
    unname(both)
    for wrap in (
        lambda: enroll(both, 91),
        lambda: enroll(filled.store, 91),
        ring.prepare,
        ring.audit,
        filled.ring(both, key_encryption=BOTH).prepare,
        lambda: ring.rotate([Purpose.GRANT]),
    ):
        with pytest.raises(Tampered, match="key encryption"):
            wrap()
    filled.advance(6)
    with pytest.raises(Tampered, match="key encryption"):
        kids(ring)
    assert left(both, BOTH) == NOTHING


def test_whoever_has_the_new_key_alone_names_it_again(
    filled: World, both: Store, new: Store
) -> None:
    rewrap(both, BOTH)
    unname(both)
    filled.ring(new, key_encryption=NEW).prepare()
    assert readable(new, enroll(new, 92))
    assert rewrap(new, NEW).left == NOTHING
    ring = filled.ring(both, key_encryption=BOTH)
    ring.prepare()
    assert readable(both, enroll(both, 93))
    assert left(both, BOTH) == NOTHING


def test_the_name_of_the_former_key_is_not_put_back(filled: World, both: Store) -> None:
    rewrap(both, BOTH)
    with both.write() as tx:
        tx.sealed_keys.put_secret(NAMED, FORMER.wrap(b"named", context=secret_context(NAMED)))
    for wrap in (lambda: enroll(both, 94), filled.ring(both, key_encryption=BOTH).prepare):
        with pytest.raises(Tampered, match="key encryption"):
            wrap()


@pytest.mark.parametrize("writes", range(1, 9))
def test_no_process_takes_an_exchange_under_way_for_an_alteration(
    filled: World, both: Store, new: Store, url: str, writes: int
) -> None:
    """Wherever it stands, and on the way back as well."""
    with pytest.raises(Killed):
        rewrap(Dying(both, writes), BOTH)
    filled.ring(both, key_encryption=BOTH).prepare()
    assert readable(both, enroll(both, 95))
    rewrap(both, BOTH)
    back = KeyExchange(FORMER, NEW)
    filled.ring(new, key_encryption=NEW).prepare()
    with store_under(url, back) as store:
        filled.ring(store, key_encryption=back).prepare()
        with pytest.raises(Killed):
            rewrap(Dying(store, writes), back)
        filled.ring(store, key_encryption=back).prepare()
        assert rewrap(store, back).left == NOTHING
        filled.ring(store, key_encryption=back).prepare()
    filled.prepared()


def test_a_name_of_another_type_is_told(filled: World, both: Store, url: str) -> None:
    """SQLite keeps text where bytes should stand."""
    rewrap(both, BOTH)
    if url.startswith("sqlite"):
        with both.write() as tx:
            statements_of(tx).run(
                text("UPDATE secrets SET wrapped = 'named' WHERE name = :name").bindparams(
                    name=NAMED
                )
            )
        for use in (
            lambda: rewrap(both, BOTH),
            lambda: enroll(both, 96),
            filled.ring(both, key_encryption=BOTH).prepare,
        ):
            with pytest.raises(Tampered, match="key encryption"):
                use()


class Meanwhile(Away):
    """A store in which another machine writes something before the first write of this one."""

    def __init__(self, store: Store, do: Callable[[], object]) -> None:
        super().__init__(store)
        self.do: Callable[[], object] | None = do

    @contextmanager
    def write(self) -> Iterator[Transaction]:
        do, self.do = self.do, None
        if do is not None:
            do()
        with self._store.write() as tx:
            yield tx


@pytest.mark.usefixtures("filled")
def test_of_two_machines_with_different_new_keys_one_names_its_own(both: Store, url: str) -> None:
    other = KeyExchange(LocalKeyEncryption(b"o" * 32), FORMER)
    with store_under(url, other) as there:
        store: Any = Meanwhile(there, lambda: rewrap(both, BOTH))
        with pytest.raises(KeyUnavailable, match="meanwhile"):
            rewrap(store, other)
    assert named_in(both).startswith(NEW.mark)
    assert readable(both, enroll(both, 97))
    same: Any = Meanwhile(both, lambda: rewrap(both, BOTH))
    assert rewrap(same, BOTH).left == NOTHING


def test_what_stands_in_the_databases_own_log_is_told(filled: World, both: Store, url: str) -> None:
    with filled.store.read() as tx:
        assert tx.sealed_keys.all()
        found = rewrap(both, BOTH)
    assert found.left == NOTHING
    assert found.scrubbed is not url.startswith("sqlite")
    again = rewrap(both, BOTH)
    assert (again.scrubbed, sum(again.done.values())) == (True, 0)
