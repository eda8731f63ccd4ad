"""Withdrawals that somebody altered, deleted or undid are missed by name, and can be said again."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlmodel import col, delete

from cameo_service.offline.keys import certified_keys
from storage.algorithms import Algorithm, new_private_key
from storage.errors import Tampered
from storage.keyring.withdrawing import WithdrawalRefused
from storage.keys import Purpose
from storage.local.root import LocalRoot
from storage.revocations import Revocation
from storage.tables import SigningKeyRow
from tests.storage.keyring.stolen import STOLEN, change, refuses, root_of, rows
from tests.storage.keyring.world import World, kid_of, kids, statements_of


def test_an_altered_or_forged_withdrawal_is_named_and_nothing_is_signed(world: World) -> None:
    ring = world.prepared()
    stolen, honest = kid_of(ring), kid_of(ring, Purpose.GRANT)
    ring.withdraw(stolen, reason=STOLEN)
    token = rows(world)[stolen].revocation
    assert token is not None
    header, payload, signature = token.split(".")
    flipped = ("A" if payload[5] != "A" else "B").join((payload[:5], payload[6:]))
    for altered in (".".join((header, flipped, signature)), "", "a.b.c"):
        change(world, stolen, revocation=altered)
        refuses(ring, world, f"`{stolen}`.*withdrawal")
    change(world, stolen, revocation=token)
    world.advance(6)
    assert kid_of(ring) != stolen
    # nobody withdraws another key with it, nor with a root of their own
    thief = LocalRoot(new_private_key(Algorithm.EDDSA))
    record = rows(world)[honest]
    forged = Revocation(
        kid=honest,
        purpose="grant",
        public_key=ring.signing_key(Purpose.GRANT).public.public_key,
        stated_at=world.now,
        revoked_at=world.now,
        reason="compromised",
    ).signed(thief.public_key, sign=thief.sign)
    for put in (token, forged):
        change(world, honest, revocation=put)
        refuses(ring, world, f"`{honest}`.*withdrawal")
    change(world, honest, revocation=record.revocation)
    world.advance(6)
    assert kid_of(ring, Purpose.GRANT) == honest


def test_a_deleted_withdrawal_is_missed_and_can_be_said_again(world: World) -> None:
    ring = world.prepared()
    stolen = kid_of(ring)
    ring.withdraw(stolen, reason=STOLEN)
    following = kid_of(ring)
    since = world.heard.revocations[stolen].revoked_at
    change(world, stolen, revocation=None)
    refuses(ring, world, f"withdrawal of signing key `{stolen}` is missing.*`{following}`")
    with pytest.raises(Tampered, match=stolen):
        ring.rotate([Purpose.PERMIT])
    with pytest.raises(Tampered, match=stolen):
        ring.withdraw(kid_of(world.ring(), Purpose.GRANT), reason=STOLEN)
    # not as of a later moment than the one that is missing
    with pytest.raises(WithdrawalRefused) as raised:
        world.ring().withdraw(stolen, reason=STOLEN, since=world.now)
    assert raised.value.code == "withdrawn_earlier"
    world.ring().withdraw(stolen, reason=STOLEN)
    assert kid_of(world.prepared()) == following
    assert world.heard.revocations[stolen].revoked_at == since
    assert world.prepared().audit()


def test_a_retirement_that_is_undone_has_no_withdrawn_key_sign(world: World) -> None:
    ring = world.prepared()
    stolen = kid_of(ring)
    ring.withdraw(stolen, reason=STOLEN)
    following = kid_of(ring)
    change(world, stolen, retired_at=None)
    world.advance(6)
    assert kid_of(ring) == kid_of(world.prepared()) == following
    with world.store.write() as tx:
        statements_of(tx).run(delete(SigningKeyRow).where(col(SigningKeyRow.kid) == following))
    refuses(ring, world, f"`{stolen}`.*follows it is missing")


def test_who_puts_every_row_of_before_back_is_found_by_an_audit(world: World) -> None:
    ring = world.prepared()
    stolen = kid_of(ring)
    ring.withdraw(stolen, reason=STOLEN)
    following = kid_of(ring)
    with world.store.write() as tx:
        statements_of(tx).run(delete(SigningKeyRow).where(col(SigningKeyRow.kid) == following))
    change(world, stolen, revocation=None, retired_at=None)
    world.advance(6)
    # what the documents say: this much a look at the ring cannot tell
    assert kid_of(ring) == stolen
    with pytest.raises(Tampered, match=f"{stolen}|{following}"):
        ring.audit()


def test_an_older_withdrawal_that_is_put_back_is_missed(world: World) -> None:
    ring = world.prepared()
    stolen = kid_of(ring)
    ring.withdraw(stolen, reason=STOLEN)
    later = rows(world)[stolen].revocation
    ring.withdraw(stolen, reason=STOLEN, since=world.now - timedelta(days=3))
    document = ring.root_document()
    for shown in ([later, *document["revocations"]], [*document["revocations"], later]):
        found = certified_keys({**document, "revocations": shown}, root=root_of(world))
        assert found[stolen].revoked_at == ring.withdrawn_keys()[0].revoked_at
    change(world, stolen, revocation=later)
    refuses(ring, world, f"withdrawal of signing key `{stolen}` is missing")


def test_the_log_and_the_rows_are_compared(world: World) -> None:
    ring = world.prepared()
    stolen = kid_of(ring)
    ring.withdraw(stolen, reason=STOLEN)
    said = world.heard.revocations[stolen]
    for other in (replace(said, revoked_at=said.revoked_at - timedelta(days=1)), None):
        if other is None:
            del world.heard.revocations[stolen]
        else:
            world.heard.revocations[stolen] = other
        with pytest.raises(Tampered, match=f"withdrawal of signing key `{stolen}`.*consent log"):
            ring.audit()


def test_several_deleted_withdrawals_are_said_again_one_after_another(world: World) -> None:
    ring = world.prepared()
    stolen = {purpose: kid_of(ring, purpose) for purpose in (Purpose.PERMIT, Purpose.GRANT)}
    for kid in stolen.values():
        ring.withdraw(kid, reason=STOLEN, since=world.now - timedelta(days=1))
    # as who takes the schema back and up again does
    for kid in stolen.values():
        change(world, kid, revocation=None)
    refuses(ring, world, "is missing")
    mender = world.ring()
    # the one is there again, and the other one is named, which is still missing
    with pytest.raises(Tampered, match=f"`{stolen[Purpose.GRANT]}` is missing"):
        mender.withdraw(stolen[Purpose.PERMIT], reason=STOLEN)
    assert rows(world)[stolen[Purpose.PERMIT]].revocation is not None
    mender.withdraw(stolen[Purpose.GRANT], reason=STOLEN)
    mended = world.prepared()
    assert not set(stolen.values()) & set(kids(mended))
    assert mended.audit()
    # which opens no door: what is not missing itself is not withdrawn meanwhile
    for kid in stolen.values():
        change(world, kid, revocation=None)
    before = rows(world)
    with pytest.raises(Tampered, match="is missing"):
        world.ring().withdraw(kid_of(mended, Purpose.RECEIPT), reason=STOLEN)
    assert rows(world) == before


def test_a_retirement_that_was_undone_before_leaves_no_purpose_without_a_key(world: World) -> None:
    ring = world.prepared()
    former = kid_of(ring)
    ring.rotate([Purpose.PERMIT])
    world.advance(31)
    stolen = kid_of(ring)
    change(world, former, retired_at=None)
    world.advance(6)
    world.prepared().withdraw(stolen, reason=STOLEN)
    world.advance(6)
    for each in (ring, world.prepared()):
        assert kid_of(each) not in (former, stolen)


def test_another_root_repeats_a_withdrawal_that_was_deleted(world: World) -> None:
    ring = world.prepared()
    stolen = kid_of(ring)
    since = world.now - timedelta(days=1)
    ring.withdraw(stolen, reason=STOLEN, since=since)
    change(world, stolen, revocation=None)
    world.root = LocalRoot(new_private_key(Algorithm.ES256))
    ring = world.ring()
    ring.recertify()
    assert [each.public.kid for each in ring.withdrawn_keys()] == [stolen]
    assert ring.withdrawn_keys()[0].revoked_at == since.replace(microsecond=0)
    assert kid_of(ring) != stolen
    assert ring.audit()


def test_of_two_keys_of_one_purpose_neither_comes_back_when_both_withdrawals_were_deleted(
    world: World,
) -> None:
    ring = world.prepared()
    first = kid_of(ring)
    ring.withdraw(first, reason=STOLEN)
    second = kid_of(ring)
    ring.withdraw(second, reason=STOLEN)
    last = kid_of(ring)
    for one, other in ((first, second), (second, first)):
        for kid in (first, second):
            change(world, kid, revocation=None)
        with pytest.raises(Tampered, match=f"`{other}` is missing"):
            world.ring().withdraw(one, reason=STOLEN)
        # the certificate that was made anew still names the one that is missing
        refuses(ring, world, f"`{other}` is missing")
        world.ring().withdraw(other, reason=STOLEN)
        mended = world.prepared()
        assert kid_of(mended) == last
        assert not {first, second} & set(kids(mended))
        assert mended.audit()
