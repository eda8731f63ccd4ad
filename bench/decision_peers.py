"""What other engines take for the same decisions, everything parsed and loaded beforehand.

ask = PEERS[0].build(facts, grants, now)
ask(request)
"""

import json
import logging
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from permissions.facts import CameoFacts, CameoStatus, Facts, GrantFacts
from permissions.request import ConsentRequest

Ask = Callable[[ConsentRequest], bool]


@dataclass(frozen=True, kw_only=True)
class Peer:
    """Another engine. `decides_less` says what our decision looks at and this one does not."""

    name: str
    decides_less: str
    build: Callable[[Facts, list[GrantFacts], datetime], Ask]


# -- cedar ---------------------------------------------------------------------------------------

CEDAR_POLICY = """
permit(principal, action == Action::"generate", resource) when {
  resource.active && context.now < resource.ends &&
  (principal == resource.owner ||
   (resource.grants.hasTag(context.requester) &&
    context.now < resource.grants.getTag(context.requester)))
};
"""


def _cedar(facts: Facts, grants: list[GrantFacts], now: datetime) -> Ask:
    """Cedar over entities: for each cameo a table of grantees and when their grant ends."""
    import cedarpy

    policies = cedarpy.PolicySet.from_str(CEDAR_POLICY)
    entities = cedarpy.Entities.from_json_str(json.dumps(list(_entities(facts, grants))))
    seconds = int(now.timestamp())

    def ask(request: ConsentRequest) -> bool:
        # identifiers in parts: as text they would be parsed for every question
        question = {
            "principal": {"type": "User", "id": request.requester},
            "action": {"type": "Action", "id": request.action.value},
            "resource": {"type": "Cameo", "id": request.likenesses[0].cameo_id},
            "context": {"now": seconds, "requester": request.requester},
        }
        return bool(cedarpy.is_authorized(question, policies, entities).allowed)

    return ask


def _entities(facts: Facts, grants: Iterable[GrantFacts]) -> Iterator[dict[str, Any]]:
    ends: dict[str, dict[str, int]] = defaultdict(dict)
    for grant in grants:
        ends[grant.cameo_id][grant.grantee] = _epoch(grant.terms.not_after)
    for id, table in ends.items():
        cameo = facts.cameos[id]
        yield {"uid": {"type": "Grants", "id": id}, "attrs": {}, "parents": [], "tags": table}
        yield {"uid": {"type": "Cameo", "id": id}, "attrs": _attributes(cameo), "parents": []}


def _attributes(cameo: CameoFacts) -> dict[str, Any]:
    return {
        "active": cameo.status is CameoStatus.ACTIVE,
        "ends": _epoch(cameo.credential_expires_at),
        "owner": {"__entity": {"type": "User", "id": cameo.owner}},
        "grants": {"__entity": {"type": "Grants", "id": cameo.id}},
    }


def _epoch(moment: datetime | None) -> int:
    if moment is None:
        raise ValueError("every end must be set for this comparison")
    return int(moment.timestamp())


# -- casbin --------------------------------------------------------------------------------------

CASBIN_MODEL = """
[request_definition]
r = sub, obj, act, now

[policy_definition]
p = sub, obj, act, ends

[policy_effect]
e = some(where (p.eft == allow))

[matchers]
m = r.sub == p.sub && r.obj == p.obj && r.act == p.act && r.now < p.ends
"""


def _casbin(facts: Facts, grants: list[GrantFacts], now: datetime) -> Ask:
    """The model as its manual teaches it: every grant is a line of policy, tried one by one."""
    import casbin  # type: ignore[import-untyped]  # publishes no types

    del facts
    model = casbin.Enforcer.new_model(text=CASBIN_MODEL)
    _fill(model, grants)
    return _asking(casbin.Enforcer(model), now)


def _fast_casbin(facts: Facts, grants: list[GrantFacts], now: datetime) -> Ask:
    """Casbin's enforcer for many lines: they are looked up by cameo and requester first."""
    import casbin
    from casbin.model import FastModel  # type: ignore[import-untyped]  # publishes no types

    del facts
    order = (1, 0)
    model = FastModel(order)
    model.load_model_from_text(CASBIN_MODEL)
    _fill(model, grants)
    return _asking(casbin.FastEnforcer(model, cache_key_order=order), now)


def _fill(model: Any, grants: Iterable[GrantFacts]) -> None:  # noqa: ANN401 - casbin has no types
    """Add the lines as an adapter does when it loads them."""
    policy = model.model["p"]["p"].policy
    for grant in grants:
        for action in grant.terms.actions:
            ends = grant.terms.not_after
            if ends is None:
                raise ValueError("every end must be set for this comparison")
            policy.append([grant.grantee, grant.cameo_id, action.value, ends.isoformat()])


def _asking(enforcer: Any, now: datetime) -> Ask:  # noqa: ANN401 - casbin has no types
    # it would log a warning for every denial
    logging.getLogger("casbin.enforcer").disabled = True
    moment = now.isoformat()

    def ask(request: ConsentRequest) -> bool:
        cameo_id = request.likenesses[0].cameo_id
        return bool(enforcer.enforce(request.requester, cameo_id, request.action.value, moment))

    return ask


PEERS = (
    Peer(
        name="cedar",
        decides_less=(
            "state, credential, owner, grantee and end of a grant; no facets, no other terms, no "
            "chains, no reviews, no obligations; says yes or no, without reasons or an end"
        ),
        build=_cedar,
    ),
    Peer(
        name="casbin",
        decides_less="grantee, cameo, action and end of a grant; nothing else; says yes or no",
        build=_casbin,
    ),
    Peer(
        name="casbin_fast",
        decides_less="as casbin, with the lines found by cameo and requester",
        build=_fast_casbin,
    ),
)
