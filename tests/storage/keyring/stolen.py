"""A stolen key in the ring: its row, what somebody does to it, and that nothing is signed then."""

from typing import Any

import pytest
from sqlmodel import col, update

from storage.algorithms import thumbprint
from storage.errors import Tampered
from storage.keyring.ring import KeyRing
from storage.records import SigningKeyRecord
from storage.revocations import Reason
from storage.tables import SigningKeyRow
from tests.storage.keyring.world import World, kid_of, statements_of

STOLEN = Reason.COMPROMISED


def rows(world: World) -> dict[str, SigningKeyRecord]:
    with world.store.read() as tx:
        return {each.kid: each for each in tx.sealed_keys.all()}


def change(world: World, kid: str, **values: Any) -> None:
    with world.store.write() as tx:
        row = update(SigningKeyRow).where(col(SigningKeyRow.kid) == kid)
        assert statements_of(tx).run(row.values(**values)).rowcount == 1


def refuses(ring: KeyRing, world: World, why: str) -> None:
    """Nothing is signed, by who knew the keys before or by who starts now."""
    world.advance(6)
    for ask in (lambda: kid_of(ring), ring.public_keys, world.prepared):
        with pytest.raises(Tampered, match=why):
            ask()


def root_of(world: World) -> str:
    return thumbprint(world.root.public_key)
