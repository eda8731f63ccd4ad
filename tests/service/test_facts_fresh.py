"""No check that starts after a revocation was acknowledged says yes on its strength.

Another process grants and revokes without a pause while checks run. Each check reads, before it
starts, which revocation was acknowledged last.
"""

import asyncio
import itertools
import multiprocessing
import time
from dataclasses import replace
from datetime import UTC, datetime
from multiprocessing.sharedctypes import Synchronized
from multiprocessing.synchronize import Event

import pytest

from cameo_service import touched
from cameo_service.callers import Caller
from cameo_service.consent.canonical import Asked
from cameo_service.documents import policy_document, terms_document
from cameo_service.facts.held import MOST_PARTS
from cameo_service.hot.engine import Engine, Hearing
from permissions.decision import Decision
from permissions.policy import Policy
from permissions.request import ConsentRequest, Likeness
from permissions.terms import Terms
from permissions.vocabulary import Action, Facet, Principal
from storage.contracts import RevisionProbe, Store
from storage.errors import StoreUnavailable
from storage.local.key_encryption import LocalKeyEncryption
from storage.store import open_store
from tests.loops import run_in_loop
from tests.storage import samples
from tests.storage.conftest import (  # noqa: F401 (fixtures: every test here runs on both databases)
    opened,
    postgres_url,
    sqlite_url,
    store,
    url,
)

NOW = datetime(2026, 6, 1, tzinfo=UTC)
ROUNDS = 40
"""And more, until both sides of the race were seen."""
LONGEST_S = 200
CALLER = Caller(key_id="ck_1", principal="org:platform", scopes=frozenset(), acts_for=("user:*",))
ASKED = Asked(
    ConsentRequest(
        requester=Principal("user:bob"),
        action=Action.GENERATE,
        likenesses=(Likeness(cameo_id="cam_1", facets=frozenset({Facet.FACE})),),
    ),
    None,
)
TERMS = Terms.without_limits(actions=frozenset({Action.GENERATE}), facets=frozenset({Facet.FACE}))


def furnish(into: Store) -> None:
    with into.write() as tx:
        ends = NOW.replace(year=2100)
        tx.cameos.add(samples.cameo(id="cam_1", owner="user:ann", credential_expires_at=ends))
        document = policy_document(Policy())
        tx.policies.append(samples.policy(cameo_id="cam_1", document=document))
        tx.revisions.touch(touched.cameo("cam_1"), now=NOW)


def grant(into: Store, number: int) -> None:
    with into.write() as tx:
        tx.grants.add(
            samples.grant(
                id=f"gra_{number:06}",
                version=1,
                cameo_id="cam_1",
                grantor="user:ann",
                grantee="user:bob",
                terms=terms_document(TERMS),
                parent=None,
                revoked_at=None,
                revoked_by=None,
                revocation_reason=None,
            )
        )
        tx.revisions.touch(touched.cameo("cam_1"), touched.principal("user:bob"), now=NOW)


def revoke(into: Store, number: int) -> None:
    with into.write() as tx:
        record = tx.grants.get(f"gra_{number:06}")
        tx.grants.save(replace(record, revoked_at=NOW, revoked_by="user:ann"))
        tx.revisions.touch(touched.grant(record.id), touched.cameo("cam_1"), now=NOW)


def write_without_pause(at: str, acknowledged: "Synchronized[int]", enough: Event) -> None:
    """In a process of its own: what it has revoked is in `acknowledged` once that is committed."""
    writing = open_store(at, key_encryption=LocalKeyEncryption(bytes(range(32))))
    for number in itertools.count(1):
        grant(writing, number)
        revoke(writing, number)
        acknowledged.value = number
        if enough.is_set():
            break
    writing.close()


def newest_grant(decision: Decision) -> int:
    return max((int(each.id.removeprefix("gra_")) for each in decision.grants), default=0)


async def ask(engine: Engine) -> Decision:
    await engine._confirm()
    (decision,) = await Hearing(engine, CALLER).decide([ASKED])
    return decision


@pytest.mark.parametrize("most", [MOST_PARTS, 2], ids=["held", "crowded"])
def test_no_yes_after_an_acknowledged_revocation(store: Store, url: str, most: int) -> None:  # noqa: F811
    furnish(store)
    spawn = multiprocessing.get_context("spawn")
    acknowledged, enough = spawn.Value("i", 0), spawn.Event()
    writer = spawn.Process(target=write_without_pause, args=(url, acknowledged, enough))
    answers = {"yes": 0, "no": 0}

    async def check_until(end: float) -> None:
        while acknowledged.value < ROUNDS or min(answers.values()) == 0:
            assert time.monotonic() < end, answers
            revoked = acknowledged.value
            decision = await ask(engine)
            if decision.permitted:
                assert newest_grant(decision) > revoked
            answers["yes" if decision.permitted else "no"] += 1

    async def check() -> None:
        end = time.monotonic() + LONGEST_S
        try:
            async with asyncio.TaskGroup() as tasks:
                for _ in range(4):
                    tasks.create_task(check_until(end))
            enough.set()
            await asyncio.to_thread(writer.join, LONGEST_S)
            assert not (await ask(engine)).permitted
        finally:
            enough.set()
            await engine.close()

    engine = Engine(store, clock=lambda: NOW, most_parts=most)
    writer.start()
    try:
        run_in_loop(check())
    finally:
        writer.join(LONGEST_S)
    assert writer.exitcode == 0


class RepeatingProbe:
    """A probe that answers what it first heard."""

    def __init__(self, probe: RevisionProbe) -> None:
        self._probe = probe
        self._first: int | None = None

    async def confirm(self) -> int:
        if self._first is None:
            self._first = await self._probe.confirm()
        return self._first

    async def close(self) -> None:
        await self._probe.close()


def test_it_is_the_probe_that_keeps_answers_fresh(store: Store) -> None:  # noqa: F811
    furnish(store)
    grant(store, 1)

    async def check() -> list[bool]:
        honest = Engine(store, clock=lambda: NOW)
        deaf = Engine(store, clock=lambda: NOW, probe=RepeatingProbe(store.probe()))
        before = [(await ask(engine)).permitted for engine in (honest, deaf)]
        await asyncio.to_thread(revoke, store, 1)
        after = [(await ask(engine)).permitted for engine in (honest, deaf)]
        await honest.close()
        await deaf.close()
        return before + after

    assert run_in_loop(check()) == [True, True, False, True]


class FailingProbe:
    """A probe of a store that is away while `away` is set."""

    def __init__(self, probe: RevisionProbe) -> None:
        self._probe = probe
        self.away = False

    async def confirm(self) -> int:
        if self.away:
            raise StoreUnavailable("the database is away")
        return await self._probe.confirm()

    async def close(self) -> None:
        await self._probe.close()


def test_there_is_no_answer_while_the_store_is_away(store: Store) -> None:  # noqa: F811
    furnish(store)
    grant(store, 1)

    async def check() -> None:
        probe = FailingProbe(store.probe())
        engine = Engine(store, clock=lambda: NOW, probe=probe)
        assert (await ask(engine)).permitted
        probe.away = True
        with pytest.raises(StoreUnavailable):
            await ask(engine)
        await asyncio.to_thread(revoke, store, 1)
        probe.away = False
        assert not (await ask(engine)).permitted
        await engine.close()

    run_in_loop(check())


def test_a_store_that_was_away_may_come_back_as_another(store: Store) -> None:  # noqa: F811
    """A backup from before a grant, moved on to the same revision by something else."""
    furnish(store)
    grant(store, 1)

    async def check() -> None:
        probe = FailingProbe(store.probe())
        engine = Engine(store, clock=lambda: NOW, probe=probe)
        assert (await ask(engine)).permitted
        probe.away = True
        with pytest.raises(StoreUnavailable):
            await ask(engine)
        await asyncio.to_thread(rewrite_history, store)
        probe.away = False
        assert not (await ask(engine)).permitted
        await engine.close()

    run_in_loop(check())


def rewrite_history(into: Store) -> None:
    """As if the grant had been revoked with the commit that gave it."""
    with into.write() as tx:
        tx.grants.save(replace(tx.grants.get("gra_000001"), revoked_at=NOW, revoked_by="user:ann"))


def test_many_writes_between_two_checks_are_caught_up_with(store: Store) -> None:  # noqa: F811
    furnish(store)

    async def check() -> None:
        engine = Engine(store, clock=lambda: NOW)
        for number in range(1, 4):
            await asyncio.to_thread(grant, store, number)
            answers = await asyncio.gather(*(ask(engine) for _ in range(20)))
            assert {newest_grant(answer) for answer in answers} <= set(range(1, number + 1))
            assert all(answer.permitted for answer in answers)
            assert {answer.revision for answer in answers} == {engine._held.revision}
        await engine.close()

    run_in_loop(check())
