"""The probe on PostgreSQL: the read-index rule, and servers that are cut off, hang or lag."""

import asyncio
import os
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest

from storage.contracts import RevisionProbe, Store
from storage.database import Database
from storage.errors import StoreUnavailable
from storage.local.key_encryption import LocalKeyEncryption
from storage.postgres.probe import PostgresProbe, connecting
from storage.store import open_store
from tests.loops import run_in_loop
from tests.stalls import stopwatch
from tests.storage.test_unavailable import CUT_THE_OTHERS
from tests.storage.watching import touch, watched

PATIENCE = 0.3
PATIENT = 60.0
"""Seconds in which even a busy machine connects and answers."""
WELL_BEFORE_PSYCOPG = 4.0
"""Seconds: it waits for five, until a server answers that it has cancelled a query."""


class SlowConnection(psycopg.AsyncConnection[Any]):
    """Counts what it is asked, and keeps answers back while `gate` is closed."""

    asked = 0
    gate: asyncio.Event
    answered: asyncio.Event

    async def execute(self, *arguments: Any, **options: Any) -> Any:
        self.asked += 1
        answer = await super().execute(*arguments, **options)
        self.answered.set()
        await self.gate.wait()
        return answer


@pytest.fixture
def store(postgres_url: str) -> Iterator[Store]:
    store = open_store(postgres_url, key_encryption=LocalKeyEncryption(bytes(32)))
    yield store
    store.close()


def slow_probe(url: str) -> tuple[PostgresProbe, list[SlowConnection]]:
    made: list[SlowConnection] = []

    async def connect() -> SlowConnection:
        connection = await SlowConnection.connect(url, autocommit=True)
        connection.gate, connection.answered = asyncio.Event(), asyncio.Event()
        connection.gate.set()
        made.append(connection)
        return connection

    return PostgresProbe(connect, patience=PATIENT), made


def patient_probe(url: str) -> PostgresProbe:
    return PostgresProbe(connecting({"conninfo": url}, patience=PATIENT), patience=PATIENT)


@contextmanager
def impatient(probe: PostgresProbe) -> Iterator[None]:
    """The probe has less patience for the length of the block."""
    probe._patience = PATIENCE
    try:
        yield
    finally:
        probe._patience = PATIENT


def test_who_arrives_while_a_query_is_out_shares_the_next_one(
    postgres_url: str, store: Store
) -> None:
    probe, made = slow_probe(postgres_url)

    async def story(_probe: RevisionProbe) -> None:
        assert await probe.confirm() == 0
        (connection,) = made
        connection.gate.clear()
        connection.answered.clear()
        early = asyncio.create_task(probe.confirm())
        # by the server, without the commit that follows
        await connection.answered.wait()
        touch(store)
        late = [asyncio.create_task(probe.confirm()) for _ in range(50)]
        await asyncio.sleep(0.05)
        assert connection.asked == 2
        connection.gate.set()
        assert await early == 0
        assert set(await asyncio.gather(*late)) == {1}
        assert connection.asked == 3

    watched(probe, story)


def test_those_who_arrive_together_share_one_query(postgres_url: str) -> None:
    probe, made = slow_probe(postgres_url)

    async def story(_probe: RevisionProbe) -> None:
        for _ in range(3):
            await asyncio.gather(*(probe.confirm() for _ in range(100)))

    watched(probe, story)
    assert [connection.asked for connection in made] == [3]


def test_a_failure_is_everybodys_and_the_next_call_reconnects(
    postgres_url: str, store: Store
) -> None:
    probe, made = slow_probe(postgres_url)

    async def story(_probe: RevisionProbe) -> None:
        touch(store)
        assert await probe.confirm() == 1
        with psycopg.connect(postgres_url, autocommit=True) as other:
            other.execute(CUT_THE_OTHERS)
        answers = await asyncio.gather(
            *(probe.confirm() for _ in range(20)), return_exceptions=True
        )
        assert {type(answer) for answer in answers} == {StoreUnavailable}
        # each has its own, which it may raise from where it stands
        assert len({id(answer) for answer in answers}) == 20
        assert await probe.confirm() == 1

    watched(probe, story)
    assert len(made) == 2


@contextmanager
def hanging(pid: int) -> Iterator[None]:
    """The server's process for one connection says nothing more."""
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def test_a_server_that_hangs_is_unavailable_for_all_within_the_patience(
    postgres_url: str, store: Store
) -> None:
    probe = patient_probe(postgres_url)

    async def ask_late() -> int:
        await asyncio.sleep(PATIENCE / 2)
        return await probe.confirm()

    async def story(_probe: RevisionProbe) -> None:
        assert await probe.confirm() == 0
        assert probe._connection is not None
        with hanging(probe._connection.info.backend_pid):
            with impatient(probe), stopwatch() as watch:
                # whose nap begins first ends before the patience, however busy the machine is
                answers = await asyncio.gather(
                    *(ask_late() for _ in range(20)),
                    *(probe.confirm() for _ in range(20)),
                    return_exceptions=True,
                )
            assert watch.seconds < WELL_BEFORE_PSYCOPG
            assert watch.seconds + watch.stalled >= PATIENCE
            assert {type(answer) for answer in answers} == {StoreUnavailable}
            # on another connection, while the first one still hangs
            touch(store)
            assert await probe.confirm() == 1
            await asyncio.sleep(0)
            assert probe._abandoned == set()

    watched(probe, story)


def test_a_host_that_takes_the_call_and_says_nothing_is_unavailable() -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        port = mute.getsockname()[1]
        probe = patient_probe(f"postgresql://cameo:s3cret@127.0.0.1:{port}/cameo")

        async def story(_probe: RevisionProbe) -> None:
            for _ in range(2):
                with (
                    impatient(probe),
                    stopwatch() as watch,
                    pytest.raises(StoreUnavailable, match=r"within 0\.3 s"),
                ):
                    await probe.confirm()
                # libpq itself would have waited for all the time that it was given
                assert watch.seconds < WELL_BEFORE_PSYCOPG

        watched(probe, story)


def test_a_server_that_is_not_there_is_unavailable_and_its_password_unsaid() -> None:
    probe = Database("postgresql://cameo:s3cret@127.0.0.1:9/cameo").probe()

    async def story(_probe: RevisionProbe) -> None:
        with pytest.raises(StoreUnavailable) as caught:
            await probe.confirm()
        assert "s3cret" not in f"{caught.value!r} {caught.value.__cause__!r}"

    watched(probe, story)


def test_a_server_that_cannot_be_written_to_is_not_believed(postgres_url: str) -> None:
    # as a standby is, which may be behind
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        name = connection.info.dbname
        connection.execute(
            f'ALTER DATABASE "{name}" SET default_transaction_read_only = on'.encode()
        )

    async def story(probe: RevisionProbe) -> None:
        with pytest.raises(StoreUnavailable):
            await probe.confirm()

    watched(Database(postgres_url).probe(), story)


def test_closing_answers_those_who_wait(postgres_url: str) -> None:
    probe = patient_probe(postgres_url)

    async def story(_probe: RevisionProbe) -> None:
        assert await probe.confirm() == 0
        assert probe._connection is not None
        with hanging(probe._connection.info.backend_pid), impatient(probe):
            waiting = [asyncio.create_task(probe.confirm()) for _ in range(3)]
            await asyncio.sleep(0.05)
            waiting.append(asyncio.create_task(probe.confirm()))
            await asyncio.sleep(0)
            with stopwatch() as watch:
                await probe.close()
            assert watch.seconds < WELL_BEFORE_PSYCOPG
            answers = await asyncio.gather(*waiting, return_exceptions=True)
        assert {type(answer) for answer in answers} == {StoreUnavailable}

    watched(probe, story)


def test_a_server_that_is_not_there_is_named_by_its_address_alone() -> None:
    async def ask() -> None:
        database = Database("postgresql://cameo:s3cret@127.0.0.1:9/cameo")
        probe = database.probe()
        try:
            await probe.confirm()
        finally:
            await probe.close()
            database.close()

    with pytest.raises(StoreUnavailable, match=r"the database at `127\.0\.0\.1:9`") as caught:
        run_in_loop(ask())
    assert "s3cret" not in str(caught.value)
