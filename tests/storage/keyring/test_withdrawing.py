"""Keys that are withdrawn: they sign and verify no more, and nobody but the root can say so."""

from datetime import timedelta

import pytest
from sqlmodel import col, delete

from cameo_service.offline.errors import NotProven
from cameo_service.offline.keys import certified_keys
from storage.algorithms import Algorithm, new_private_key
from storage.errors import KeyUnavailable, NotFound, Tampered
from storage.keyring.withdrawing import WithdrawalRefused
from storage.keys import Purpose
from storage.local.root import LocalRoot
from storage.revocations import Reason
from storage.tables import SigningKeyRow
from tests.storage.keyring.stolen import STOLEN, change, refuses, root_of, rows
from tests.storage.keyring.world import World, kid_of, kids, statements_of


def test_a_withdrawn_key_signs_no_more_and_another_signs_at_once(world: World) -> None:
    ring, other = world.prepared(), world.prepared()
    stolen = kid_of(ring)
    keys = ring.withdraw(stolen, reason=STOLEN)
    assert keys[0].kid == stolen
    following = kid_of(ring)
    assert following == keys[1].kid != stolen
    # another process sees it when it looks at the ring next
    assert kid_of(other) == stolen
    world.advance(6)
    for each in (ring, other, world.prepared()):
        assert kid_of(each) == following
        assert stolen not in kids(each)
        (withdrawn,) = each.withdrawn_keys()
        assert (withdrawn.public.kid, withdrawn.reason) == (stolen, "compromised")
        assert withdrawn.revoked_at == world.heard.revocations[stolen].revoked_at
    assert world.heard.events[-3:] == [
        ("withdrawn", stolen),
        ("retired", stolen),
        ("certified", following),
    ]
    assert len(ring.audit()) == len(Purpose) + 1


def test_a_clock_that_is_behind_brings_no_retired_key_back(world: World) -> None:
    ring = world.prepared()
    ring.rotate([Purpose.PERMIT])
    world.advance(60)
    ring.withdraw(kid_of(ring), reason=STOLEN)
    following = kid_of(ring)
    behind = world.prepared(clock=lambda: world.now - timedelta(seconds=3))
    assert kid_of(behind) == following


def test_what_is_published_names_the_withdrawal(world: World) -> None:
    ring = world.prepared()
    stolen = kid_of(ring)
    since = world.now - timedelta(days=1)
    ring.withdraw(stolen, reason=STOLEN, since=since)
    document = ring.root_document()
    found = certified_keys(document, root=root_of(world))
    assert found[stolen].revoked_at == since.replace(microsecond=0)
    assert found[kid_of(ring)].revoked_at is None
    assert len(document["certificates"]) == len(Purpose)
    for hidden in ({**document, "revocations": []}, {**document, "revocations": ["a.b.c"]}):
        with pytest.raises(NotProven) as raised:
            certified_keys(hidden, root=root_of(world))
        assert raised.value.code in ("revocation_missing", "revocation_wrong")
    # the certificate from before does not bring it back
    before = {
        **document,
        "certificates": [*document["certificates"], rows(world)[stolen].certificate],
    }
    assert certified_keys(before, root=root_of(world))[stolen].revoked_at is not None


def test_rotation_goes_on_and_every_later_certificate_names_the_withdrawal(world: World) -> None:
    ring = world.prepared()
    stolen = kid_of(ring)
    ring.withdraw(stolen, reason=STOLEN)
    (next_,) = ring.rotate([Purpose.PERMIT])
    assert list(next_.names) == [stolen]
    world.advance(31)
    assert kid_of(ring) == next_.kid
    with world.store.write() as tx:
        others = col(SigningKeyRow.kid) != next_.kid
        purpose = col(SigningKeyRow.purpose) == "permit"
        statements_of(tx).run(delete(SigningKeyRow).where(others, purpose))
    refuses(ring, world, f"withdrawal of signing key `{stolen}` is missing")


def test_a_key_that_does_not_sign_yet_is_replaced_in_its_place(world: World) -> None:
    ring = world.prepared()
    signing = kid_of(ring)
    (next_,) = ring.rotate([Purpose.PERMIT])
    keys = ring.withdraw(next_.kid, reason=STOLEN)
    last = keys[-1]
    assert kid_of(ring) == signing
    assert last.active_from == next_.active_from
    world.advance(31)
    assert kid_of(ring) == kid_of(world.prepared()) == last.kid
    assert signing in kids(ring)


def test_the_key_that_follows_already_signs_at_once(world: World) -> None:
    ring = world.prepared()
    signing = kid_of(ring)
    (next_,) = ring.rotate([Purpose.PERMIT])
    assert len(ring.withdraw(signing, reason=STOLEN)) == 2
    assert kid_of(ring) == kid_of(world.prepared()) == next_.kid


def test_a_retired_key_is_withdrawn_and_no_other_is_made(world: World) -> None:
    ring = world.prepared()
    retired = kid_of(ring)
    ring.rotate([Purpose.PERMIT])
    world.advance(31)
    signing = kid_of(ring)
    assert len(ring.withdraw(retired, reason=STOLEN)) == 2
    assert kid_of(ring) == signing
    assert retired not in kids(ring)
    change(world, retired, revocation=None)
    refuses(ring, world, f"withdrawal of signing key `{retired}` is missing")


@pytest.mark.parametrize("purpose", [Purpose.LOG, Purpose.IDENTITY])
def test_any_purpose(world: World, purpose: Purpose) -> None:
    ring = world.prepared(algorithm=Algorithm.ES256)
    stolen = kid_of(ring, purpose)
    ring.withdraw(stolen, reason=Reason.SUPERSEDED)
    assert ring.signing_key(purpose).kid != stolen
    assert (ring.signing_key(purpose).algorithm is Algorithm.EDDSA) == (purpose is Purpose.LOG)


def test_saying_it_again_changes_nothing_and_only_earlier_is_taken(world: World) -> None:
    ring = world.prepared()
    stolen = kid_of(ring)
    ring.withdraw(stolen, reason=STOLEN)
    before, events = rows(world), list(world.heard.events)
    world.advance(60)
    for reason in (STOLEN, Reason.SUPERSEDED):
        ring.withdraw(stolen, reason=reason)
    ring.withdraw(stolen, reason=STOLEN, since=world.heard.revocations[stolen].revoked_at)
    assert (rows(world), world.heard.events) == (before, events)
    earlier = world.now - timedelta(days=2)
    ring.withdraw(stolen, reason=STOLEN, since=earlier)
    assert ring.withdrawn_keys()[0].revoked_at == earlier.replace(microsecond=0)
    assert set(rows(world)) == set(before)
    with pytest.raises(WithdrawalRefused) as raised:
        ring.withdraw(stolen, reason=STOLEN, since=world.now)
    assert raised.value.code == "withdrawn_earlier"
    assert ring.audit()


def test_what_makes_no_sense_is_refused(world: World) -> None:
    ring = world.prepared()
    before = rows(world)
    with pytest.raises(NotFound, match="no signing key `nobody`"):
        ring.withdraw("nobody", reason=STOLEN)
    with pytest.raises(WithdrawalRefused) as raised:
        ring.withdraw(root_of(world), reason=STOLEN)
    assert raised.value.code == "key_is_the_root"
    with pytest.raises(WithdrawalRefused) as raised:
        ring.withdraw(kid_of(ring), reason=STOLEN, since=world.now + timedelta(seconds=2))
    assert raised.value.code == "withdrawn_in_future"
    assert rows(world) == before


def test_without_the_root_nothing_is_changed(world: World) -> None:
    class AwayRoot(LocalRoot):
        def sign(self, message: bytes) -> bytes:
            assert message
            raise KeyUnavailable("the key service is away")

    ring = world.prepared()
    stolen, before, events = kid_of(ring), rows(world), list(world.heard.events)
    away = world.ring(root=AwayRoot(world.root._private))
    with pytest.raises(KeyUnavailable, match="away"):
        away.withdraw(stolen, reason=STOLEN)
    assert (rows(world), world.heard.events) == (before, events)
    assert kid_of(world.prepared()) == stolen


def test_another_root_repeats_the_withdrawals(world: World) -> None:
    ring = world.prepared()
    stolen = kid_of(ring)
    since = world.now - timedelta(days=1)
    ring.withdraw(stolen, reason=STOLEN, since=since)
    world.root = LocalRoot(new_private_key(Algorithm.ES256))
    ring = world.ring()
    ring.recertify()
    assert ring.withdrawn_keys()[0].revoked_at == since.replace(microsecond=0)
    found = certified_keys(ring.root_document(), root=root_of(world))
    assert found[stolen].revoked_at is not None
    assert ring.audit()
    world.root = LocalRoot(new_private_key(Algorithm.ES256))
    del world.heard.revocations[stolen]
    with pytest.raises(Tampered, match=f"`{stolen}` is not withdrawn as"):
        world.ring().recertify()
