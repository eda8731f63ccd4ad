"""Keys that are withdrawn: they sign and verify no more, and nobody but the root can say so."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import col, delete, update

from cameo_service.offline.errors import NotProven
from cameo_service.offline.keys import certified_keys
from storage.algorithms import Algorithm, new_private_key, thumbprint
from storage.errors import KeyUnavailable, NotFound, Tampered
from storage.keyring.ring import KeyRing
from storage.keyring.withdrawing import WithdrawalRefused
from storage.keys import Purpose
from storage.local.root import LocalRoot
from storage.records import SigningKeyRecord
from storage.revocations import Reason, Revocation
from storage.tables import SigningKeyRow
from tests.storage.keyring.world import World, kid_of, kids, statements_of

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
