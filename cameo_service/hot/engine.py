"""Answers from facts in memory, at a revision that the store confirmed after the question came.

    hearing = await engine.hear(b"Bearer ck_…")
    decisions = await hearing.decide([Asked(request, draft=None)])

Every request first confirms the store's revision. If that moved, what was touched is dropped; what
is missing is loaded in a worker thread, and that answer is its transaction's, begun later still.
So no answer rests on what was revoked before its question came, and when the store is away there
is none: `StoreUnavailable`, never a yes.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import TypeVar

from cameo_service.callers import Caller, admit, key_id_of
from cameo_service.consent import Asked
from cameo_service.decisions import Judged, judge_over
from cameo_service.errors import Unauthenticated
from cameo_service.facts.held import MOST_PARTS, Basis, HeldFacts, Loaded, Missing
from cameo_service.facts.reading import TransactionSource
from cameo_service.facts.source import Source
from permissions.decision import Decision
from storage.contracts import RevisionProbe, Store

T = TypeVar("T")

LOADERS = 8
"""Threads that load what is missing; more questions wait."""


@dataclass(frozen=True, slots=True)
class Explained:
    """A decision, and who owns each cameo in it."""

    decision: Decision
    owners: Mapping[str, str]


class Engine:
    """Decides for one event loop, over the facts that it holds."""

    def __init__(
        self,
        store: Store,
        *,
        clock: Callable[[], datetime],
        most_parts: int = MOST_PARTS,
        probe: RevisionProbe | None = None,
    ) -> None:
        self._store = store
        self._clock = clock
        self._probe = probe or store.probe()
        self._held = HeldFacts(most=most_parts)
        self._loaders = ThreadPoolExecutor(LOADERS, thread_name_prefix="cameo-facts")
        self._catching_up: asyncio.Task[None] | None = None

    async def hear(self, authorization: bytes | None) -> "Hearing":
        """The caller with this `Authorization` header, at a revision that is confirmed now.

        Raises `Unauthenticated` and `StoreUnavailable`.
        """
        token = _bearer(authorization)
        await self._confirm()
        return Hearing(self, await self._over_facts(partial(_caller, token)))

    async def close(self) -> None:
        """Release the probe and the threads. No question is answered afterwards."""
        await self._probe.close()
        self._loaders.shutdown(wait=False, cancel_futures=True)

    async def _confirm(self) -> None:
        """Come to the revision of the last commit acknowledged before this call, or a later one."""
        before = self._held.revision
        revision = await self._probe.confirm()
        if revision < before:
            # `before` was read from the store: since then it was put back to a former state
            self._held.forget()
        while self._held.revision < revision:
            await self._catch_up()

    async def _catch_up(self) -> None:
        """Read once, for all who wait, what was touched since the revision that is held."""
        if self._catching_up is None:
            self._catching_up = asyncio.create_task(self._read_touched())
            self._catching_up.add_done_callback(self._caught_up)
        await asyncio.shield(self._catching_up)

    async def _read_touched(self) -> None:
        _, loaded = await self._load(_nothing)
        self._held.take(loaded)

    def _caught_up(self, task: asyncio.Task[None]) -> None:
        self._catching_up = None
        if not task.cancelled():
            # whoever waits is told; nobody may be left
            task.exception()

    async def _over_facts(self, work: Callable[[Source], T]) -> T:
        """What `work` makes of the facts: of those in memory, or else of loaded ones.

        It may be begun twice, so it must not change anything.
        """
        self._held.now = self._clock()
        try:
            return work(self._held)
        except Missing:
            result, loaded = await self._load(work)
            self._held.take(loaded)
            return result

    async def _load(self, work: Callable[[Source], T]) -> tuple[T, Loaded]:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(
            self._loaders, partial(self._load_in_thread, work, self._held.basis())
        )

    def _load_in_thread(self, work: Callable[[Source], T], basis: Basis) -> tuple[T, Loaded]:
        with self._store.read() as tx:
            now, revision = self._clock(), tx.revisions.current()
            # None, too, where nothing is held yet
            touched = tx.revisions.touched_since(basis.begun) if basis.begun >= 0 else None
            known = partial(basis.known, revision=revision, touched=touched, now=now)
            source = TransactionSource(tx, now, known=known)
            result = work(source)
        return result, Loaded(basis, revision, touched, source.parts)


@dataclass(frozen=True, slots=True)
class Hearing:
    """One HTTP request: its caller, and questions at the revision confirmed when it came."""

    _engine: Engine
    caller: Caller

    async def decide(self, asked: Sequence[Asked]) -> list[Decision]:
        """The decisions, in full and all at one revision. The route shows `requester_view`.

        Raises `NotActingFor` where the caller may not ask for a requester, what
        `decisions.require_draft` raises for a draft, and `StoreUnavailable`.
        """
        return await self._engine._over_facts(partial(_decisions, self.caller, asked))  # noqa: SLF001

    async def over_facts(self, work: Callable[[Source], T]) -> T:
        """What `work` makes of the facts, all at one revision. It may be begun twice."""
        return await self._engine._over_facts(work)  # noqa: SLF001

    async def explain(self, asked: Asked) -> Explained:
        """The decision, and who owns the cameos in it."""
        return await self._engine._over_facts(partial(_explained, self.caller, asked))  # noqa: SLF001


def _bearer(authorization: bytes | None) -> str:
    """The token (RFC 6750)."""
    scheme, _, token = (authorization or b"").partition(b" ")
    if scheme.lower() != b"bearer" or not token:
        raise Unauthenticated("send `Authorization: Bearer …` with an API key")
    return token.strip().decode("latin-1")


def _caller(token: str, source: Source) -> Caller:
    return admit(source.key_record(key_id_of(token)), token)


def _decisions(caller: Caller, asked: Sequence[Asked], source: Source) -> list[Decision]:
    return [judge_over(source, caller, each).decision for each in asked]


def _explained(caller: Caller, asked: Asked, source: Source) -> Explained:
    judged = judge_over(source, caller, asked)
    return Explained(judged.decision, _owners(judged))


def _owners(judged: Judged) -> dict[str, str]:
    found = {
        party.cameo_id: judged.facts.cameos.get(party.cameo_id) for party in judged.decision.parties
    }
    return {id: cameo.owner for id, cameo in found.items() if cameo is not None}


def _nothing(source: Source) -> None:
    del source
