"""The end of much at once: in sets, and past rows that somebody altered."""

import json
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import text

from storage.contracts import Store
from storage.database import Database
from storage.errors import Tampered
from storage.local.key_encryption import LocalKeyEncryption
from storage.log.entries import opens
from storage.records import AccessState, EndedGrant, LogEvent, RecallState
from storage.store import open_store
from tests.storage import samples
from tests.storage.samples import MINUTE, NOW

KEY = "cameo:cam_1"
MANY = 1_201


def alter(url: str, table: str, id: str, **columns: str) -> None:
    """Put something else into a row, past the service."""
    values = ", ".join(f"{name} = :{name}" for name in columns)
    database = Database(url)
    with database.write_connection() as connection:
        changed = connection.execute(
            text(f"UPDATE {table} SET {values} WHERE id = :id"),  # noqa: S608 (ours)
            {"id": id, **columns},
        )
        assert changed.rowcount == 1
    database.close()


def event(number: int) -> LogEvent:
    subjects = ("cam_1", f"user:{number}", "cam_1")
    return LogEvent(kind="grant.ended", document={"grant": f"gra_{number}"}, subjects=subjects)


def test_the_grants_on_a_cameo_end_together(store: Store) -> None:
    with store.write() as tx:
        for id in ("gra_c", "gra_a", "gra_b"):
            tx.grants.add(samples.grant(id=id, grantee=f"user:{id}"))
        tx.grants.save(replace(tx.grants.get("gra_b"), revoked_at=NOW, revoked_by="before"))
        tx.grants.add(samples.grant(id="gra_d", cameo_id="cam_2"))
    with store.write() as tx:
        ended = tx.grants.end_on_cameo("cam_1", by="key_1", reason="over", now=NOW + MINUTE)
        assert ended.records == [
            EndedGrant(id=id, grantor="user:alice", grantee=f"user:{id}")
            for id in ("gra_a", "gra_c")
        ]
        again = tx.grants.end_on_cameo("cam_1", by="key_2", reason="again", now=NOW + 2 * MINUTE)
        assert again.records == []
    with store.read() as tx:
        before = samples.grant(id="gra_a", grantee="user:gra_a")
        revoked: dict[str, Any] = {
            "revoked_at": NOW + MINUTE,
            "revoked_by": "key_1",
            "revocation_reason": "over",
        }
        assert tx.grants.history("gra_a") == [before, replace(before, version=2, **revoked)]
        assert tx.grants.get("gra_b").revoked_by == "before"
        assert tx.grants.get("gra_d").revoked_at is None


def test_a_grant_whose_terms_nobody_can_read_ends_with_the_others(url: str, store: Store) -> None:
    with store.write() as tx:
        tx.grants.add(samples.grant())
    alter(url, "grants", "gra_1", terms="7")
    with store.write() as tx:
        ended = tx.grants.end_on_cameo("cam_1", by="key_1", reason="over", now=NOW)
        assert [each.id for each in ended.records] == ["gra_1"]
    alter(url, "grants", "gra_1", terms="{}")
    with store.read() as tx:
        assert tx.grants.get("gra_1").revoked_at == NOW


@pytest.mark.sqlite_only("on PostgreSQL a text is always text")
def test_a_grant_whose_sides_nobody_can_read_ends_with_the_others(sqlite_url: str) -> None:
    store = open_store(sqlite_url, key_encryption=LocalKeyEncryption(bytes(32)))
    with store.write() as tx:
        for id in ("gra_1", "gra_2", "gra_3"):
            tx.grants.add(samples.grant(id=id))
    database = Database(sqlite_url)
    with database.write_connection() as connection:
        connection.execute(text("UPDATE grants SET grantee = x'ff00' WHERE id = 'gra_2'"))
        connection.execute(text("UPDATE grants SET grantor = CAST(x'ff' AS TEXT) WHERE id='gra_3'"))
    database.close()
    with store.write() as tx:
        ended = tx.grants.end_on_cameo("cam_1", by="key_1", reason="over", now=NOW)
        assert [each.id for each in ended.records] == ["gra_1"]
        assert ended.altered == ["gra_2", "gra_3"]
        assert tx.grants.end_on_cameo("cam_1", by="x", reason="x", now=NOW) == ([], [])
    store.close()


def test_events_at_once_are_entries_of_their_own(store: Store) -> None:
    with store.write() as tx:
        assert tx.log.append_all([], now=NOW) == range(0)
        tx.log.append("first", {}, subjects=(), now=NOW)
        numbers = tx.log.append_all([event(number) for number in range(MANY)], now=NOW)
        assert numbers == range(1, MANY + 1)
        assert tx.log.append("last", {}, subjects=(), now=NOW) == MANY + 1
    with store.read() as tx:
        entries = tx.log.entries(1, limit=MANY)
        openings = tx.log.openings(1, limit=MANY)
        assert [each.number for each in tx.log.about("user:7", limit=9)] == [8]
    assert len({each.salt for each in openings}) == MANY
    for number, (entry, opening) in enumerate(zip(entries, openings, strict=True)):
        assert json.loads(opening.document) == {"grant": f"gra_{number}"}
        assert opens(entry.entry, opening.document, salt=opening.salt)


def test_of_what_nothing_is_to_open_the_entry_alone_is_kept(store: Store) -> None:
    with store.write() as tx:
        numbers = tx.log.append_all([event(1), event(1)], now=NOW, opened=False)
    with store.read() as tx:
        one, other = tx.log.entries(0, limit=9)
        assert [tx.log.opening(each) for each in numbers] == [None, None]
        assert tx.log.about("cam_1", limit=9) == []
        assert tx.log.unopened() is None
        assert tx.log.size() == 2
    # the salts differ still
    assert one.entry != other.entry


def test_permits_end_under_the_first_key_that_they_rest_on(store: Store) -> None:
    rests_on = {"per_c": ("use:2", "use:1"), "per_a": ("use:2",), "per_b": ("use:1",)}
    with store.write() as tx:
        for index, (id, keys) in enumerate(rests_on.items()):
            tx.permits.add(samples.permit(id=id, status_index=index, rests_on=keys))
        past = samples.permit(id="per_d", status_index=8, rests_on=("use:1",), expires_at=NOW)
        tx.permits.add(past)
        ended = tx.permits.revoke_resting_on_each("use:1", "use:3", "use:2", now=NOW)
        assert ended == {"use:1": ["per_b", "per_c"], "use:2": ["per_a"]}
        assert list(ended) == ["use:1", "use:2"]
        assert tx.permits.revoke_resting_on_each("use:2", "use:1", now=NOW) == {}
        assert tx.permits.revoke_resting_on_each(now=NOW) == {}
    with store.read() as tx:
        assert {tx.permits.get(id).revoked_at for id in rests_on} == {NOW}
        assert tx.permits.get("per_d").revoked_at is None


def test_many_permits_give_back_what_they_reserve(store: Store) -> None:
    permits = [f"per_{number:05}" for number in range(MANY)]
    with store.write() as tx:
        for number in (0, 700, 1_200):
            tx.reservations.reserve(f"grant:{number}", permits[number], expires_at=NOW + MINUTE)
            tx.reservations.reserve("grant:all", permits[number], expires_at=NOW + MINUTE)
        tx.reservations.reserve("grant:all", "per_other", expires_at=NOW + MINUTE)
        released = tx.reservations.release(*permits)
        assert released == ("grant:0", "grant:1200", "grant:700", "grant:all")
        assert tx.reservations.taken("grant:all", now=NOW).count == 1
        assert tx.reservations.release() == ()


def test_who_carries_permits_is_read_past_altered_ones(url: str, store: Store) -> None:
    many = [f"per_{number:04}" for number in range(MANY)]
    with store.write() as tx:
        for index, id in enumerate((many[1_100], many[3], many[4])):
            tx.permits.add(samples.permit(id=id, status_index=index))
        found = tx.permits.carried(many)
        assert [each.id for each in found.records] == [many[3], many[4], many[1_100]]
        assert {each.audience for each in found.records} == {"app:generator"}
        assert found.altered == []
        assert tx.permits.carried([]) == ([], [])
    alter(url, "permits", many[4], request="7")
    # nothing else of a permit is read
    alter(url, "permits", many[3], basis="7")
    with store.read() as tx:
        found = tx.permits.carried(many)
    assert [each.id for each in found.records] == [many[3], many[1_100]]
    assert found.altered == [many[4]]


def test_the_requesters_of_approvals_come_once(store: Store) -> None:
    with store.write() as tx:
        for id, requester in (("apr_1", "user:b"), ("apr_2", "user:a"), ("apr_3", "user:b")):
            tx.approvals.add(samples.approval(id=id, requester=requester))
        assert tx.approvals.requesters(["apr_3", "apr_2", "apr_1", "apr_x"]) == ["user:a", "user:b"]
        assert tx.approvals.requesters([]) == []


@pytest.mark.parametrize("column", ["assets", "basis", "recall_document", "likenesses"])
def test_an_altered_use_hides_no_other(url: str, store: Store, column: str) -> None:
    ids = [f"use_{number}" for number in range(7)]
    with store.write() as tx:
        for id in reversed(ids):
            tx.uses.add(samples.use(id=id))
    for id in (ids[2], ids[6]):
        alter(url, "uses", id, **{column: "7"})
    with store.read() as tx:
        first = tx.uses.readable_on(KEY, limit=3)
        rest = tx.uses.readable_on(KEY, limit=9, after=ids[2])
        none = tx.uses.readable_on(KEY, limit=9, after=ids[6])
    assert [each.id for each in first.records] == ids[:2]
    assert [each.id for each in rest.records] == ids[3:6]
    assert (first.altered, rest.altered, none) == ([ids[2]], [ids[6]], ([], []))


def test_uses_are_called_back_together(store: Store) -> None:
    ids = [f"use_{number:04}" for number in range(501)]
    before = samples.use(recall=RecallState.NONE, recall_document=None)
    with store.write() as tx:
        for id in [*ids, "use_other"]:
            tx.uses.add(replace(before, id=id))
        tx.uses.recall(ids, {"ask": "delete"}, now=NOW + MINUTE)
        tx.uses.recall([], {"ask": "delete"}, now=NOW + MINUTE)
    with store.read() as tx:
        for id in (ids[0], ids[500]):
            opened: dict[str, Any] = {
                "recall": RecallState.OPEN,
                "recall_document": {"ask": "delete"},
            }
            changed = replace(before, id=id, version=2, updated_at=NOW + MINUTE)
            assert tx.uses.get(id) == replace(changed, **opened)
        assert tx.uses.get("use_other") == replace(before, id="use_other")


def test_reasons_of_recalls_go_and_what_cannot_be_read_as_a_whole(url: str, store: Store) -> None:
    said: dict[str, Any] = {
        "use_mine": {"key": KEY, "reason": "words", "ask": "delete"},
        "use_nobodys": {"reason": "words"},
        "use_theirs": {"key": "cameo:cam_2", "reason": "words"},
        "use_wordless": {"key": KEY, "reason": None},
        "use_never": None,
        "use_altered": {"key": KEY, "reason": "words"},
        "use_text": {"key": "cameo:cam_2", "reason": "words"},
    }
    with store.write() as tx:
        for id, document in said.items():
            tx.uses.add(samples.use(id=id, recall_document=document))
        elsewhere = {"key": KEY, "reason": "words"}
        others = ("cameo:cam_2",)
        tx.uses.add(samples.use(id="use_away", rests_on=others, recall_document=elsewhere))
    alter(url, "uses", "use_altered", recall_document='["words"]', assets="7")
    alter(url, "uses", "use_text", recall_document='"words"')
    with store.write() as tx:
        assert tx.uses.forget_reasons(KEY) == (2, ["use_altered", "use_text"])
        assert tx.uses.forget_reasons(KEY) == (0, [])
    alter(url, "uses", "use_altered", assets="[]")
    with store.read() as tx:
        left = {id: tx.uses.get(id) for id in [*said, "use_away"]}
    assert {id: use.recall_document for id, use in left.items()} == {
        **said,
        "use_mine": {**said["use_mine"], "reason": None},
        "use_nobodys": {"reason": None},
        "use_altered": None,
        "use_text": None,
        "use_away": elsewhere,
    }
    assert (left["use_mine"].version, left["use_theirs"].version) == (2, 1)


def test_requests_expire_together(url: str, store: Store) -> None:
    with store.write() as tx:
        for id in ("acr_1", "acr_2", "acr_3", "acr_4"):
            tx.access_requests.add(samples.access_request(id=id))
        answered = replace(tx.access_requests.get("acr_2"), state=AccessState.DENIED)
        tx.access_requests.save(answered)
    alter(url, "access_requests", "acr_3", asks="7")
    with store.write() as tx:
        tx.access_requests.expire(["acr_3", "acr_2", "acr_1"], now=NOW + MINUTE)
        tx.access_requests.expire([], now=NOW)
    alter(url, "access_requests", "acr_3", asks="[]")
    with store.read() as tx:
        found = [tx.access_requests.get(f"acr_{each}") for each in (1, 2, 3, 4)]
        asked = tx.access_requests.to(found[0].asked[0], pending=True, limit=9)
    states = [AccessState.EXPIRED, AccessState.DENIED, AccessState.EXPIRED, AccessState.PENDING]
    assert [each.state for each in found] == states
    assert (found[0].version, found[0].updated_at) == (2, NOW + MINUTE)
    assert [each.id for each in asked] == ["acr_4"]


def test_a_document_deeper_than_anybody_reads_hides_no_other(url: str, store: Store) -> None:
    with store.write() as tx:
        for id in ("use_1", "use_2"):
            tx.uses.add(samples.use(id=id))
    deep = "[" * 3_000 + "]" * 3_000
    alter(url, "uses", "use_1", assets=deep)
    with store.read() as tx:
        found = tx.uses.readable_on(KEY, limit=9)
    assert ([each.id for each in found.records], found.altered) == (["use_2"], ["use_1"])


def test_a_moment_that_never_comes_hides_no_other(url: str, store: Store) -> None:
    with store.write() as tx:
        for id in ("use_1", "use_2"):
            tx.uses.add(samples.use(id=id))
    alter(url, "uses", "use_1", created_at="infinity")
    with store.read() as tx:
        found = tx.uses.readable_on(KEY, limit=9)
    assert ([each.id for each in found.records], found.altered) == (["use_2"], ["use_1"])


MOMENTS = ("created_at", "updated_at", "published_at", "removed_at")


@pytest.mark.sqlite_only("on PostgreSQL a moment is always a moment")
@pytest.mark.parametrize("column", MOMENTS)
def test_bytes_where_a_moment_belongs_hide_no_other_use(sqlite_url: str, column: str) -> None:
    store = open_store(sqlite_url, key_encryption=LocalKeyEncryption(bytes(32)))
    with store.write() as tx:
        for id in ("use_1", "use_2"):
            tx.uses.add(samples.use(id=id))
    spoilt = f"UPDATE uses SET {column} = x'ff00' WHERE id = 'use_1'"  # noqa: S608 (ours)
    spoil(sqlite_url, spoilt)
    with store.read() as tx:
        found = tx.uses.readable_on(KEY, limit=9)
        with pytest.raises(Tampered):
            tx.uses.get("use_1")
    assert ([each.id for each in found.records], found.altered) == (["use_2"], ["use_1"])
    store.close()


@pytest.mark.sqlite_only("on PostgreSQL a text is always text")
def test_bytes_where_an_id_belongs_keep_nothing_from_its_end(sqlite_url: str) -> None:
    store = open_store(sqlite_url, key_encryption=LocalKeyEncryption(bytes(32)))
    with store.write() as tx:
        for index, id in enumerate(("per_1", "per_2")):
            tx.permits.add(samples.permit(id=id, status_index=index))
            tx.reservations.reserve(f"grant:{index}", id, expires_at=NOW + MINUTE)
            tx.access_requests.add(samples.access_request(id=f"acr_{index}"))
            tx.approvals.add(samples.approval(id=f"app_{index}", requester=f"user:{index}"))
    spoil(
        sqlite_url,
        "UPDATE reservations SET key = x'ff00' WHERE permit_id = 'per_1'",
        "UPDATE access_requests SET id = x'ff00' WHERE id = 'acr_0'",
        "UPDATE asked_parties SET request_id = x'ff00' WHERE request_id = 'acr_0'",
        "UPDATE approvals SET requester = x'ff00' WHERE id = 'app_0'",
    )
    with store.write() as tx:
        assert tx.reservations.release("per_1", "per_2") == ("grant:1",)
        assert tx.approvals.requesters(["app_0", "app_1"]) == ["user:1"]
        requests = tx.access_requests.naming("cam_1", pending=True, limit=9)
        tx.access_requests.expire(requests, now=NOW)
        assert tx.access_requests.naming("cam_1", pending=True, limit=9) == []
    store.close()


@pytest.mark.sqlite_only("on PostgreSQL a text is always text")
@pytest.mark.parametrize("id", ["x'ff00'", "CAST(x'ff' AS TEXT)"])
def test_what_nobody_can_name_is_not_passed_over(sqlite_url: str, id: str) -> None:
    store = open_store(sqlite_url, key_encryption=LocalKeyEncryption(bytes(32)))
    with store.write() as tx:
        tx.grants.add(samples.grant())
        tx.reservations.reserve("grant:gra_1", "per_1", expires_at=NOW + MINUTE)
    spoil(
        sqlite_url,
        f"UPDATE grants SET id = {id}",  # noqa: S608 (ours)
        "UPDATE reservations SET key = CAST(x'ff' AS TEXT)",
    )
    with pytest.raises(Tampered), store.write() as tx:
        tx.grants.end_on_cameo("cam_1", by="key_1", reason="over", now=NOW)
    with pytest.raises(Tampered), store.write() as tx:
        tx.reservations.release("per_1")
    store.close()


def spoil(url: str, *statements: str) -> None:
    """Do what the service never does."""
    database = Database(url)
    with database.write_connection() as connection:
        # an id, and what refers to it
        connection.execute(text("PRAGMA defer_foreign_keys = ON"))
        for each in statements:
            assert connection.execute(text(each)).rowcount > 0
    database.close()


@pytest.mark.sqlite_only("on PostgreSQL a text is always text")
def test_a_permit_that_nobody_can_name_ends_with_the_others(sqlite_url: str) -> None:
    store = open_store(sqlite_url, key_encryption=LocalKeyEncryption(bytes(32)))
    with store.write() as tx:
        for index, (id, key) in enumerate(
            (("per_1", "use:1"), ("per_2", "use:1"), ("per_3", KEY), ("per_4", KEY))
        ):
            tx.permits.add(samples.permit(id=id, status_index=index, rests_on=(key,)))
    for id, altered in (("per_1", "x'ff00'"), ("per_3", "x'ff01'")):
        spoil(
            sqlite_url,
            f"UPDATE permit_basis SET permit_id = {altered} WHERE permit_id = '{id}'",  # noqa: S608
            f"UPDATE permits SET id = {altered} WHERE id = '{id}'",  # noqa: S608 (ours)
        )
    with store.write() as tx:
        assert tx.permits.revoke_resting_on_each("use:1", now=NOW) == {"use:1": ["per_2"]}
        assert tx.permits.revoke_resting_on(KEY, now=NOW) == ["per_4"]
        # their bits in the status lists
        assert tx.permits.revoked_between(0, 9, now=NOW) == [0, 1, 2, 3]
    store.close()
