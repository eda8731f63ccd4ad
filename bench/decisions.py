"""Time of one pure decision, from facts in memory, among few and among very many grants.

Other engines answer the same questions from the same grants (`bench.decision_peers`): Cedar, and
casbin in both of its ways. What one machine does in an hour says little of another: `ratios` are
what to compare.

$ python -m bench decisions
"""

import gc
import os
import random
import statistics
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

from bench.decision_peers import PEERS, Peer
from permissions.decide import decide
from permissions.disclosure import requester_view
from permissions.facts import CameoFacts, CameoStatus, Facts, GrantFacts, GrantIndex
from permissions.policy import Policy
from permissions.request import ConsentRequest, Likeness
from permissions.terms import Terms
from permissions.vocabulary import PROVEN_BY_ENROLLING, Action, Facet, Principal

SIZES = (1_000, 100_000, 1_000_000)
GRANTS_PER_CAMEO = 10
GRANTEES = 997
DIFFERENT_TERMS = 64
DECISIONS = 20_000
WARM_UP = 1_000
PEER_SECONDS = 20.0
FEWEST = 3
NOW = datetime(2026, 6, 1, tzinfo=UTC)
FACES = frozenset({Facet.FACE})
AIM_P50_US = 10.0

Asked = TypeVar("Asked")


def measure(models: Path) -> dict[str, Any]:
    """Microseconds per decision for each size. No models are involved."""
    del models
    results: dict[str, Any] = {f"{size}_grants": _measure_size(size) for size in SIZES}
    results["peers"] = {peer.name: peer.decides_less for peer in PEERS}
    return {**results, "different_terms": DIFFERENT_TERMS, "aims": {"p50_us": AIM_P50_US}}


def _measure_size(size: int) -> dict[str, Any]:
    started = time.perf_counter()
    grants = list(_grants(size))
    facts = _facts(size, grants)
    built = time.perf_counter() - started
    asked = list(_questions(size))
    decisions = [decide(each, facts, now=NOW) for each in asked]
    result: dict[str, Any] = {
        "load_average": [round(load, 2) for load in os.getloadavg()],
        "facts_built_s": round(built, 2),
        "decide": _timed(lambda each: decide(each, facts, now=NOW).permitted, asked),
        "view": _timed(lambda each: requester_view(each).permitted, decisions),
        "decide_and_view": _timed(
            lambda each: requester_view(decide(each, facts, now=NOW)).permitted, asked
        ),
    }
    expected = [each.permitted for each in decisions]
    del decisions
    for peer in PEERS:
        result[peer.name] = _measure_peer(peer, facts, grants, asked, expected)
    ours = result["decide"]["p50_us"]
    ratios = {peer.name: round(result[peer.name]["p50_us"] / ours, 1) for peer in PEERS}
    return {**result, "ratios": ratios}


def _measure_peer(
    peer: Peer,
    facts: Facts,
    grants: list[GrantFacts],
    asked: list[ConsentRequest],
    expected: list[bool],
) -> dict[str, Any]:
    """Time as many decisions as fit into the time, or all; none may come out otherwise."""
    started = time.perf_counter()
    ask = peer.build(facts, grants, NOW)
    built = time.perf_counter() - started
    fitting = 0
    until = time.perf_counter() + PEER_SECONDS / 2
    while fitting < len(asked) and (fitting < FEWEST or time.perf_counter() < until):
        if ask(asked[fitting]) is not expected[fitting]:
            raise RuntimeError(f"{peer.name} answers otherwise: {asked[fitting]}")
        fitting += 1
    return {"built_s": round(built, 2), **_timed(ask, asked[:fitting], warm_up=0)}


def _timed(
    ask: Callable[[Asked], bool], asked: list[Asked], *, warm_up: int = WARM_UP
) -> dict[str, float]:
    for each in asked[:warm_up]:
        ask(each)
    gc.collect()
    gc.freeze()  # what was built here is no garbage, and looking through it is not the decision
    times, permitted = [], 0
    for each in asked:
        started = time.perf_counter_ns()
        permitted += ask(each)
        times.append((time.perf_counter_ns() - started) / 1000)
    gc.unfreeze()
    parts = statistics.quantiles(times, n=100, method="inclusive")
    return {
        "decisions": len(asked),
        "p50_us": round(parts[49], 1),
        "p95_us": round(parts[94], 1),
        "p99_us": round(parts[98], 1),
        "permitted": round(permitted / len(asked), 2),
    }


# -- facts and questions -------------------------------------------------------------------------


def _facts(size: int, grants: list[GrantFacts]) -> Facts:
    policy = Policy()
    cameos = {
        id: CameoFacts(
            id=id,
            owner=_owner(number),
            status=CameoStatus.ACTIVE,
            credential_expires_at=NOW + timedelta(days=300),
            policy=policy,
            enrolled=PROVEN_BY_ENROLLING,
        )
        for number, id in enumerate(_cameo(number) for number in range(size // GRANTS_PER_CAMEO))
    }
    return Facts(revision=1, cameos=cameos, grants=GrantIndex(grants))


def _grants(size: int) -> Iterator[GrantFacts]:
    """`size` grants, ten to a cameo, under one of a few dozen terms."""
    terms = [_terms(number) for number in range(DIFFERENT_TERMS)]
    for number in range(size):
        yield GrantFacts(
            id=f"gra_{number}",
            version=1,
            cameo_id=_cameo(number // GRANTS_PER_CAMEO),
            grantor=_owner(number // GRANTS_PER_CAMEO),
            grantee=_grantee(number),
            terms=terms[number % DIFFERENT_TERMS],
            revoked=False,
        )


def _questions(size: int) -> Iterator[ConsentRequest]:
    """Three of four ask with a grant, one of four with somebody else's."""
    draw = random.Random(size)
    for _ in range(DECISIONS):
        number = draw.randrange(size)
        stranger = draw.random() < 0.25
        yield ConsentRequest(
            requester=_grantee(number + GRANTS_PER_CAMEO if stranger else number),
            action=Action.GENERATE,
            likenesses=(Likeness(cameo_id=_cameo(number // GRANTS_PER_CAMEO), facets=FACES),),
        )


def _terms(number: int) -> Terms:
    return Terms.without_limits(
        actions=frozenset({Action.GENERATE}),
        facets=FACES,
        not_after=NOW + timedelta(days=1 + number),
    )


def _cameo(number: int) -> str:
    return f"cam_{number}"


def _owner(number: int) -> Principal:
    return Principal(f"user:owner-{number}")


def _grantee(number: int) -> Principal:
    return Principal(f"user:grantee-{number % GRANTEES}")
