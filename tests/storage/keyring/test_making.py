"""The ring of signing keys in the store: made once, and shared."""

import threading

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from storage.algorithms import Algorithm, public_from_jwk, sign, thumbprint, verify
from storage.certificates import certified_by
from storage.errors import KeyUnavailable, Tampered
from storage.keyring.making import Former
from storage.keyring.stable import AUTHZEN, FACE_INDEX
from storage.keys import Purpose, SigningKey
from tests.storage.conftest import OpenStore
from tests.storage.keyring.world import (
    World,
    kid_of,
    kids,
)


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
    assert len({ring.secret(AUTHZEN) for ring in rings}) == 1


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
    one, two = ring.secret(FACE_INDEX), ring.secret(AUTHZEN)
    assert len(one) == 32
    assert one != two
    ring.rotate(list(Purpose))
    world.advance(31)
    assert world.ring(opened()).secret(FACE_INDEX) == one
    with world.store.write() as tx:
        tx.sealed_keys.put_secret(FACE_INDEX, tx.sealed_keys.secret(AUTHZEN) or b"")
    with pytest.raises(Tampered, match=f"`{FACE_INDEX}`"):
        world.ring(opened()).secret(FACE_INDEX)


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
