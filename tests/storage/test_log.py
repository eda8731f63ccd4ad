"""The consent log's entries in the database: numbered by the commit, opened until erased."""

import json
from datetime import UTC, datetime

import pytest
import rfc8785

from storage.contracts import Store, Transaction
from storage.errors import Conflict, ReadOnlyTransaction, StorageError, Tampered
from storage.log.entries import opens
from storage.records import LogCheckpointRecord

NOW = datetime(2026, 11, 22, 12, 30, 15, 250_000, tzinfo=UTC)


def append(tx: Transaction, *subjects: str, kind: str = "cameo.revoked") -> int:
    return tx.log.append(kind, {"cameo": "cam_1"}, subjects=subjects, now=NOW)


def checkpoint(size: int, root: bytes = bytes(32), note: str = "note") -> LogCheckpointRecord:
    return LogCheckpointRecord(size=size, root=root, note=note, created_at=NOW)


def test_numbers_are_those_of_the_commits_without_gaps(store: Store) -> None:
    with store.write() as tx:
        assert [append(tx), append(tx)] == [0, 1]
    with pytest.raises(StorageError), store.write() as tx:
        tx.grants.get(f"gra_{append(tx)}")
    with store.write() as tx:
        assert append(tx) == 2
    with store.read() as tx:
        assert tx.log.size() == 3
        assert [each.number for each in tx.log.entries(0, limit=9)] == [0, 1, 2]
        assert [each.number for each in tx.log.entries(1, limit=1)] == [1]
        assert tx.log.entries(3, limit=9) == []


def test_an_entry_says_its_kind_and_time_and_commits_to_the_rest(store: Store) -> None:
    with store.write() as tx:
        append(tx, "cam_1", "user:ann")
    with store.read() as tx:
        (record,) = tx.log.entries(0, limit=9)
        opening = tx.log.opening(0)
    said = json.loads(record.entry)
    assert said.pop("commitment")
    assert said == {"kind": "cameo.revoked", "time": "2026-11-22T12:30:15.250000Z"}
    assert opening is not None
    assert opening.document == rfc8785.dumps({"cameo": "cam_1"})
    assert opening.subjects == ("cam_1", "user:ann")
    assert opens(record.entry, opening.document, salt=opening.salt)


def test_the_same_event_twice_is_two_commitments(store: Store) -> None:
    with store.write() as tx:
        append(tx)
        append(tx)
    with store.read() as tx:
        one, other = tx.log.entries(0, limit=9)
    assert one.entry != other.entry


def test_what_is_about_somebody_is_found_in_order(store: Store) -> None:
    with store.write() as tx:
        for subject in ("cam_1", "cam_2", "cam_1", "cam_1"):
            append(tx, subject, "user:ann")
    with store.read() as tx:
        assert [each.number for each in tx.log.about("cam_1", limit=9)] == [0, 2, 3]
        assert [each.number for each in tx.log.about("cam_1", limit=1, after=0)] == [2]
        assert [each.number for each in tx.log.about("user:ann", limit=9)] == [0, 1, 2, 3]
        assert tx.log.about("cam_3", limit=9) == []


def test_who_is_forgotten_leaves_entries_that_nothing_opens(store: Store) -> None:
    with store.write() as tx:
        for subject in ("cam_1", "cam_2", "cam_1"):
            append(tx, subject, "user:ann")
        before = tx.log.entries(0, limit=9)
    with store.write() as tx:
        assert tx.log.forget("cam_1") == 2
        assert tx.log.forget("cam_1") == 0
    with store.read() as tx:
        assert [each.number for each in tx.log.openings(0, limit=9)] == [1]
        assert tx.log.openings(2, limit=9) == []
        assert tx.log.opening(0) is None
        assert [each.number for each in tx.log.about("user:ann", limit=9)] == [1]
        assert tx.log.entries(0, limit=9) == before


def test_what_is_not_to_be_forgotten_stays(store: Store) -> None:
    with store.write() as tx:
        numbers = [tx.log.append("a", {}, subjects=("cam_1",), now=NOW) for _ in range(3)]
        assert tx.log.forget("cam_1", but=numbers[1:2]) == 2
    with store.read() as tx:
        assert [each.number for each in tx.log.openings(0, limit=9)] == numbers[1:2]
        assert [each.number for each in tx.log.about("cam_1", limit=9)] == numbers[1:2]


def test_there_is_one_head_and_it_only_grows(store: Store) -> None:
    with store.write() as tx:
        assert tx.log.checkpoint() is None
        tx.log.keep_checkpoint(checkpoint(0))
        tx.log.keep_checkpoint(checkpoint(5, note="old key"))
        tx.log.keep_checkpoint(checkpoint(5, note="new key"))
    with store.read() as tx:
        assert tx.log.checkpoint() == checkpoint(5, note="new key")
    with pytest.raises(Conflict), store.write() as tx:
        tx.log.keep_checkpoint(checkpoint(4))
    with pytest.raises(Tampered), store.write() as tx:
        tx.log.keep_checkpoint(checkpoint(5, root=bytes([1]) * 32))
    with store.read() as tx:
        assert tx.log.checkpoint() == checkpoint(5, note="new key")


def test_a_reader_logs_nothing(store: Store) -> None:
    with pytest.raises((ReadOnlyTransaction, StorageError)), store.read() as tx:
        append(tx)
