"""Rows of the ring that somebody deleted are missed, by name, and nothing takes their place."""

from datetime import timedelta

import pytest
from sqlmodel import col, delete, update

from storage.errors import Tampered
from storage.keyring.stable import AUTHZEN, FACE_INDEX
from storage.keys import Purpose
from storage.records import SigningKeyRecord
from storage.tables import SecretRow, SigningKeyRow
from tests.storage.keyring.world import World, kid_of, kids, statements_of


def delete_key(world: World, kid: str) -> None:
    with world.store.write() as tx:
        statements_of(tx).run(delete(SigningKeyRow).where(col(SigningKeyRow.kid) == kid))


def undo_retirement(world: World, kid: str) -> None:
    with world.store.write() as tx:
        row = update(SigningKeyRow).where(col(SigningKeyRow.kid) == kid)
        statements_of(tx).run(row.values(retired_at=None))


def row_of(world: World, kid: str) -> SigningKeyRecord:
    with world.store.read() as tx:
        (record,) = [each for each in tx.sealed_keys.all() if each.kid == kid]
    return record


@pytest.mark.parametrize("seconds", [0, 31])
def test_a_retired_key_does_not_sign_again_without_the_one_that_follows(
    world: World, seconds: float
) -> None:
    ring = world.prepared()
    retired = kid_of(ring)
    (next_,) = ring.rotate([Purpose.PERMIT])
    row = row_of(world, next_.kid)
    world.advance(seconds)
    delete_key(world, next_.kid)
    world.advance(6)
    for ask in (lambda: kid_of(ring), ring.public_keys, world.prepared):
        with pytest.raises(Tampered, match=f"{retired}.*follows it is missing"):
            ask()
    with pytest.raises(Tampered, match=f"{next_.kid}.*missing"):
        ring.audit()
    with pytest.raises(Tampered, match=retired):
        ring.rotate([Purpose.PERMIT])
    with pytest.raises(Tampered, match=retired):
        ring.rotate_due(every=timedelta(days=90))
    with world.store.write() as tx:
        tx.sealed_keys.add(row)
    world.advance(31)
    assert kid_of(ring) == next_.kid


def test_a_retired_key_in_between_is_missed_by_an_audit(world: World) -> None:
    ring = world.prepared()
    (between,) = ring.rotate([Purpose.PERMIT])
    world.advance(31)
    ring.rotate([Purpose.PERMIT])
    world.advance(31)
    assert len(ring.audit()) == len(Purpose) + 2
    delete_key(world, between.kid)
    world.advance(6)
    assert kid_of(ring)
    with pytest.raises(Tampered, match=f"{between.kid}.*missing"):
        ring.audit()


def test_a_retirement_that_was_undone_is_found_by_an_audit(world: World) -> None:
    ring = world.prepared()
    retired = kid_of(ring)
    (next_,) = ring.rotate([Purpose.PERMIT])
    undo_retirement(world, retired)
    with pytest.raises(Tampered, match=f"{retired}.*not retired any more"):
        ring.audit()
    delete_key(world, next_.kid)
    with pytest.raises(Tampered, match=f"{retired}|{next_.kid}"):
        ring.audit()


def test_no_key_is_made_in_place_of_the_only_one_of_a_purpose(world: World) -> None:
    ring = world.prepared()
    kid = kid_of(ring)
    row = row_of(world, kid)
    delete_key(world, kid)
    with pytest.raises(Tampered, match=f"{kid}.*missing"):
        world.prepared()
    with world.store.write() as tx:
        tx.sealed_keys.add(row)
    assert kid_of(world.prepared()) == kid


def test_no_ring_begins_anew_where_there_was_one(world: World) -> None:
    world.prepared()
    with world.store.write() as tx:
        for table in (SigningKeyRow, SecretRow):
            statements_of(tx).run(delete(table))
    with pytest.raises(Tampered, match="missing"):
        world.prepared()
    with world.store.read() as tx:
        assert tx.sealed_keys.all() == []
        assert tx.sealed_keys.secrets() == set()


def test_a_purpose_that_is_new_gets_a_key_and_no_other_secrets(world: World) -> None:
    ring = world.prepared()
    secret, kid = ring.secret(FACE_INDEX), kid_of(ring)
    delete_key(world, kid)
    del world.heard.purposes[kid]  # as if the purpose came with this release
    ring = world.prepared()
    assert kid_of(ring) != kid
    assert ring.secret(FACE_INDEX) == secret


@pytest.mark.parametrize("name", [FACE_INDEX, AUTHZEN])
def test_a_deleted_secret_is_not_made_again(world: World, name: str) -> None:
    ring = world.prepared()
    with world.store.read() as tx:
        wrapped = tx.sealed_keys.secret(name)
    assert wrapped is not None
    with world.store.write() as tx:
        statements_of(tx).run(delete(SecretRow).where(col(SecretRow.name) == name))
    world.advance(6)
    for ask in (world.prepared, lambda: world.ring().secret(name), lambda: kid_of(ring)):
        with pytest.raises(Tampered, match=f"secret `{name}` is missing"):
            ask()
    with world.store.write() as tx:
        assert name not in tx.sealed_keys.secrets()
        tx.sealed_keys.put_secret(name, wrapped)
    assert len(world.prepared().secret(name)) == 32


def test_of_two_keys_made_within_a_second_the_later_signs(world: World) -> None:
    ring = world.prepared()
    for _ in range(6):
        ring.rotate([Purpose.PERMIT])
        (last,) = ring.rotate([Purpose.PERMIT])
        world.advance(31)
        assert kid_of(ring) == last.kid
    assert len(set(kids(ring))) == len(Purpose) + 12
