"""The revision of a PostgreSQL database, confirmed with one query in flight.

The read-index rule, as in Raft: who arrives while a query is in flight waits for the next one,
because the one already sent may have been answered before a commit that its caller knows of. All
who wait meanwhile share that next one, so a process asks one question at a time however many
decisions it takes.

probe = PostgresProbe(connecting({"host": "db", "dbname": "cameo"}))
await probe.confirm()

Diego Ongaro, "Consensus: Bridging Theory and Practice", 6.4
"""

import asyncio
import math
import os
import socket
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import psycopg

from storage.errors import StoreUnavailable
from storage.postgres.connections import joined_options

Connect = Callable[[], Awaitable[psycopg.AsyncConnection[Any]]]

PATIENCE = 2.0
"""Seconds from a caller's arrival until the store counts as away."""

NEWEST = "SELECT max(number) FROM revisions"


@dataclass(slots=True, kw_only=True)
class _Round:
    """Those who share a query that is not sent yet, and when they give up on it."""

    deadline: float
    waiting: list[asyncio.Future[int]] = field(default_factory=list)

    def answer(self, revision: int) -> None:
        for future in self.waiting:
            if not future.done():
                future.set_result(revision)

    def fail(self, reason: str) -> None:
        for future in self.waiting:
            if not future.done():
                future.set_exception(StoreUnavailable(reason))


class PostgresProbe:
    """`RevisionProbe` on a connection of its own, which is opened again after a failure."""

    def __init__(
        self, connect: Connect, *, patience: float = PATIENCE, at: str | None = None
    ) -> None:
        self._database = f"the database at `{at}`" if at else "the database"
        self._connect = connect
        self._patience = patience
        self._connection: psycopg.AsyncConnection[Any] | None = None
        self._next: _Round | None = None
        self._asking: asyncio.Task[None] | None = None
        self._abandoned: set[asyncio.Task[int]] = set()
        self._closed = False

    async def confirm(self) -> int:
        """The revision of the last commit acknowledged before this call, or a later one."""
        if self._closed:
            raise StoreUnavailable("the probe is closed")
        loop = asyncio.get_running_loop()
        if self._next is None:
            self._next = _Round(deadline=loop.time() + self._patience)
        mine: asyncio.Future[int] = loop.create_future()
        self._next.waiting.append(mine)
        if self._asking is None:
            self._asking = loop.create_task(self._ask_round_after_round())
        return await mine

    async def close(self) -> None:
        """Release the connection. Whoever still waits gets `StoreUnavailable`."""
        self._closed = True
        self._fail_the_next("the probe is closed")
        if self._asking is not None:
            await asyncio.wait({self._asking})
        if self._abandoned:
            await asyncio.wait(self._abandoned, timeout=self._patience)
        if self._connection is not None:
            await self._connection.close()
            self._connection = None

    async def _ask_round_after_round(self) -> None:
        try:
            while self._next is not None:
                round, self._next = self._next, None
                await self._ask(round)
        finally:
            self._asking = None

    async def _ask(self, round: _Round) -> None:
        loop = asyncio.get_running_loop()
        query = loop.create_task(self._query())
        await asyncio.wait({query}, timeout=round.deadline - loop.time())
        if not query.done():
            self._abandon(query)
            self._fail(round, f"{self._database} did not answer within {self._patience:g} s")
        elif (error := query.exception()) is not None:
            name = getattr(error, "sqlstate", None) or type(error).__name__
            self._fail(round, f"{self._database} failed: `{name}`")
            await self._drop()
        else:
            round.answer(query.result())

    async def _query(self) -> int:
        if self._connection is None:
            self._connection = await self._connect()
        cursor = await self._connection.execute(NEWEST)
        row = await cursor.fetchone()
        return 0 if row is None or row[0] is None else int(row[0])

    def _fail(self, round: _Round, reason: str) -> None:
        """Fail those who shared the query and those who wait for the next one alike: the latter
        know of no reason why it should fare better, and would only wait longer."""
        round.fail(reason)
        self._fail_the_next(reason)

    def _fail_the_next(self, reason: str) -> None:
        if self._next is not None:
            round, self._next = self._next, None
            round.fail(reason)

    def _abandon(self, query: asyncio.Task[int]) -> None:
        """Let go of a query without waiting for a server that says nothing.

        Cancelling it would have psycopg ask that server to cancel it, and wait for the answer.
        """
        connection, self._connection = self._connection, None
        if connection is None:
            query.cancel()
        else:
            _cut(connection)

        def forget(query: asyncio.Task[int]) -> None:
            self._abandoned.discard(query)
            if connection is not None:
                connection.pgconn.finish()
            if not query.cancelled():
                # its failure was told already
                query.exception()

        self._abandoned.add(query)
        query.add_done_callback(forget)

    async def _drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.close()


def connecting(parameters: Mapping[str, Any], *, patience: float = PATIENCE) -> Connect:
    """Opens connections with libpq's `parameters`, to a server that can be written to: another
    one may be behind. Server and client both give up after `patience` seconds."""

    async def connect() -> psycopg.AsyncConnection[Any]:
        return await psycopg.AsyncConnection.connect(
            **{
                **parameters,
                "connect_timeout": max(2, math.ceil(patience)),
                "target_session_attrs": "read-write",
                "options": joined_options(
                    parameters.get("options"), f"statement_timeout={math.ceil(patience * 1000)}"
                ),
            },
            autocommit=True,
        )

    return connect


def _cut(connection: psycopg.AsyncConnection[Any]) -> None:
    """Shut the socket down: whoever waits on it is told at once that it ended."""
    with suppress(OSError), socket.socket(fileno=os.dup(connection.fileno())) as line:
        line.shutdown(socket.SHUT_RDWR)
