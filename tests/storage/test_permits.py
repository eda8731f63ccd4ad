"""Permits, what they reserve, and the uses that come of them."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime

import pytest
from sqlalchemy import text

from storage.contracts import Store
from storage.database import Database
from storage.errors import AlreadyExists, Conflict, NotFound, StorageError
from storage.records import RecallState, Taken, UseState
from tests.storage import samples
from tests.storage.conftest import OpenStore
from tests.storage.samples import MINUTE, NOW

KEY = "grant:gra_1"
LATER = NOW + MINUTE
NOTHING = Taken(count=0, next_release=None)


def taken(store: Store, key: str = KEY, *, now: datetime = NOW) -> Taken:
    with store.read() as tx:
        return tx.reservations.taken(key, now=now)


def test_each_permit_has_an_index_of_its_own(store: Store) -> None:
    with store.write() as tx:
        assert tx.permits.next_index() == 0
        tx.permits.add(samples.permit())
        assert tx.permits.next_index() == 1
        tx.permits.add(samples.permit(id="per_2", status_index=1))
        with pytest.raises(AlreadyExists):
            tx.permits.add(samples.permit(id="per_3", status_index=1))
        assert tx.permits.next_index() == 2
    with store.read() as tx:
        # the refused one left nothing behind
        assert [each.id for each in tx.permits.on_cameo("cam_1", limit=9)] == ["per_1", "per_2"]


def test_writers_at_once_get_indexes_without_a_gap(opened: OpenStore) -> None:
    stores = [opened(), opened()]

    def issue(number: int) -> None:
        with stores[number % 2].write() as tx:
            index = tx.permits.next_index()
            tx.permits.add(samples.permit(id=f"per_{number}", status_index=index))

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(issue, range(24)))
    with stores[0].read() as tx:
        indexes = [each.status_index for each in tx.permits.on_cameo("cam_1", limit=99)]
        assert sorted(indexes) == list(range(24))


def test_a_permit_is_spent_once(store: Store) -> None:
    with store.write() as tx:
        tx.permits.add(samples.permit())
        tx.permits.spend("per_1", use_id="use_1")
        with pytest.raises(Conflict, match="`use_1`"):
            tx.permits.spend("per_1", use_id="use_2")
        with pytest.raises(NotFound, match="`x`"):
            tx.permits.spend("x", use_id="use_2")
    with store.read() as tx:
        assert tx.permits.get("per_1") == samples.permit(use_id="use_1")


def test_revoked_permits_that_would_live_are_found_by_their_place(store: Store) -> None:
    with store.write() as tx:
        for index in range(6):
            changes = {"expires_at": NOW + MINUTE / 2} if index == 3 else {}
            rests_on = (f"grant:{index}", "cameo:cam_1")
            tx.permits.add(
                samples.permit(id=f"per_{index}", status_index=index, rests_on=rests_on, **changes)
            )
        for index in (5, 1, 3, 4):
            tx.permits.revoke_resting_on(f"grant:{index}", now=NOW)
    half = NOW + MINUTE / 2
    with store.read() as tx:
        assert tx.permits.revoked_between(0, 9, now=NOW) == [1, 3, 4, 5]
        assert tx.permits.revoked_between(1, 4, now=NOW) == [1, 3, 4]
        assert tx.permits.revoked_between(2, 3, now=NOW) == [3]
        # one that has ended by itself needs no bit
        assert tx.permits.revoked_between(0, 9, now=half) == [1, 4, 5]
        assert tx.permits.revoked_between(0, 9, now=LATER) == []


def test_revoked_permits_are_read_from_an_index_of_theirs(sqlite_url: str) -> None:
    database = Database(sqlite_url)
    with database.read() as statements:
        plan = statements.run(
            text(
                "EXPLAIN QUERY PLAN SELECT status_index FROM permits WHERE revoked_at IS NOT NULL "
                "AND expires_at > 'x' AND status_index + 0 >= 1 AND status_index + 0 <= 9"
            )
        )
        assert "ix_permits_revoked" in str(plan.fetchall())
    database.close()


def test_permits_on_a_cameo_come_in_pages(store: Store) -> None:
    with store.write() as tx:
        for index, id in enumerate(("per_c", "per_a", "per_b")):
            tx.permits.add(samples.permit(id=id, status_index=index))
        tx.permits.add(samples.permit(id="per_0", status_index=9, rests_on=("grant:gra_1",)))
    with store.read() as tx:
        first = tx.permits.on_cameo("cam_1", limit=2)
        rest = tx.permits.on_cameo("cam_1", limit=2, after=first[-1].id)
        assert [each.id for each in first + rest] == ["per_a", "per_b", "per_c"]
        assert tx.permits.on_cameo("cam_2", limit=2) == []


def test_what_is_reserved_is_taken_until_it_ends(store: Store) -> None:
    assert taken(store) == NOTHING
    with store.write() as tx:
        tx.reservations.reserve(KEY, "per_1", expires_at=LATER)
        tx.reservations.reserve(KEY, "per_2", expires_at=NOW + MINUTE / 2)
        tx.reservations.reserve("approval:app_1", "per_2", expires_at=LATER)
        # a permit is for one use
        tx.reservations.reserve(KEY, "per_1", expires_at=LATER + MINUTE)
    assert taken(store) == Taken(count=2, next_release=NOW + MINUTE / 2)
    assert taken(store, now=NOW + MINUTE / 2) == Taken(count=1, next_release=LATER)
    assert taken(store, now=LATER) == NOTHING
    assert taken(store, "approval:app_1") == Taken(count=1, next_release=LATER)


def test_what_is_committed_stays_taken(store: Store) -> None:
    with store.write() as tx:
        for number in range(3):
            tx.reservations.reserve(KEY, f"per_{number}", expires_at=LATER)
        tx.reservations.reserve("approval:app_1", "per_0", expires_at=LATER)
    with store.write() as tx:
        assert tx.reservations.commit("per_0", now=NOW) == ("approval:app_1", KEY)
        assert tx.reservations.commit("per_0", now=NOW) == ()
        assert tx.reservations.commit("per_1", now=NOW) == (KEY,)
        assert tx.reservations.commit("per_never", now=NOW) == ()
    assert taken(store) == Taken(count=3, next_release=LATER)
    assert taken(store, now=LATER) == Taken(count=2, next_release=None)
    assert taken(store, "approval:app_1", now=LATER) == Taken(count=1, next_release=None)


def test_what_has_ended_cannot_be_committed(store: Store) -> None:
    with store.write() as tx:
        tx.reservations.reserve(KEY, "per_1", expires_at=LATER)
        tx.reservations.reserve("approval:app_1", "per_1", expires_at=LATER + MINUTE)
        # in the very moment of its end somebody else may take its place
        assert tx.reservations.commit("per_1", now=LATER) == ("approval:app_1",)
    assert taken(store) == Taken(count=1, next_release=LATER)
    assert taken(store, now=LATER) == NOTHING


def test_what_is_released_can_be_taken_again(store: Store) -> None:
    with store.write() as tx:
        tx.reservations.reserve(KEY, "per_1", expires_at=LATER)
        tx.reservations.reserve("approval:app_1", "per_1", expires_at=LATER)
        tx.reservations.reserve(KEY, "per_2", expires_at=LATER)
        tx.reservations.commit("per_2", now=NOW)
        assert tx.reservations.release("per_1") == ("approval:app_1", KEY)
        assert tx.reservations.release("per_1") == ()
        # what was used is not given back
        assert tx.reservations.release("per_2") == ()
        assert tx.reservations.commit("per_1", now=NOW) == ()
    assert taken(store) == Taken(count=1, next_release=None)


def test_reservations_that_ended_are_swept(store: Store) -> None:
    with store.write() as tx:
        tx.reservations.reserve(KEY, "per_1", expires_at=NOW - MINUTE)
        tx.reservations.reserve(KEY, "per_2", expires_at=NOW)
        tx.reservations.reserve(KEY, "per_3", expires_at=LATER)
        assert tx.reservations.sweep(before=NOW) == 1
        assert tx.reservations.sweep(before=LATER) == 1
        assert tx.reservations.release("per_3") == (KEY,)


def test_a_thousand_uses_are_one_number(url: str, store: Store) -> None:
    with store.write() as tx:
        for number in range(100):
            tx.reservations.reserve(KEY, f"per_{number}", expires_at=LATER)
            tx.reservations.commit(f"per_{number}", now=NOW)
    database = Database(url)
    with database.read() as statements:
        assert statements.run(text("SELECT count(*) FROM reservations")).scalar() == 0
        assert statements.run(text("SELECT key, count FROM used")).one() == (KEY, 100)
    database.close()


def test_of_64_writers_at_once_exactly_ten_get_one_of_ten(opened: OpenStore) -> None:
    stores = [opened(), opened()]

    def take(number: int) -> bool:
        with stores[number % 2].write() as tx:
            if tx.reservations.taken(KEY, now=NOW).count >= 10:
                return False
            tx.reservations.reserve(KEY, f"per_{number}", expires_at=LATER)
            if number % 3 == 0:
                tx.reservations.commit(f"per_{number}", now=NOW)
            return True

    with ThreadPoolExecutor(64) as threads:
        assert sum(threads.map(take, range(64))) == 10
    assert taken(stores[0]).count == 10


def test_optional_fields_of_uses_and_permits_come_back_empty(store: Store) -> None:
    bare = samples.use(
        location=None, recall_document=None, published_at=None, removed_at=None, remix_of=()
    )
    with store.write() as tx:
        tx.uses.add(bare)
        tx.permits.add(samples.permit(draft=None))
    with store.read() as tx:
        assert tx.uses.get("use_1") == bare
        assert tx.permits.get("per_1") == samples.permit(draft=None)


def test_a_use_is_added_once_and_saved_over_its_version(store: Store) -> None:
    with store.write() as tx:
        assert tx.uses.find("use_1") is None
        with pytest.raises(NotFound):
            tx.uses.get("use_1")
        with pytest.raises(NotFound):
            tx.uses.save(samples.use())
        tx.uses.add(samples.use())
        with pytest.raises(AlreadyExists):
            tx.uses.add(samples.use(holder="app:mallory", rests_on=("cameo:cam_2",)))
        saved = tx.uses.save(samples.use(state=UseState.PUBLISHED, recall=RecallState.OPEN))
        for stale in (1, 3):
            with pytest.raises(Conflict):
                tx.uses.save(samples.use(version=stale))
        with pytest.raises(StorageError, match="rests on"):
            tx.uses.save(replace(saved, rests_on=("cameo:cam_2",)))
    with store.read() as tx:
        assert tx.uses.get("use_1") == saved
        assert saved.version == 2
        assert tx.uses.resting_on("cameo:cam_2", limit=9) == []
        assert tx.uses.resting_on("cameo:cam_1", limit=9) == [saved]


def test_uses_are_found_by_what_they_rest_on_and_by_holder(store: Store) -> None:
    with store.write() as tx:
        tx.uses.add(samples.use(id="use_c", recall=RecallState.OPEN))
        tx.uses.add(samples.use(id="use_a", recall=RecallState.OPEN))
        tx.uses.add(samples.use(id="use_b", rests_on=("cameo:cam_1", "cameo:cam_1")))
        tx.uses.add(samples.use(id="use_d", holder="app:other", recall=RecallState.OPEN))
    with store.read() as tx:
        first = tx.uses.resting_on("cameo:cam_1", limit=3)
        rest = tx.uses.resting_on("cameo:cam_1", limit=3, after=first[-1].id)
        assert [each.id for each in first + rest] == ["use_a", "use_b", "use_c", "use_d"]
        granted = tx.uses.resting_on(KEY, limit=9)
        assert [each.id for each in granted] == ["use_a", "use_c", "use_d"]
        mine = tx.uses.held_by("app:generator", recalled=False, limit=2)
        more = tx.uses.held_by("app:generator", recalled=False, limit=2, after=mine[-1].id)
        assert [each.id for each in mine + more] == ["use_a", "use_b", "use_c"]
        recalled = tx.uses.held_by("app:generator", recalled=True, limit=1)
        more = tx.uses.held_by("app:generator", recalled=True, limit=9, after=recalled[-1].id)
        assert [each.id for each in recalled + more] == ["use_a", "use_c"]
