"""Counting who asked: within bounds, and through a store that is away for a while."""

import asyncio
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

import pytest

from cameo_service.callers import Caller
from cameo_service.context import Context
from cameo_service.inquiries.counting import Inquiries
from permissions.decision import Decision, Effect, PartyOutcome, Reason, ReasonCode
from permissions.request import ConsentRequest, Likeness
from permissions.vocabulary import Action, Facet, Principal
from storage.contracts import Store
from storage.errors import StoreUnavailable
from tests.loops import run_in_loop

CALLER = Caller(key_id="ck", principal="org:platform", scopes=frozenset(), acts_for=())


def ask(inquiries: Inquiries, requester: str, effect: Effect = Effect.PERMIT) -> None:
    reason = Reason(code=ReasonCode.IS_OWNER, step=6, message="")
    party = PartyOutcome(cameo_id="cam_1", effect=effect, reason=reason)
    likeness = Likeness(cameo_id="cam_1", facets=frozenset({Facet.FACE}))
    inquiries.note(
        ConsentRequest(requester=Principal(requester), action=Action.TAG, likenesses=(likeness,)),
        Decision(effect=effect, parties=(party,), reasons=(reason,), revision=1),
        CALLER,
    )


def counts(context: Context) -> dict[str, tuple[int, int]]:
    with context.store.read() as tx:
        found = [record for _, record in tx.inquiries.of_cameo("cam_1", limit=10)]
    return {record.requester: (record.permitted, record.refused) for record in found}


@dataclass
class SometimesAway:
    """A store that cannot be written while it is away."""

    store: Store
    away: bool = False

    def write(self) -> AbstractContextManager[Any]:
        if self.away:
            raise StoreUnavailable("the database is away")
        return self.store.write()


def test_what_cannot_be_written_is_written_later(context: Context) -> None:
    store = SometimesAway(context.store, away=True)
    inquiries = Inquiries(store, clock=context.clock)
    ask(inquiries, "user:bob")
    run_in_loop(inquiries.write())
    ask(inquiries, "user:bob", Effect.DENY)
    ask(inquiries, "user:eve", Effect.NEEDS_APPROVAL)
    store.away = False
    run_in_loop(inquiries.write())
    assert counts(context) == {"user:bob": (1, 1), "user:eve": (0, 1)}


def test_there_is_room_for_so_many(context: Context, caplog: pytest.LogCaptureFixture) -> None:
    inquiries = Inquiries(context.store, clock=context.clock, most=1)
    for requester in ("user:bob", "user:eve", "user:bob"):
        ask(inquiries, requester)
    run_in_loop(inquiries.write())
    assert counts(context) == {"user:bob": (2, 0)}
    assert "inquiries not counted" in caplog.text


def test_whoever_asks_in_many_names_is_counted_all_the_same(context: Context) -> None:
    async def serve() -> None:
        inquiries = Inquiries(context.store, clock=context.clock, most=4)
        stopping = asyncio.Event()
        writing = asyncio.create_task(inquiries.keep_writing(until=stopping, every=3_600))
        for number in range(8):
            ask(inquiries, f"user:u{number}")
            if number % 2:
                await until_written(context, number + 1)
        stopping.set()
        await writing

    run_in_loop(serve())
    assert counts(context) == {f"user:u{number}": (1, 0) for number in range(8)}


async def until_written(context: Context, many: int) -> None:
    async with asyncio.timeout(60):
        while len(await asyncio.to_thread(counts, context)) < many:  # noqa: ASYNC110 (a database)
            await asyncio.sleep(0.01)


def test_the_last_counts_are_written_at_the_end(context: Context) -> None:
    async def serve() -> None:
        inquiries, stopping = Inquiries(context.store, clock=context.clock), asyncio.Event()
        writing = asyncio.create_task(inquiries.keep_writing(until=stopping))
        ask(inquiries, "user:bob")
        await asyncio.sleep(0)
        stopping.set()
        await writing

    run_in_loop(serve())
    assert counts(context) == {"user:bob": (1, 0)}
