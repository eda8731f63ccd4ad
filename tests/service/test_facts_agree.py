"""Facts from a transaction, facts held in memory and the world itself give the same decisions."""

from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import httpx2
import msgspec
import pytest

from cameo_service.callers import Caller
from cameo_service.consent.answers import DecisionOut
from cameo_service.consent.canonical import request_hash
from cameo_service.consent.decisions import judge, judge_over
from cameo_service.hot.engine import Engine, Hearing
from permissions.decide import decide
from permissions.decision import Decision, Effect
from permissions.disclosure import requester_view
from storage.contracts import Store
from storage.local.key_encryption import LocalKeyEncryption
from storage.store import open_store
from tests.kinds import Kind
from tests.loops import run_in_loop
from tests.permissions.generated import NOW
from tests.service.kept_worlds import KeptWorld, body_of
from tests.service.running import Clock, RunningService

KEYS = LocalKeyEncryption(bytes(32))
WORLDS = 40
CALLER = Caller(
    key_id="ck_1",
    principal="org:platform",
    scopes=frozenset({"consent:check"}),
    acts_for=("user:*", "org:*", "app:*"),
)


def by_pure_facts(world: KeptWorld) -> list[Decision]:
    return [
        decide(replace(request, reference=request_hash(request)), world.facts, now=NOW)
        for request in world.requests
    ]


def by_transaction(store: Store, world: KeptWorld) -> list[Decision]:
    with store.read() as tx:
        return [judge(tx, CALLER, asked, now=NOW).decision for asked in world.asked()]


async def by_memory(store: Store, world: KeptWorld) -> tuple[list[Decision], list[Decision]]:
    """One after the other, which loads what is missing; and then all again, from memory alone."""
    engine = Engine(store, clock=lambda: NOW)
    hearing = Hearing(engine, CALLER)
    await engine._confirm()
    loaded = [(await hearing.decide([asked]))[0] for asked in world.asked()]
    held = [judge_over(engine._held, CALLER, asked).decision for asked in world.asked()]
    await engine.close()
    return loaded, held


def test_every_source_gives_the_same_decisions(databases: Kind, tmp_path: Path) -> None:
    effects: set[Effect] = set()
    for seed in range(WORLDS):
        world = KeptWorld.make(Random(seed))
        with databases.settings(tmp_path / f"world{seed}") as settings:
            store = open_store(settings.resolved_database_url, key_encryption=KEYS)
            world.keep(store)
            by_tx = by_transaction(store, world)
            loaded, held = run_in_loop(by_memory(store, world))
            store.close()
        assert loaded == by_tx
        assert held == by_tx
        for pure, kept in zip(by_pure_facts(world), by_tx, strict=True):
            # the store leaves revoked grants out, which a denial for lack of a basis would name
            assert requester_view(pure) == requester_view(kept)
        effects |= {decision.effect for decision in by_tx}
    assert effects == set(Effect)


@pytest.mark.parametrize("seed", range(3))
def test_a_check_over_http_says_what_the_transaction_says(
    service: RunningService, clock: Clock, seed: int
) -> None:
    clock.now = NOW
    world = KeptWorld.make(Random(1000 + seed))
    world.keep(service.context.store)
    key = service.key(acts_for=CALLER.acts_for)
    # again, with everything in memory
    for _ in range(2):
        with service.client(key) as client:
            answers = [answer(client, body_of(request)) for request in world.requests]
        expected = [
            msgspec.to_builtins(DecisionOut.of(requester_view(decision)))
            for decision in by_transaction(service.context.store, world)
        ]
        assert answers == msgspec.json.decode(msgspec.json.encode(expected))


def answer(client: httpx2.Client, body: dict[str, Any]) -> dict[str, Any]:
    response = client.post("/v1/consent/check", json=body)
    assert response.status_code == 200, response.text
    document: dict[str, Any] = response.json()
    return document
