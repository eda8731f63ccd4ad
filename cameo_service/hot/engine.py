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
from hashlib import sha256
from typing import TypeVar

from cameo_service.callers import Caller, admit, key_id_of
from cameo_service.consent.canonical import Asked
from cameo_service.consent.decisions import Judged, judge_over
from cameo_service.errors import Unauthenticated
from cameo_service.facts.held import MOST_PARTS, Basis, HeldFacts, Loaded, Missing
from cameo_service.facts.reading import TransactionSource
from cameo_service.facts.source import Source
from permissions.decision import Decision
from storage.contracts import RevisionProbe, Store
from storage.errors import StoreUnavailable
from storage.records import ApiKeyRecord

T = TypeVar("T")

MOST_CALLERS = 10_000
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
        self._callers = _Callers()
        self._loaders = ThreadPoolExecutor(LOADERS, thread_name_prefix="cameo-facts")
        self._catching_up: asyncio.Task[None] | None = None

    async def hear(self, authorization: bytes | None) -> "Hearing":
        """The caller with this `Authorization` header, at a revision that is confirmed now.

        Raises `Unauthenticated` and `StoreUnavailable`.
        """
        await self._confirm()
        return Hearing(self, await self._over_facts(partial(self._callers.find, authorization)))

    async def close(self) -> None:
        """Release the probe and the threads. No question is answered afterwards."""
        await self._probe.close()
        self._loaders.shutdown(wait=False, cancel_futures=True)

    async def _confirm(self) -> None:
        """Come to the revision of the last commit acknowledged before this call, or a later one."""
        before = self._held.revision
        try:
            revision = await self._probe.confirm()
        except StoreUnavailable:
            # it may come back as another one, in which the same number means another state
            self._held.forget()
            raise
        if revision < before:
            # `before` was read from the store: since then it was put back to a former state
            self._held.forget()
        while self._held.revision < revision:
            await self._catch_up()

    async def _catch_up(self) -> None:
        """Read once, for all who wait, what was touched since the revision that is held."""
        if self._catching_up is None:
            self._catching_up = asyncio.create_task(self._read_touched())
            # whoever waits is told of its failure; nobody may be left
            self._catching_up.add_done_callback(_retrieve)
        await asyncio.shield(self._catching_up)

    async def _read_touched(self) -> None:
        try:
            _, loaded = await self._load(_nothing)
            self._held.take(loaded)
        finally:
            # not in a callback, before which somebody would wait for what is over already
            self._catching_up = None

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


class Hearing:
    """One HTTP request: its caller, and questions at the revision confirmed when it came."""

    __slots__ = ("_engine", "caller")

    def __init__(self, engine: Engine, caller: Caller) -> None:
        self._engine = engine
        self.caller = caller

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


class _Callers:
    """Callers whose key was verified, by the digest of the header that they sent.

    A caller counts as long as the record that it was verified against is the one that is held.
    """

    def __init__(self) -> None:
        self._verified: dict[bytes, tuple[str, ApiKeyRecord | None, Caller]] = {}

    def find(self, authorization: bytes | None, source: Source) -> Caller:
        """The caller. Raises `Unauthenticated`."""
        digest = sha256(authorization or b"").digest()
        verified = self._verified.get(digest)
        if verified is not None and source.key_record(verified[0]) is verified[1]:
            return verified[2]
        token = _bearer(authorization)
        id = key_id_of(token)
        record = source.key_record(id)
        caller = admit(record, token)
        if len(self._verified) >= MOST_CALLERS:
            self._verified.clear()
        self._verified[digest] = (id, record, caller)
        return caller


def _bearer(authorization: bytes | None) -> str:
    """The token (RFC 6750)."""
    scheme, _, token = (authorization or b"").partition(b" ")
    if scheme.lower() != b"bearer" or not token:
        raise Unauthenticated("send `Authorization: Bearer …` with an API key")
    return token.strip().decode("latin-1")


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


def _retrieve(task: asyncio.Task[None]) -> None:
    if not task.cancelled():
        task.exception()


def _nothing(source: Source) -> None:
    del source
