"""Transactions: all or nothing, one writer, snapshots, order, and a process that is killed."""

import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from threading import Event

import pytest
from sqlalchemy import text

from storage.collections.revisions import SqlRevisions
from storage.contracts import Store, Transaction
from storage.database import Database
from storage.errors import Conflict, ReadOnlyTransaction, StorageError
from tests.stalls import stopwatch
from tests.storage import samples
from tests.storage.conftest import OpenStore
from tests.storage.samples import MINUTE, NOW

ROOT = Path(__file__).parents[2]


class Stop(Exception):
    """Raised by a block that changes its mind."""


def test_a_block_that_raises_leaves_nothing(store: Store) -> None:
    def change_then_stop() -> None:
        with store.write() as tx:
            tx.cameos.add(samples.cameo())
            tx.templates.put([samples.template()])
            tx.revisions.touch("cameo:cam_1", now=NOW)
            raise Stop

    with pytest.raises(Stop):
        change_then_stop()
    with store.read() as tx:
        assert tx.cameos.find("cam_1") is None
        assert tx.templates.of_cameo("cam_1") == []
        assert tx.revisions.current() == 0


def write_something(tx: Transaction, what: str) -> None:
    match what:
        case "add":
            tx.cameos.add(samples.cameo(id="cam_2"))
        case "save":
            tx.cameos.save(samples.cameo())
        case "save-nothing":
            tx.cameos.save(samples.cameo(id="cam_3"))
        case "delete-nothing":
            tx.templates.destroy("cam_3")
        case "delete-pairs":
            tx.relationships.remove([("user:a", "user:b")])
        case "reserve":
            tx.reservations.reserve("grant:gra_1", "per_1", expires_at=NOW)
        case "commit-nothing":
            tx.reservations.commit("per_1", now=NOW)
        case "count":
            tx.inquiries.add([samples.inquiry()])
        case "touch":
            tx.revisions.touch(now=NOW)
        case _:
            tx.jobs.lease(("verify",), token="t", now=NOW, lease_for=MINUTE, at_most=5)


@pytest.mark.parametrize(
    "what",
    [
        *("add", "save", "save-nothing", "delete-nothing", "touch", "lease"),
        *("delete-pairs", "reserve", "commit-nothing", "count"),
    ],
)
def test_a_read_transaction_cannot_write(store: Store, what: str) -> None:
    with store.write() as tx:
        tx.cameos.add(samples.cameo())
    with store.read() as tx, pytest.raises(ReadOnlyTransaction):
        write_something(tx, what)
    with store.read() as tx:
        assert tx.cameos.get("cam_1") == samples.cameo()
        assert tx.cameos.find("cam_2") is None


def test_a_failed_transaction_is_never_acknowledged(store: Store) -> None:
    def swallow_a_failure() -> None:
        with store.write() as tx:
            tx.cameos.add(samples.cameo())
            with pytest.raises(StorageError):
                tx.cameos.add(samples.cameo(id="cam_2", version=2**80))
            with pytest.raises(StorageError, match="earlier statement"):
                tx.cameos.add(samples.cameo(id="cam_3"))

    with pytest.raises(StorageError, match="earlier statement"):
        swallow_a_failure()
    with store.read() as tx:
        assert tx.cameos.owned_by("user:alice") == []


def test_a_reader_keeps_its_snapshot_and_the_next_one_sees_the_commit(opened: OpenStore) -> None:
    here, there = opened(), opened()
    with here.write() as tx:
        tx.cameos.add(samples.cameo())
    with here.read() as before:
        assert before.cameos.get("cam_1").status == "active"
        with there.write() as tx:
            tx.cameos.save(samples.cameo(status="revoked"))
            tx.policies.append(samples.policy())
        assert before.cameos.get("cam_1").status == "active"
        assert before.policies.history("cam_1", limit=9) == []
        with here.read() as after:
            assert after.cameos.get("cam_1").status == "revoked"


def test_a_reader_does_not_see_what_is_not_committed(opened: OpenStore) -> None:
    here, there = opened(), opened()
    with here.write() as tx:
        tx.cameos.add(samples.cameo())
        with there.read() as reader:
            assert reader.cameos.find("cam_1") is None


def test_of_eight_writers_exactly_one_wins_each_version(store: Store, opened: OpenStore) -> None:
    with store.write() as tx:
        tx.cameos.add(samples.cameo())
    stores = [opened(), opened()]

    def save_over_and_over(writer: int) -> int:
        mine, wins = stores[writer % 2], 0
        while True:
            with mine.read() as tx:
                seen = tx.cameos.get("cam_1")
            if seen.version > 20:
                return wins
            try:
                with mine.write() as tx:
                    tx.cameos.save(replace(seen, credential=f"by {writer}"))
                    tx.policies.append(
                        samples.policy(version=seen.version, created_by=f"by {writer}")
                    )
                wins += 1
            except Conflict:
                continue

    with ThreadPoolExecutor(8) as threads:
        wins = list(threads.map(save_over_and_over, range(8)))
    assert sum(wins) == 20
    with store.read() as tx:
        assert [each.version for each in tx.policies.history("cam_1", limit=99)] == list(
            range(1, 21)
        )


def test_a_transaction_is_one_revision_and_a_rollback_leaves_no_gap(store: Store) -> None:
    with store.write() as tx:
        assert tx.revisions.current() == 0
        assert tx.revisions.touch("cameo:a", now=NOW) == 1
        assert tx.revisions.touch("cameo:b", "cameo:a", now=NOW) == 1
        assert tx.revisions.current() == 1
    with pytest.raises(Stop):
        touch_then_stop(store)
    with store.write() as tx:
        assert tx.revisions.touch("cameo:c", now=NOW) == 2
    with store.read() as tx:
        assert tx.revisions.current() == 2
        assert tx.revisions.touched_since(0) == frozenset({"cameo:a", "cameo:b", "cameo:c"})
        assert tx.revisions.touched_since(1) == frozenset({"cameo:c"})
        assert tx.revisions.touched_since(2) == frozenset()
        assert tx.revisions.touched_since(3) is None


def touch_then_stop(store: Store) -> None:
    with store.write() as tx:
        tx.revisions.touch("cameo:never", now=NOW)
        raise Stop


def test_what_is_too_long_ago_is_not_told(url: str) -> None:
    database = Database(url)
    for number in range(1, 9):
        with database.write() as statements:
            SqlRevisions(statements, kept=3).touch(f"cameo:{number}", now=NOW)
    with database.read() as statements:
        revisions = SqlRevisions(statements, kept=3)
        assert revisions.current() == 8
        assert revisions.touched_since(4) is None
        assert revisions.touched_since(5) == frozenset({"cameo:6", "cameo:7", "cameo:8"})
        kept = statements.run(text("SELECT count(*) FROM revision_keys")).scalar()
        assert kept == 3
    with database.write() as statements:
        SqlRevisions(statements, kept=3).touch("a", "b", "c", "d", now=NOW)
        assert SqlRevisions(statements, kept=3).touched_since(8) is None
    database.close()


def test_revisions_are_seen_in_the_order_of_their_commits(opened: OpenStore) -> None:
    stores, done = [opened(), opened()], Event()

    def touch(writer: int) -> None:
        for _ in range(10):
            with stores[writer % 2].write() as tx:
                number = tx.revisions.current() + 1
                assert tx.revisions.touch(f"revision:{number}", now=NOW) == number

    def watch(store: Store) -> int:
        seen = looks = 0
        while not (done.is_set() and looks):
            with store.read() as tx:
                current, keys = tx.revisions.current(), tx.revisions.touched_since(0)
            assert current >= seen
            assert keys == frozenset(f"revision:{number}" for number in range(1, current + 1))
            seen, looks = current, looks + 1
        return seen

    with ThreadPoolExecutor(9) as threads:
        watcher = threads.submit(watch, opened())
        try:
            list(threads.map(touch, range(8)))
        finally:
            done.set()
        assert watcher.result(timeout=120) >= 0
    with stores[0].read() as tx:
        assert tx.revisions.current() == 80


def test_many_threads_read_while_one_writes(store: Store) -> None:
    with store.write() as tx:
        tx.cameos.add(samples.cameo())

    def read(_: int) -> int:
        with store.read() as tx:
            return tx.cameos.get("cam_1").version

    with store.write() as tx, ThreadPoolExecutor(40) as threads:
        tx.cameos.save(samples.cameo())
        assert set(threads.map(read, range(200))) == {1}


KILLED = """
import sys, time
from storage.local.key_encryption import LocalKeyEncryption
from storage.store import open_store
from tests.storage import samples

store = open_store(sys.argv[1], key_encryption=LocalKeyEncryption(bytes(32)))
with store.write() as tx:
    tx.cameos.add(samples.cameo())
    tx.revisions.touch("cameo:cam_1", now=samples.NOW)
with store.write() as tx:
    tx.cameos.save(samples.cameo(status="revoked"))
    tx.revisions.touch("cameo:cam_1", now=samples.NOW)
    print("writing", flush=True)
    time.sleep(60)
"""


def test_a_killed_writer_leaves_what_was_acknowledged_and_nothing_else(
    url: str, store: Store
) -> None:
    command = [sys.executable, "-c", KILLED, url]
    # S603: our own command
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) as process:  # noqa: S603
        assert process.stdout is not None
        assert process.stdout.readline() == b"writing\n"
        process.send_signal(signal.SIGKILL)
    with store.read() as tx:
        assert tx.cameos.get("cam_1") == samples.cameo()
        assert tx.revisions.current() == 1
    with stopwatch() as watch, store.write() as tx:
        tx.cameos.save(samples.cameo(status="suspended"))
    assert watch.seconds < 5
