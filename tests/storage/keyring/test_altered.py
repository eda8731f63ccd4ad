"""Rows of the ring that somebody altered, added or took away are refused by name."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from storage.algorithms import Algorithm, new_private_key
from storage.errors import StoreUnavailable, Tampered
from storage.keys import Purpose, SigningKey
from storage.local.key_encryption import LocalKeyEncryption
from storage.local.root import LocalRoot
from storage.records import SigningKeyRecord
from storage.tables import SigningKeyRow
from tests.storage.keyring.world import NOON, WRAPPING, Away, World, altered, flipped, kid_of, kids


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


def test_an_altered_row_stays_refused_while_the_store_is_away(world: World) -> None:
    store = Away(world.store)
    ring = world.ring(store)
    ring.prepare()
    kid = altered(world, ALTERED["algorithm"])
    world.advance(6)
    with pytest.raises(Tampered, match=kid):
        kid_of(ring)
    store.error = StoreUnavailable("away")
    world.advance(6)
    for ask in (lambda: kid_of(ring), ring.public_keys):
        with pytest.raises(Tampered, match=kid):
            ask()


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
