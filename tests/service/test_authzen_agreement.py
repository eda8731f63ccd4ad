"""AuthZEN and the check give one answer: the same worlds, the same questions, over HTTP."""

from collections import Counter
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import httpx2
import pytest

from permissions.request import ConsentRequest
from permissions.vocabulary import Action, Principal
from tests.kinds import Kind
from tests.permissions.generated import NOW
from tests.service.authzen_asking import ACTIONS, EVALUATION, EVALUATIONS, EVERYBODY, started
from tests.service.kept_worlds import KeptWorld, body_of
from tests.service.running import Clock, RunningService

SEEDS = range(8)


def evaluation_of(request: ConsentRequest, world: KeptWorld) -> dict[str, Any]:
    """The same question in AuthZEN's form."""
    body = {name: value for name, value in body_of(request).items() if value is not None}
    kind, _, id = body.pop("requester").partition(":")
    first, *others = body.pop("likenesses")
    cameo = world.facts.cameos.get(first["cameo_id"])
    is_character = cameo is not None and cameo.character is not None
    properties = {name: first[name] for name in first if name != "cameo_id"}
    return {
        "subject": {"type": kind, "id": id},
        "action": {"name": body.pop("action")},
        "resource": {
            "type": "character" if is_character else "cameo",
            "id": first["cameo_id"],
            "properties": _said(properties),
        },
        "context": {**body, "likenesses": [_said(each) for each in others]},
    }


def _said(document: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in document.items() if value is not None}


def questions(world: KeptWorld, random: Random) -> list[ConsentRequest]:
    """The world's questions, each for every action, and for somebody else as well."""
    owners = sorted({cameo.owner for cameo in world.facts.cameos.values()})
    asked = [replace(request, action=action) for request in world.requests for action in Action]
    return asked + [
        replace(request, requester=Principal(random.choice(owners))) for request in asked[::3]
    ]


def test_a_decision_is_what_the_check_permits(databases: Kind, tmp_path: Path) -> None:
    seen: Counter[str] = Counter()
    for seed in SEEDS:
        with started(databases, tmp_path / str(seed)) as service:
            seen += asked_both(service, seed)
    assert set(seen) == {"permit", "needs_approval", "deny"}
    assert seen.total() > 300


def asked_both(service: RunningService, seed: int) -> Counter[str]:
    """The effects of a world's answers, each asked for in three ways."""
    service.clock.now = NOW
    world = KeptWorld.make(Random(2000 + seed))
    world.keep(service.context.store)
    seen: Counter[str] = Counter()
    evaluations = []
    with service.client(service.key(acts_for=EVERYBODY)) as client:
        for request in questions(world, Random(seed)):
            evaluation = evaluation_of(request, world)
            permitted, effect = agreed(client, request, evaluation)
            seen[effect] += 1
            evaluations.append((evaluation, permitted))
        for begin in range(0, len(evaluations), 20):
            batch = evaluations[begin : begin + 20]
            body = {"evaluations": [evaluation for evaluation, _ in batch]}
            answers = client.post(EVALUATIONS, json=body).json()["evaluations"]
            assert [each["decision"] for each in answers] == [permitted for _, permitted in batch]
    return seen


def agreed(
    client: httpx2.Client, request: ConsentRequest, evaluation: dict[str, Any]
) -> tuple[bool, str]:
    """Whether both say yes, and the check's effect; or that both refuse the question."""
    check = client.post("/v1/consent/check", json=body_of(request))
    answer = client.post(EVALUATION, json=evaluation)
    assert check.status_code == answer.status_code == 200, (check.text, answer.text)
    said, told = check.json(), answer.json()
    assert told["decision"] is said["permitted"], (said, told)
    context = told["context"]
    assert [each["code"] for each in context["reasons"]] == [
        each["code"] for each in said["reasons"]
    ]
    assert (context["effect"], context["revision"]) == (said["effect"], said["revision"])
    owed = context.get("obligations", [])
    if said["permitted"]:
        kinds = [each["properties"]["kind"] for each in owed]
        assert kinds == [each["kind"] for each in said["obligations"]]
        assert (context.get("expires_at") is None) is (said["expires_at"] is None)
    else:
        assert context["could_change"] == said["could_change"]
        assert owed == []
    return said["permitted"], said["effect"]


@pytest.mark.parametrize("seed", SEEDS[:2])
def test_a_search_finds_the_actions_that_checks_permit(
    service: RunningService, clock: Clock, seed: int
) -> None:
    clock.now = NOW
    world = KeptWorld.make(Random(3000 + seed))
    world.keep(service.context.store)
    with service.client(service.key(acts_for=EVERYBODY)) as client:
        for request in world.requests:
            evaluation = evaluation_of(request, world)
            found = client.post(ACTIONS, json=evaluation).json()["results"]
            permitted = [
                {"name": action.value}
                for action in Action
                if client.post(
                    "/v1/consent/check", json=body_of(replace(request, action=action))
                ).json()["permitted"]
            ]
            assert found == permitted
