"""Time of one pure decision, from facts in memory, among few and among very many grants.

Where cedarpy is installed, Cedar answers the same questions from the same grants, as entities
under one policy, everything parsed beforehand. It decides less (ownership, state, expiry, grants)
and is told to say nothing but yes or no; the figure shows what an engine for policies costs here.
"""

import gc
import importlib.util
import json
import random
import statistics
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from permissions.decide import decide
from permissions.disclosure import requester_view
from permissions.facts import CameoFacts, CameoStatus, Facts, GrantFacts, GrantIndex
from permissions.policy import Policy
from permissions.request import ConsentRequest, Likeness
from permissions.terms import Terms
from permissions.vocabulary import Action, Facet, Principal

SIZES = (1_000, 100_000, 1_000_000)
GRANTS_PER_CAMEO = 10
GRANTEES = 997
DIFFERENT_TERMS = 64
DECISIONS = 20_000
WARM_UP = 1_000
NOW = datetime(2026, 6, 1, tzinfo=UTC)
FACES = frozenset({Facet.FACE})
AIM_P50_US = 10.0

Ask = Callable[[ConsentRequest], bool]


def measure(models: Path) -> dict[str, Any]:
    """Microseconds per decision for each size. No models are involved."""
    del models
    peer = importlib.util.find_spec("cedarpy") is not None
    results: dict[str, Any] = {f"{size}_grants": _measure_size(size, peer=peer) for size in SIZES}
    if not peer:
        results["cedar"] = "cedarpy is not installed"
    return {**results, "different_terms": DIFFERENT_TERMS, "aims": {"p50_us": AIM_P50_US}}


def _measure_size(size: int, *, peer: bool) -> dict[str, Any]:
    started = time.perf_counter()
    facts = _facts(size)
    built = time.perf_counter() - started
    asked = list(_questions(size))
    shown = _timed(lambda each: requester_view(decide(each, facts, now=NOW)).permitted, asked)
    result: dict[str, Any] = {
        "facts_built_s": round(built, 2),
        "decide": _timed(lambda each: decide(each, facts, now=NOW).permitted, asked),
        "decide_and_view": shown,
    }
    if peer:
        ask = _cedar(facts, size)
        for each in asked[:WARM_UP]:
            if ask(each) != decide(each, facts, now=NOW).permitted:
                raise RuntimeError(f"cedar answers otherwise: {each}")
        result["cedar"] = _timed(ask, asked)
    return result


def _timed(ask: Ask, asked: list[ConsentRequest]) -> dict[str, float]:
    for each in asked[:WARM_UP]:
        ask(each)
    gc.collect()
    gc.freeze()  # what was built here is no garbage, and looking through it is not the decision
    times, permitted = [], 0
    for each in asked:
        started = time.perf_counter_ns()
        permitted += ask(each)
        times.append((time.perf_counter_ns() - started) / 1000)
    gc.unfreeze()
    parts = statistics.quantiles(times, n=100)
    return {
        "p50_us": round(parts[49], 1),
        "p95_us": round(parts[94], 1),
        "p99_us": round(parts[98], 1),
        "permitted": round(permitted / len(asked), 2),
    }


# -- facts and questions -------------------------------------------------------------------------


def _facts(size: int) -> Facts:
    """`size` grants, ten to a cameo, under one of a few dozen terms."""
    terms = [_terms(number) for number in range(DIFFERENT_TERMS)]
    policy = Policy()
    cameos = {
        id: CameoFacts(
            id=id,
            owner=_owner(number),
            status=CameoStatus.ACTIVE,
            credential_expires_at=NOW + timedelta(days=300),
            policy=policy,
        )
        for number, id in enumerate(_cameo(number) for number in range(size // GRANTS_PER_CAMEO))
    }
    grants = (
        GrantFacts(
            id=f"gra_{number}",
            version=1,
            cameo_id=_cameo(number // GRANTS_PER_CAMEO),
            grantor=_owner(number // GRANTS_PER_CAMEO),
            grantee=_grantee(number),
            terms=terms[number % DIFFERENT_TERMS],
            revoked=False,
        )
        for number in range(size)
    )
    return Facts(revision=1, cameos=cameos, grants=GrantIndex(grants))


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


# -- the peer ------------------------------------------------------------------------------------

CEDAR_POLICY = """
permit(principal, action == Action::"generate", resource) when {
  resource.active && context.now < resource.ends &&
  (principal == resource.owner ||
   (resource.grants.hasTag(context.requester) &&
    context.now < resource.grants.getTag(context.requester)))
};
"""


def _cedar(facts: Facts, size: int) -> Ask:
    """Cedar over the same facts: for each cameo a table of grantees and when their grant ends."""
    import cedarpy

    policies = cedarpy.PolicySet.from_str(CEDAR_POLICY)
    entities = cedarpy.Entities.from_json_str(json.dumps(list(_entities(facts, size))))
    now = int(NOW.timestamp())

    def ask(request: ConsentRequest) -> bool:
        question = {
            "principal": f'User::"{request.requester}"',
            "action": f'Action::"{request.action.value}"',
            "resource": f'Cameo::"{request.likenesses[0].cameo_id}"',
            "context": {"now": now, "requester": str(request.requester)},
        }
        return bool(cedarpy.is_authorized(question, policies, entities).allowed)

    return ask


def _entities(facts: Facts, size: int) -> Iterator[dict[str, Any]]:
    for number in range(size // GRANTS_PER_CAMEO):
        cameo = facts.cameos[_cameo(number)]
        table = {"type": "Grants", "id": cameo.id}
        ends = cameo.credential_expires_at or NOW
        yield {
            "uid": {"type": "Cameo", "id": cameo.id},
            "attrs": {
                "active": cameo.status is CameoStatus.ACTIVE,
                "ends": int(ends.timestamp()),
                "owner": {"__entity": {"type": "User", "id": cameo.owner}},
                "grants": {"__entity": table},
            },
            "parents": [],
        }
        held = range(number * GRANTS_PER_CAMEO, (number + 1) * GRANTS_PER_CAMEO)
        yield {
            "uid": table,
            "attrs": {},
            "parents": [],
            "tags": {_grantee(each): _ends(facts, each) for each in held},
        }


def _ends(facts: Facts, number: int) -> int:
    grant = facts.index.find(f"gra_{number}")
    if grant is None or grant.terms.not_after is None:
        raise LookupError(f"gra_{number}")
    return int(grant.terms.not_after.timestamp())
