"""Characters, principals, mandates, relationships, blocks and the deployment's rules."""

from dataclasses import replace

import pytest
from sqlalchemy import text

from permissions.facts import CameoStatus
from permissions.vocabulary import Standing
from storage.contracts import Store
from storage.database import Database
from storage.errors import AlreadyExists, Conflict, NotFound, StorageError, Tampered
from tests.storage import samples
from tests.storage.samples import MINUTE, NOW


def test_optional_fields_come_back_empty(store: Store) -> None:
    character = samples.character(decided_by=None, decided_at=None, note=None)
    principal = samples.principal(
        standing_reason=None, age_band=None, birth_date=None, vouched_until=None, deceased_at=None
    )
    mandate = samples.mandate(revoked_at=None, revoked_by=None, revocation_reason=None)
    cameo = samples.cameo(kind="character", enrollment_id=None)
    with store.write() as tx:
        tx.characters.add(character)
        tx.principals.add(principal)
        tx.mandates.add(mandate)
        tx.cameos.add(cameo)
    with store.read() as tx:
        assert tx.characters.get("cam_7") == character
        assert tx.principals.find("user:alice") == principal
        assert tx.mandates.get("man_1") == mandate
        assert tx.cameos.get("cam_1") == cameo


def test_a_taken_id_or_handle_is_refused_and_the_transaction_goes_on(store: Store) -> None:
    with store.write() as tx:
        tx.characters.add(samples.character())
        tx.principals.add(samples.principal())
        tx.mandates.add(samples.mandate())
    with store.write() as tx:
        with pytest.raises(AlreadyExists):
            tx.characters.add(samples.character(handle="other"))
        with pytest.raises(AlreadyExists):
            tx.characters.add(samples.character(id="cam_8"))
        with pytest.raises(AlreadyExists):
            tx.principals.add(samples.principal(age_band=None))
        with pytest.raises(AlreadyExists):
            tx.mandates.add(samples.mandate(represented="user:mallory"))
        tx.characters.add(samples.character(id="cam_8", handle="other", underlying=()))
    with store.read() as tx:
        assert tx.characters.get("cam_7") == samples.character()
        assert tx.principals.find("user:alice") == samples.principal()
        assert tx.mandates.get("man_1") == samples.mandate()
        # a refused character left nothing behind
        assert [each.id for each in tx.characters.resting_on("cam_1")] == ["cam_7"]


@pytest.mark.parametrize("wrong", ["7", '"cam_1"', "{}", "[7]", '["cam_1"]', "null"])
def test_a_list_that_is_none_is_tampered_with(url: str, store: Store, wrong: str) -> None:
    with store.write() as tx:
        tx.characters.add(samples.character())
    database = Database(url)
    with database.write() as statements:
        statements.run(text(f"UPDATE characters SET underlying = '{wrong}'"))  # noqa: S608 (from here)
    database.close()
    with store.read() as tx, pytest.raises(Tampered):
        tx.characters.get("cam_7")


def test_what_is_not_there(store: Store) -> None:
    with store.read() as tx:
        assert tx.characters.find("x") is None
        assert tx.characters.named("x") is None
        assert tx.principals.find("x") is None
        assert tx.deployment.current() is None
        assert tx.deployment.history(limit=9) == []
        assert tx.mandates.of("x") == tx.mandates.held_by("x") == []
        for get in (tx.characters.get, tx.characters.history, tx.mandates.get):
            with pytest.raises(NotFound, match="`x`"):
                get("x")
    with store.write() as tx:
        with pytest.raises(NotFound):
            tx.characters.save(samples.character())
        with pytest.raises(NotFound):
            tx.principals.save(samples.principal())
        with pytest.raises(NotFound):
            tx.mandates.save(samples.mandate())


def test_a_save_needs_the_stored_version(store: Store) -> None:
    with store.write() as tx:
        tx.principals.add(samples.principal())
        tx.mandates.add(samples.mandate(revoked_at=None))
        known = tx.principals.save(samples.principal(standing=Standing.ACTIVE))
        ended = tx.mandates.save(samples.mandate(revoked_at=NOW))
        assert (known.version, ended.version) == (2, 2)
        for stale in (1, 3):
            with pytest.raises(Conflict):
                tx.principals.save(samples.principal(version=stale))
            with pytest.raises(Conflict):
                tx.mandates.save(samples.mandate(version=stale))
    with store.read() as tx:
        assert tx.principals.find("user:alice") == known
        assert tx.mandates.get("man_1") == ended


def test_a_character_keeps_its_history(store: Store) -> None:
    with store.write() as tx:
        tx.characters.add(samples.character())
        second = tx.characters.save(samples.character(name="Captain Pepper", handle="pepper"))
        third = tx.characters.save(replace(second, decided_at=NOW + MINUTE, note="well"))
        with pytest.raises(Conflict):
            tx.characters.save(second)
    with store.read() as tx:
        assert tx.characters.get("cam_7") == tx.characters.named("pepper") == third
        assert tx.characters.history("cam_7") == [samples.character(), second, third]
        assert tx.characters.named("captain-salt") is None


def test_a_taken_handle_is_refused_on_saving_and_the_transaction_goes_on(store: Store) -> None:
    other = samples.character(id="cam_8", handle="pepper")
    with store.write() as tx:
        tx.characters.add(samples.character())
        tx.characters.add(other)
        with pytest.raises(AlreadyExists, match="`captain-salt`"):
            tx.characters.save(replace(other, handle="captain-salt"))
        renamed = tx.characters.save(replace(other, name="Pepper"))
    with store.read() as tx:
        assert tx.characters.history("cam_8") == [other, renamed]


def test_characters_are_found_by_what_they_rest_on_now(store: Store) -> None:
    face = {"cameo_id": "cam_1", "facets": ["face"]}
    voice = {"cameo_id": "cam_1", "facets": ["voice"]}
    other = {"cameo_id": "cam_2", "facets": ["face"]}
    with store.write() as tx:
        tx.characters.add(samples.character(id="cam_9", handle="9", underlying=(face, voice)))
        tx.characters.add(samples.character(id="cam_8", handle="8", underlying=(other,)))
        tx.characters.add(samples.character(underlying=()))
        tx.characters.save(samples.character(id="cam_8", handle="8", underlying=(face, other)))
        tx.characters.save(samples.character(underlying=(other,)))
        tx.characters.save(samples.character(version=2, underlying=()))
    with store.read() as tx:
        assert [each.id for each in tx.characters.resting_on("cam_1")] == ["cam_8", "cam_9"]
        assert [each.id for each in tx.characters.resting_on("cam_2")] == ["cam_8"]
        assert tx.characters.resting_on("cam_3") == []


def test_characters_awaiting_review_are_those_whose_cameo_is_pending(store: Store) -> None:
    pending, active = CameoStatus.PENDING, CameoStatus.ACTIVE
    with store.write() as tx:
        for id, status in (("c_3", pending), ("c_1", pending), ("c_2", active), ("c_4", pending)):
            tx.characters.add(samples.character(id=id, handle=id))
            tx.cameos.add(samples.cameo(id=id, kind="character", status=status, enrollment_id=None))
        tx.cameos.add(samples.cameo(id="c_0", status=pending))
    with store.read() as tx:
        first = tx.characters.awaiting_review(limit=2)
        rest = tx.characters.awaiting_review(limit=2, after=first[-1].id)
    assert [each.id for each in first] == ["c_1", "c_3"]
    assert [each.id for each in rest] == ["c_4"]


def test_active_cameos_of_a_kind_come_in_pages(store: Store) -> None:
    with store.write() as tx:
        for id in ("cam_c", "cam_a", "cam_b"):
            tx.cameos.add(samples.cameo(id=id))
        tx.cameos.add(samples.cameo(id="cam_d", kind="character", enrollment_id=None))
        tx.cameos.add(samples.cameo(id="cam_e", status=CameoStatus.SUSPENDED))
    with store.read() as tx:
        first = tx.cameos.active("person", limit=2)
        rest = tx.cameos.active("person", limit=2, after=first[-1].id)
        assert [each.id for each in first + rest] == ["cam_a", "cam_b", "cam_c"]
        assert [each.id for each in tx.cameos.active("character", limit=9)] == ["cam_d"]


def test_mandates_are_found_from_either_side(store: Store) -> None:
    with store.write() as tx:
        tx.mandates.add(samples.mandate(id="man_3", revoked_at=None))
        tx.mandates.add(samples.mandate(id="man_1"))
        tx.mandates.add(samples.mandate(id="man_2", representative="user:dad"))
        tx.mandates.add(samples.mandate(id="man_4", represented="user:carol"))
    with store.read() as tx:
        assert [each.id for each in tx.mandates.of("user:alice")] == ["man_1", "man_2", "man_3"]
        assert [each.id for each in tx.mandates.held_by("user:mum")] == ["man_1", "man_3", "man_4"]


def test_a_pair_is_mutual_both_ways_and_counted_once(store: Store) -> None:
    with store.write() as tx:
        assert tx.relationships.add([("user:a", "user:b")], now=NOW) == 1
        again = [("user:b", "user:a"), ("user:a", "user:c"), ("user:c", "user:a")]
        assert tx.relationships.add(again, now=NOW) == 1
        assert tx.relationships.add([], now=NOW) == 0
    with store.read() as tx:
        assert tx.relationships.are_mutual("user:a", "user:b")
        assert tx.relationships.are_mutual("user:b", "user:a")
        assert not tx.relationships.are_mutual("user:b", "user:c")
        assert tx.relationships.of("user:a", limit=9) == ["user:b", "user:c"]
        assert tx.relationships.of("user:a", limit=1) == ["user:b"]
        assert tx.relationships.of("user:a", limit=9, after="user:b") == ["user:c"]
        assert tx.relationships.of("user:b", limit=9) == ["user:a"]


def test_pairs_that_are_removed_are_told_once_and_gone_both_ways(store: Store) -> None:
    with store.write() as tx:
        tx.relationships.add([("user:a", "user:b"), ("user:a", "user:c")], now=NOW)
    gone = [("user:x", "user:y"), ("user:b", "user:a"), ("user:a", "user:b")]
    with store.write() as tx:
        assert tx.relationships.remove(gone) == [("user:b", "user:a")]
        assert tx.relationships.remove(gone) == []
        assert tx.relationships.remove([]) == []
    with store.read() as tx:
        assert tx.relationships.of("user:a", limit=9) == ["user:c"]
        assert tx.relationships.of("user:b", limit=9) == []


def test_a_long_list_of_pairs_is_stored_and_removed_whole(store: Store) -> None:
    pairs = [("user:star", f"user:{number:04}") for number in range(1200)]
    with store.write() as tx:
        assert tx.relationships.add(pairs, now=NOW) == 1200
        assert tx.relationships.add(pairs, now=NOW) == 0
        assert tx.relationships.remove(pairs[100:]) == pairs[100:]
    with store.read() as tx:
        assert len(tx.relationships.of("user:star", limit=5000)) == 100


def test_nobody_is_mutual_with_itself(store: Store) -> None:
    with store.write() as tx:
        with pytest.raises(StorageError, match="`user:a`"):
            tx.relationships.add([("user:b", "user:c"), ("user:a", "user:a")], now=NOW)
        assert tx.relationships.of("user:b", limit=9) == []


def test_a_block_is_there_once_until_it_is_removed(store: Store) -> None:
    with store.write() as tx:
        assert tx.blocks.add(samples.block())
        assert not tx.blocks.add(samples.block(created_by="key_2"))
        assert tx.blocks.add(samples.block(blocked="user:eve"))
        assert tx.blocks.add(samples.block(owner="user:mallory", blocked="user:alice"))
    with store.write() as tx:
        assert tx.blocks.all_of("user:alice") == {"user:mallory", "user:eve"}
        first = tx.blocks.of("user:alice", limit=1)
        assert [each.blocked for each in first] == ["user:eve"]
        assert tx.blocks.of("user:alice", limit=9, after="user:eve") == [samples.block()]
        assert tx.blocks.remove("user:alice", "user:mallory")
        assert not tx.blocks.remove("user:alice", "user:mallory")
        assert tx.blocks.all_of("user:alice") == {"user:eve"}
        assert tx.blocks.all_of("user:mallory") == {"user:alice"}
        assert tx.blocks.all_of("user:nobody") == frozenset()


def test_versions_of_the_deployments_rules_are_appended_without_a_gap(store: Store) -> None:
    second = samples.deployment(version=2, document={})
    with store.write() as tx:
        with pytest.raises(Conflict):
            tx.deployment.append(second)
        tx.deployment.append(samples.deployment())
        tx.deployment.append(second)
        for wrong in (1, 2, 4):
            with pytest.raises(Conflict):
                tx.deployment.append(replace(second, version=wrong))
    with store.read() as tx:
        assert tx.deployment.current() == second
        assert tx.deployment.history(limit=9) == [samples.deployment(), second]
        assert tx.deployment.history(limit=1) == [samples.deployment()]
        assert tx.deployment.history(limit=9, after=1) == [second]


def test_sublicences_and_grants_to_somebody_come_in_pages(store: Store) -> None:
    with store.write() as tx:
        tx.grants.add(samples.grant(id="gra_0", parent=None))
        for id in ("gra_3", "gra_1", "gra_2"):
            tx.grants.add(samples.grant(id=id, cameo_id=f"cam_{id}"))
        tx.grants.add(samples.grant(id="gra_4", grantee="user:carol", parent="gra_1"))
        below = tx.grants.get("gra_2")
        tx.grants.save(replace(below, revoked_at=NOW))
    with store.read() as tx:
        first = tx.grants.below("gra_0", limit=2)
        rest = tx.grants.below("gra_0", limit=2, after=first[-1].id)
        assert [each.id for each in first + rest] == ["gra_1", "gra_2", "gra_3"]
        mine = tx.grants.to("user:bob", limit=3)
        more = tx.grants.to("user:bob", limit=3, after=mine[-1].id)
        assert [each.id for each in mine + more] == ["gra_0", "gra_1", "gra_2", "gra_3"]
        assert tx.grants.history("gra_2")[0] == below
