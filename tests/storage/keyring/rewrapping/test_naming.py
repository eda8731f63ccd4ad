"""The database names the key-encryption key that it is wrapped under: who may, and who may not."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import text

from storage.contracts import Store, Transaction
from storage.errors import KeyUnavailable, Tampered
from storage.keyring.exchange import KeyExchange
from storage.keyring.rewrapping import left, rewrap
from storage.keys import Purpose
from storage.local.key_encryption import LocalKeyEncryption
from storage.wrapping import NAMED, secret_context
from tests.storage.keyring.rewrapping.exchanged import (
    BOTH,
    FORMER,
    NEW,
    NOTHING,
    Dying,
    Killed,
    enroll,
    named_in,
    readable,
    store_under,
    unname,
)
from tests.storage.keyring.world import Away, World, kids, statements_of


@pytest.mark.usefixtures("filled")
def test_a_key_that_opens_nothing_here_is_not_named(both: Store, url: str) -> None:
    rewrap(both, BOTH)
    stranger = LocalKeyEncryption(bytes(32))
    with store_under(url, stranger) as store, pytest.raises(Tampered):
        rewrap(store, stranger)
    assert readable(both, enroll(both, 70))


def test_a_damaged_name_of_the_key_is_refused(filled: World, both: Store) -> None:
    rewrap(both, BOTH)
    with both.write() as tx:
        tx.sealed_keys.put_secret("key encryption", b"damaged")
    with pytest.raises(Tampered, match="key encryption"):
        enroll(both, 90)
    with pytest.raises(Tampered, match="key encryption"):
        kids(filled.ring(both, key_encryption=BOTH))


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
