"""Every write that can turn a yes into a no: the permit that says yes ends with it, in the same
transaction, and the hot path's very next answer is no.

For each way to a yes, everything that could take it away. A new route that writes must be added
here, or to `HARMLESS` with the reason why it can end nothing.
"""

from collections.abc import Callable, Iterator
from typing import Any

import jwt
import pytest

from cameo_service.callers import Scope, key_id_of, revoke_key
from cameo_service.permits.status_lists import REVOKED, decoded
from tests.service.making import permit
from tests.service.running import RunningService
from tests.service.yeses import (
    GENERATE,
    NEW_ASSET,
    RULES,
    SHEET,
    TEEN,
    Stage,
    Way,
    Yes,
    by_approval,
    by_approval_of_agent,
    by_audience,
    by_being_approved,
    by_being_mutual,
    by_estate,
    by_grant,
    by_grant_after_review,
    by_grant_of_agent,
    by_guardian,
    by_mandate,
    by_owning,
    by_performer_beneath,
    by_policy_of_character,
    by_publishing,
    by_remixing,
    by_reviewed_publishing,
    by_sublicence,
)

DEAD = "2026-11-01T00:00:00Z"
DENY_ALL = {"id": "r1", "effect": "deny", "when": {}}
REVIEW_ALL = {"id": "r1", "effect": "review", "when": {}}

Ending = tuple[str, str, Any]
"""Method, route as OpenAPI has it, and the body, with what belongs into the path: `id` by name."""


def policy(**body: Any) -> Ending:
    return "PUT", "/v1/cameos/{id}/policy", {"id": "cameo", "audience": {}, **body}


def post(route: str, id: str) -> Ending:
    return "POST", route, {"id": id}


def block(owner: str, principal: str) -> Ending:
    route = "/v1/principals/{owner}/blocks/{principal}"
    return "PUT", route, {"owner": owner, "principal": principal}


def standing(principal: str, word: str = "suspended") -> Ending:
    route = "/v1/principals/{principal}/standing"
    return "PUT", route, {"principal": principal, "standing": word}


def person(principal: str, **said: Any) -> Ending:
    body = {"principal": principal, "minor": None, "deceased_at": None, **said}
    return "PUT", "/v1/people/{principal}", body


def rules(**changes: Any) -> Ending:
    return "PUT", "/v1/deployment/rules", {**RULES, **changes}


def part(*pair: str) -> Ending:
    return "POST", "/v1/relationships", {"remove": [list(pair)]}


REVOKE_GRANT = "/v1/grants/{id}/revoke"
REVOKE_MANDATE = "/v1/representations/{id}/revoke"
REVOKE_APPROVAL = "/v1/approvals/{id}/revoke"
REVOKE_CAMEO = "/v1/cameos/{id}/revoke"
ERASE_CAMEO = "/v1/cameos/{id}/erase"
SUSPEND = "/v1/cameos/{id}/suspend"

OF_ANY: list[Ending] = [
    post(REVOKE_CAMEO, "cameo"),
    post(ERASE_CAMEO, "cameo"),
    post(SUSPEND, "cameo"),
    standing("user:bob"),
    standing("user:bob", "unknown"),
    block("user:ann", "user:bob"),
    rules(rules=[DENY_ALL]),
    rules(rules=[REVIEW_ALL]),
    rules(protected=["{cameo}"]),
    policy(**GENERATE, restrictions=[DENY_ALL]),
    policy(**GENERATE, restrictions=[REVIEW_ALL]),
    person("user:ann", minor=TEEN),
    person("user:ann", deceased_at=DEAD),
]
"""What ends any adult's yes to Bob."""

ENDINGS: list[tuple[Way, list[Ending]]] = [
    (by_audience, [*OF_ANY, policy(), policy(**GENERATE, review=["generate"])]),
    (by_being_approved, [policy(audience={"generate": "approved"}), policy()]),
    (by_being_mutual, [part("user:ann", "user:bob"), part("user:bob", "user:ann"), policy()]),
    (by_grant, [*OF_ANY, post(REVOKE_GRANT, "grant"), standing("user:ann")]),
    (by_grant_of_agent, [post(REVOKE_MANDATE, "mandate"), block("user:ann", "org:agency")]),
    (by_grant_of_agent, [standing("org:agency"), post(REVOKE_GRANT, "grant")]),
    (by_approval, [post(REVOKE_APPROVAL, "approval"), post(SUSPEND, "cameo")]),
    (by_approval, [block("user:ann", "user:bob"), person("user:ann", minor=TEEN)]),
    (by_approval_of_agent, [post(REVOKE_MANDATE, "mandate"), post(REVOKE_APPROVAL, "approval")]),
    (by_grant_after_review, [post(REVOKE_APPROVAL, "approval"), post(SUSPEND, "cameo")]),
    (by_mandate, [post(REVOKE_MANDATE, "mandate"), person("user:ann", minor=TEEN)]),
    (by_mandate, [person("user:ann", deceased_at=DEAD), person("user:bob", deceased_at=DEAD)]),
    (by_guardian, [post(REVOKE_MANDATE, "mandate"), rules(), person("user:mum", minor=TEEN)]),
    (by_guardian, [person("user:mum", deceased_at=DEAD)]),
    (by_guardian, [policy(**GENERATE, restrictions=[DENY_ALL], acting_as="user:mum")]),
    (by_guardian, [person("user:ann", minor={**TEEN, "age_band": "child"})]),
    (by_estate, [post(REVOKE_MANDATE, "mandate"), person("user:heir", minor=TEEN)]),
    (by_owning, [post(ERASE_CAMEO, "cameo")]),
    (by_owning, [post(REVOKE_CAMEO, "cameo"), post(SUSPEND, "cameo"), standing("user:ann")]),
    (by_owning, [rules(protected=["{cameo}"]), rules(rules=[DENY_ALL])]),
    (by_owning, [person("user:ann", minor=TEEN), person("user:ann", deceased_at=DEAD)]),
    (by_policy_of_character, [policy(), post("/v1/characters/{id}/suspend", "character")]),
    (by_policy_of_character, [post(ERASE_CAMEO, "character")]),
    (by_policy_of_character, [post(REVOKE_CAMEO, "character"), block("org:studio", "user:bob")]),
]
ENDINGS += [
    (by_sublicence, [post(REVOKE_GRANT, link) for link in ("first", "second", "third")]),
    (by_sublicence, [block("user:ann", licensor) for licensor in ("user:cleo", "user:dan")]),
    (by_sublicence, [standing(licensor) for licensor in ("user:ann", "user:cleo", "user:dan")]),
    (by_performer_beneath, [post(REVOKE_GRANT, "grant"), post(REVOKE_CAMEO, "cameo")]),
    (by_performer_beneath, [post(ERASE_CAMEO, "cameo"), post(ERASE_CAMEO, "character")]),
    (by_performer_beneath, [post(SUSPEND, "cameo"), post(SUSPEND, "character")]),
    (by_performer_beneath, [block("user:ann", "user:bob"), block("org:studio", "user:bob")]),
    (by_performer_beneath, [block("user:ann", "org:studio"), standing("org:studio")]),
    (by_performer_beneath, [policy(restrictions=[DENY_ALL]), policy(id="character")]),
    (by_performer_beneath, [policy(restrictions=[REVIEW_ALL]), rules(protected=["{cameo}"])]),
    (by_performer_beneath, [person("user:ann", minor=TEEN), standing("user:ann")]),
    (
        by_performer_beneath,
        [("PUT", "/v1/characters/{id}", {"id": "character", **SHEET, "name": "Another"})],
    ),
    (by_remixing, [post(REVOKE_GRANT, "inherited"), post(REVOKE_GRANT, "grant")]),
    (by_remixing, [post("/v1/uses/{id}/remove", "ancestor"), block("user:ann", "user:eve")]),
    (by_remixing, [post("/v1/uses/{id}/ask-removal", "ancestor")]),
    (by_remixing, [post(REVOKE_CAMEO, "cameo"), standing("user:eve")]),
    (by_publishing, [post(REVOKE_GRANT, "grant"), post("/v1/uses/{id}/remove", "draft")]),
    (by_publishing, [post("/v1/uses/{id}/ask-removal", "draft"), post(SUSPEND, "cameo")]),
    (by_publishing, [post(ERASE_CAMEO, "cameo")]),
    (by_publishing, [policy(review=["publish"]), post(REVOKE_CAMEO, "cameo")]),
    (by_reviewed_publishing, [post(REVOKE_APPROVAL, "approval"), post(REVOKE_GRANT, "grant")]),
    (
        by_reviewed_publishing,
        [("POST", "/v1/uses/{id}/assets", {"id": "draft", "assets": [NEW_ASSET]})],
    ),
]

HARMLESS = {
    "POST /v1/enrollments": "makes nothing that can be used, and a renewal changes nothing before "
    "its verdict; a stated minority is `reportPerson`'s",
    "POST /v1/enrollments/{id}/open": "hands out a session",
    "POST /v1/enrollments/{id}/challenge": "draws a challenge",
    "POST /v1/enrollments/{id}/recording": "hands in a recording",
    "POST /v1/enrollments/{id}/cancel": "a cameo that waits for its verdict was never usable",
    "POST /v1/enrollments/{id}/review": "a cameo that waits for its verdict was never usable; a "
    "renewal without the voice of before ends what rests on it: test_renewal",
    "POST /v1/grants": "a further grant takes nothing away",
    "POST /v1/consent/check": "changes nothing",
    "POST /v1/permits": "takes of a count what it needs itself",
    "POST /v1/permits/introspect": "changes nothing",
    "POST /v1/permits/{id}/release": "gives back; a permit that is released ends: test_permits",
    "POST /v1/cameos/{id}/identity-package": "reads a permit, and records that it was shown",
    "POST /v1/uses": "uses up what its own permit reserved",
    "POST /v1/uses/{id}/publish": "spends the permit that it needs",
    "POST /v1/access-requests": "asks",
    "POST /v1/access-requests/{id}/withdraw": "what was approved within it stands",
    "POST /v1/access-requests/{id}/approve": "gives",
    "POST /v1/access-requests/{id}/deny": "what others approved within it stands",
    "POST /v1/characters": "a new character takes nothing away",
    "POST /v1/characters/{id}/review": "only what is pending is reviewed",
    "POST /v1/characters/{id}/reinstate": "gives back",
    "POST /v1/cameos/{id}/reinstate": "gives back",
    "POST /v1/representations": "a further mandate takes nothing away",
    "DELETE /v1/principals/{owner}/blocks/{principal}": "gives back",
    "POST /v1/scans": "looks at an upload; a permit is read and not spent",
    "POST /v1/protected-faces": "no decision asks who is protected: only scans and enrollments do",
    "POST /v1/protected-faces/{id}/remove": "gives back",
    "POST /v1/erasures/{id}/confirm": "says that packages are gone; the cameo ended before",
    "POST /v1/notices/{id}/read": "notes that something was read",
    **dict.fromkeys(
        (
            "POST /v1/webhooks",
            "PUT /v1/webhooks/{id}",
            "DELETE /v1/webhooks/{id}",
            "POST /v1/webhooks/{id}/rotate-secret",
            "POST /v1/webhooks/{id}/test",
            "POST /v1/webhooks/{id}/deliveries/replay-dead",
            "POST /v1/webhooks/{id}/deliveries/{delivery}/replay",
        ),
        "says who is told of what; no decision asks for it",
    ),
    "POST /access/v1/evaluation": "changes nothing",
    "POST /access/v1/evaluations": "changes nothing",
    "POST /access/v1/search/subject": "changes nothing",
    "POST /access/v1/search/resource": "changes nothing",
    "POST /access/v1/search/action": "changes nothing",
    "POST /access/v1/requests": "asks",
    "POST /access/v1/requests/{id}/cancel": "what was approved within it stands",
}
"""Writes that can turn no yes into a no, and why."""


@pytest.fixture
def stage(service: RunningService) -> Iterator[Stage]:
    key = service.key(principal="org:root", acts_for=("user:*", "org:*", "app:*"))
    with service.client(key) as client:
        yield Stage(service, client)


def name_of(case: tuple[Way, Ending]) -> str:
    way, (method, route, body) = case
    said = ",".join(f"{key}={value}" for key, value in body.items() if value)
    return f"{way.__name__}-{method}-{route.removeprefix('/v1/')}-{said}"[:150]


CASES = [(way, ending) for way, endings in ENDINGS for ending in endings]


@pytest.mark.parametrize("case", CASES, ids=name_of)
def test_what_ends_a_yes_ends_its_permit_and_the_next_check(
    stage: Stage, case: tuple[Way, Ending]
) -> None:
    way, ending = case
    yes = way(stage)
    assert stage.permitted(yes.question)
    issued = permit(stage.client, yes.question)
    assert _lives(stage, issued)
    _end(stage, yes, ending)
    # first: what the permit reserved is free again, so that nothing but the ending says no
    assert not stage.permitted(yes.question)
    assert not _lives(stage, issued)
    assert _status(stage, issued) == REVOKED
    path = "/v1/uses" if "draft" not in yes.ids else f"/v1/uses/{yes.ids['draft']}/publish"
    refused = stage.client.post(path, json={"permit_id": issued["id"]})
    assert refused.status_code == 409, refused.text


def _end(stage: Stage, yes: Yes, ending: Ending) -> None:
    method, route, body = ending
    places = {name: body[name] for name in ("owner", "principal") if f"{{{name}}}" in route}
    if "{id}" in route:
        places["id"] = yes.ids[body["id"]]
    sent = {name: value for name, value in body.items() if name not in {*places, "id"}}
    if sent.get("protected"):
        sent["protected"] = [yes.ids["cameo"]]
    stage.send(method, route.format(**places), sent or None)


def _lives(stage: Stage, issued: dict[str, Any]) -> bool:
    found = stage.send("POST", "/v1/permits/introspect", {"permit": issued["permit"]})
    return bool(found["active"])


def _status(stage: Stage, issued: dict[str, Any]) -> int:
    claims = jwt.decode(issued["permit"], options={"verify_signature": False})
    place = claims["status"]["status_list"]
    answer = stage.client.get(f"/v1/status-lists/{place['uri'].rsplit('/', 1)[1]}")
    listed = jwt.decode(answer.text, options={"verify_signature": False})["status_list"]
    statuses = decoded(listed["lst"], bits=listed["bits"])
    return statuses[int(place["idx"])]


def test_the_end_of_a_grant_ends_its_permit_where_an_approval_alone_says_yes(stage: Stage) -> None:
    """What an owner approved for review is their word on exactly this, and so a basis as well."""
    yes = by_grant_after_review(stage)
    issued = permit(stage.client, yes.question)
    stage.send("POST", f"/v1/grants/{yes.ids['grant']}/revoke")
    assert not _lives(stage, issued)
    (reason,) = stage.send("POST", "/v1/consent/check", yes.question)["reasons"]
    assert reason["code"] == "approved_once"


def test_the_end_of_a_key_ends_the_permits_that_were_issued_to_it(stage: Stage) -> None:
    """A key is revoked where it was lost, and whoever found it has its permits too."""
    yes = by_grant(stage)
    lost = stage.service.key(Scope.PERMITS_ISSUE, principal="org:root")
    with stage.service.client(lost) as client:
        issued = permit(client, yes.question)
    other = permit(stage.client, yes.question)
    assert _lives(stage, issued)
    with stage.service.context.store.write() as tx:
        revoke_key(tx, key_id_of(lost), now=stage.service.clock())
    assert not _lives(stage, issued)
    assert _status(stage, issued) == REVOKED
    assert _lives(stage, other)


def test_every_write_of_the_api_was_thought_of(stage: Stage) -> None:
    paths: dict[str, Any] = stage.send("GET", "/openapi.json")["paths"]
    writes = {f"{verb.upper()} {path}" for path in paths for verb in paths[path] if verb != "get"}
    ending = {f"{method} {route}" for _, (method, route, _) in CASES}
    assert writes == ending | HARMLESS.keys()
    assert not ending & HARMLESS.keys()


def test_what_ends_nothing_leaves_permits_alone(stage: Stage) -> None:
    """Or the table above would pass with a service that ends every permit at every write."""
    yes = by_grant(stage)
    issued = permit(stage.client, yes.question)
    other: Callable[[Stage], Yes] = by_policy_of_character
    other(stage)
    stage.send("PUT", "/v1/principals/user:ann/blocks/user:eve")
    stage.send("PUT", "/v1/principals/user:zoe/standing", {"standing": "suspended"})
    stage.send("POST", "/v1/relationships", {"add": [["user:ann", "user:bob"]]})
    assert _lives(stage, issued)
    assert _status(stage, issued) != REVOKED
