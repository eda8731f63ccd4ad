"""The probe: what was acknowledged is seen, many share one query, and failures are failures.

The first part runs on both databases; what each does by itself is below and in
`test_probe_postgres.py`.
"""

import asyncio
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.engine import make_url

from storage.contracts import RevisionProbe, Store
from storage.database import Database
from storage.errors import StoreUnavailable
from storage.local.key_encryption import LocalKeyEncryption
from storage.local.probe import SqliteProbe
from storage.store import migrate, open_store
from tests.storage.conftest import OpenStore
from tests.storage.samples import NOW
from tests.storage.watching import touch, watched

ROOT = Path(__file__).parents[2]


def test_every_commit_acknowledged_before_the_call_is_seen(opened: OpenStore) -> None:
    here, there = opened(), opened()

    async def story(probe: RevisionProbe) -> None:
        assert await probe.confirm() == 0
        for number in range(1, 20):
            assert touch(here if number % 2 else there) == number
            assert await probe.confirm() == number
            # a log that is written back and begun again hides nothing
            here.scrub()
            assert await probe.confirm() == number

    watched(here.probe(), story)


def test_what_was_rolled_back_is_not_seen(store: Store) -> None:
    def touch_in_vain() -> None:
        with store.write() as tx:
            tx.revisions.touch("cameo:cam_1", now=NOW)
            raise LookupError

    async def story(probe: RevisionProbe) -> None:
        touch(store)
        assert await probe.confirm() == 1
        with pytest.raises(LookupError):
            touch_in_vain()
        assert await probe.confirm() == 1

    watched(store.probe(), story)


TOUCHING = """
import sys
from storage.local.key_encryption import LocalKeyEncryption
from storage.store import open_store
from tests.storage import samples

store = open_store(sys.argv[1], key_encryption=LocalKeyEncryption(bytes(32)))
for line in sys.stdin:
    with store.write() as tx:
        number = tx.revisions.touch("cameo:cam_1", now=samples.NOW)
    print(number, flush=True)
"""


def test_a_commit_of_another_process_is_seen(url: str, store: Store) -> None:
    command = [sys.executable, "-c", TOUCHING, url]
    with subprocess.Popen(  # noqa: S603 (our own command)
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:

        async def story(probe: RevisionProbe) -> None:
            assert process.stdin is not None
            assert process.stdout is not None
            for number in range(1, 6):
                assert await probe.confirm() == number - 1
                process.stdin.write("go\n")
                process.stdin.flush()
                assert int(process.stdout.readline()) == number
                assert await probe.confirm() == number

        watched(store.probe(), story)


def test_many_wait_at_once_while_others_commit(opened: OpenStore) -> None:
    here, there = opened(), opened()

    async def ask_often(probe: RevisionProbe) -> None:
        for _ in range(10):
            before = await asyncio.to_thread(current, here)
            assert await probe.confirm() >= before

    async def story(probe: RevisionProbe) -> None:
        writing = asyncio.gather(*(asyncio.to_thread(touch, there) for _ in range(20)))
        await asyncio.gather(*(ask_often(probe) for _ in range(30)))
        await writing
        assert set(await asyncio.gather(*(probe.confirm() for _ in range(200)))) == {20}

    watched(here.probe(), story)


def current(store: Store) -> int:
    with store.read() as tx:
        return tx.revisions.current()


def test_one_waiter_that_gives_up_hurts_nobody(store: Store) -> None:
    touch(store)

    async def story(probe: RevisionProbe) -> None:
        await probe.confirm()
        waiters = [asyncio.create_task(probe.confirm()) for _ in range(10)]
        await asyncio.sleep(0)
        for waiter in waiters[::2]:
            waiter.cancel()
        answers = await asyncio.gather(*waiters, return_exceptions=True)
        assert set(answers[1::2]) == {1}
        waiters = [asyncio.create_task(probe.confirm()) for _ in range(10)]
        await asyncio.sleep(0)
        for waiter in waiters:
            waiter.cancel()
        await asyncio.gather(*waiters, return_exceptions=True)
        touch(store)
        assert await probe.confirm() == 2

    watched(store.probe(), story)


def test_a_schema_that_is_not_there_is_unavailable_until_it_is(url: str, store: Store) -> None:
    database = Database(url)

    async def story(probe: RevisionProbe) -> None:
        assert await probe.confirm() == 0
        with database.write() as statements:
            statements.run(text("ALTER TABLE revisions RENAME TO gone"))
        for _ in range(2):
            with pytest.raises(StoreUnavailable):
                await probe.confirm()
        with database.write() as statements:
            statements.run(text("ALTER TABLE gone RENAME TO revisions"))
        assert await probe.confirm() == 0

    watched(store.probe(), story)
    database.close()


def test_a_closed_probe_answers_nobody(store: Store) -> None:
    async def story(probe: RevisionProbe) -> None:
        assert await probe.confirm() == 0
        await probe.close()
        with pytest.raises(StoreUnavailable, match="closed"):
            await probe.confirm()

    watched(store.probe(), story)


@pytest.fixture
def home(sqlite_url: str, tmp_path: Path) -> Path:
    """A directory with the database, to be moved as a whole."""
    (tmp_path / "data").mkdir()
    file = Path(make_url(sqlite_url).database or "")
    shutil.move(file, tmp_path / "data" / "cameo.sqlite")
    return tmp_path / "data"


@pytest.fixture
def opened_at() -> Iterator[Callable[[Path], Store]]:
    stores: list[Store] = []

    def at(home: Path) -> Store:
        url = f"sqlite:///{home / 'cameo.sqlite'}"
        stores.append(open_store(url, key_encryption=LocalKeyEncryption(bytes(32))))
        return stores[-1]

    yield at
    for store in stores:
        store.close()


def test_a_file_that_vanishes_is_unavailable_until_it_is_back(
    home: Path, opened_at: Callable[[Path], Store]
) -> None:
    store, away = opened_at(home), f"{home}.away"
    touch(store)

    async def story(probe: RevisionProbe) -> None:
        assert await probe.confirm() == 1
        os.rename(home, away)  # noqa: PTH104 (in a coroutine; it takes microseconds)
        for _ in range(2):
            with pytest.raises(StoreUnavailable, match="there is no database"):
                await probe.confirm()
        os.rename(away, home)  # noqa: PTH104 (likewise)
        assert await probe.confirm() == 1
        assert touch(store) == 2
        assert await probe.confirm() == 2

    watched(store.probe(), story)


def test_another_file_in_its_place_is_said_once_and_then_read(
    home: Path, opened_at: Callable[[Path], Store]
) -> None:
    store = opened_at(home)
    touch(store)

    async def story(probe: RevisionProbe) -> None:
        assert await probe.confirm() == 1
        os.rename(home, f"{home}.away")  # noqa: PTH104 (in a coroutine; it takes microseconds)
        migrate(f"sqlite:///{home / 'cameo.sqlite'}")
        with pytest.raises(StoreUnavailable, match="replaced"):
            await probe.confirm()
        assert await probe.confirm() == 0
        # and the store's own connections have followed
        assert current(store) == 0
        assert touch(store) == 1
        assert await probe.confirm() == 1

    watched(store.probe(), story)


def test_a_revision_that_is_no_number_is_unavailable(sqlite_url: str) -> None:
    database = Database(sqlite_url)
    with database.write() as statements:
        statements.run(text("INSERT INTO revisions VALUES ('x', '')"))

    async def story(probe: RevisionProbe) -> None:
        with pytest.raises(StoreUnavailable, match="cannot be read"):
            await probe.confirm()

    watched(database.probe(), story)
    database.close()


def test_the_row_is_read_again_only_when_something_was_committed(sqlite_url: str) -> None:
    database, asked = Database(sqlite_url), list[str]()
    probe = database.probe()
    assert isinstance(probe, SqliteProbe)

    async def story(_probe: RevisionProbe) -> None:
        await probe.confirm()
        assert probe._seen is not None
        probe._seen.connection.set_trace_callback(asked.append)
        for _ in range(5):
            await probe.confirm()
        with database.write() as statements:
            statements.run(text("INSERT INTO revisions VALUES (7, '')"))
        for _ in range(5):
            assert await probe.confirm() == 7

    watched(probe, story)
    database.close()
    assert len([each for each in asked if "data_version" in each]) == 10
    assert len([each for each in asked if "revisions" in each]) == 1


def test_a_probe_leaves_no_file_where_there_was_none(tmp_path: Path) -> None:
    async def story(probe: RevisionProbe) -> None:
        with pytest.raises(StoreUnavailable, match="there is no database"):
            await probe.confirm()

    watched(Database(f"sqlite:///{tmp_path / 'none.sqlite'}").probe(), story)
    assert list(tmp_path.iterdir()) == []
