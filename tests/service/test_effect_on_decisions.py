"""What is said of characters, people, mandates, blocks, relationships and by the deployment decides
the very next question."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import httpx2
import pytest

from tests.service.running import RunningService

OPEN = {"audience": {"generate": "everyone"}}
TEEN = {"age_band": "teen", "birth_date": "2012-05-04", "vouched_until": None}
TERMS = {"actions": ["generate"], "facets": ["face"]}
RULES: dict[str, Any] = {"rules": [], "protected": [], "ceilings": {}, "obligations": []}
SHEET = {
    "name": "Zed",
    "description": "",
    "references": [],
    "rights_statement": "Created by the studio.",
    "territories": {"included": ["*"], "excluded": ["FR"]},
    "underlying": [],
}


@dataclass
class World:
    """A service, a platform that may do everything, and a reviewer of characters."""

    service: RunningService
    platform: httpx2.Client
    reviewer: httpx2.Client

    def send(self, method: str, path: str, body: object = None) -> Any:
        response = self.platform.request(method, path, json=body)
        assert response.is_success, response.text
        return response.json() if response.content else None

    def question(self, cameo: str, requester: str = "user:bob", **context: Any) -> dict[str, Any]:
        return {
            "requester": requester,
            "action": "generate",
            "likenesses": [{"cameo_id": cameo, "facets": ["face"]}],
            "territories": ["DE"],
            "categories": [],
            "purpose": "personal",
            **context,
        }

    def ask(self, cameo: str, requester: str = "user:bob", **context: Any) -> dict[str, Any]:
        question = self.question(cameo, requester, **context)
        answer: dict[str, Any] = self.send("POST", "/v1/consent/check", question)
        return answer

    def lives(self, permit: str) -> bool:
        return bool(self.send("POST", "/v1/permits/introspect", {"permit": permit})["active"])

    def permits(self, cameo: str, requester: str = "user:bob", **context: Any) -> bool:
        return bool(self.ask(cameo, requester, **context)["permitted"])

    def open_cameo(self) -> str:
        cameo = self.service.enroll("user:ann")
        self.send("PUT", f"/v1/cameos/{cameo}/policy", OPEN)
        assert self.permits(cameo)
        return cameo

    def report(self, **said: Any) -> None:
        self.send("PUT", "/v1/people/user:ann", {"minor": None, "deceased_at": None, **said})

    def appoint(self, kind: str, representative: str = "user:bob", **scope: Any) -> str:
        body = {
            "kind": kind,
            "represented": "user:ann",
            "representative": representative,
            "scope": TERMS | scope,
            "evidence": "file 1",
        }
        return str(self.send("POST", "/v1/representations", body)["id"])

    def character(self, **changes: Any) -> str:
        body = {**SHEET, "owner": "org:platform", "handle": "zed", **changes}
        id = str(self.send("POST", "/v1/characters", body)["id"])
        self.send("PUT", f"/v1/cameos/{id}/policy", OPEN)
        return id

    def approve(self, id: str) -> None:
        word = {"decision": "approve"}
        assert self.reviewer.post(f"/v1/characters/{id}/review", json=word).is_success


@pytest.fixture
def world(service: RunningService, platform: httpx2.Client) -> Iterator[World]:
    with service.client(service.key(principal="org:deployment", acts_for=())) as reviewer:
        yield World(service=service, platform=platform, reviewer=reviewer)


def test_a_character_is_used_once_it_is_approved(world: World) -> None:
    id = world.character()
    assert world.ask(id)["reasons"][0]["code"] == "unavailable"
    world.approve(id)
    assert world.permits(id)
    assert not world.permits(id, territories=["FR"])
    assert not world.permits(id, territories=None)


def test_a_changed_character_waits_for_its_review(world: World) -> None:
    id = world.character()
    world.approve(id)
    assert world.permits(id)
    everywhere = {**SHEET, "territories": {"included": ["*"]}}
    world.send("PUT", f"/v1/characters/{id}", everywhere)
    assert not world.permits(id)
    world.approve(id)
    assert world.permits(id, territories=["FR"])


@pytest.mark.parametrize("kind", ["cameos", "characters"])
def test_what_is_suspended_is_not_used(world: World, kind: str) -> None:
    id = world.character()
    world.approve(id)
    assert world.permits(id)
    world.send("POST", f"/v1/{kind}/{id}/suspend")
    assert not world.permits(id)
    world.send("POST", f"/v1/{kind}/{id}/reinstate")
    assert world.permits(id)
    world.send("POST", f"/v1/cameos/{id}/revoke")
    assert not world.permits(id)


def test_a_character_needs_the_yes_of_what_it_rests_on(world: World) -> None:
    face = world.service.enroll("user:ann")
    id = world.character(underlying=[{"cameo_id": face, "facets": ["face"]}])
    world.approve(id)
    assert not world.permits(id)
    grant = {
        "cameo_id": face,
        "grantee": "org:platform",
        "terms": {**TERMS, "sublicence_depth": 1},
    }
    made = world.send("POST", "/v1/grants", grant)
    assert world.permits(id)
    world.send("POST", f"/v1/cameos/{face}/suspend")
    assert not world.permits(id)
    world.send("POST", f"/v1/cameos/{face}/reinstate")
    assert world.permits(id)
    world.send("POST", f"/v1/grants/{made['id']}/revoke")
    assert not world.permits(id)


def test_a_minor_is_open_only_below_a_ceiling_with_a_guardian(world: World) -> None:
    cameo = world.open_cameo()
    world.report(minor=TEEN)
    assert not world.permits(cameo)
    assert not world.permits(cameo, "user:ann")
    ceiling = {"terms": TERMS, "audience": "everyone"}
    world.send("PUT", "/v1/deployment/rules", {**RULES, "ceilings": {"teen": ceiling}})
    assert not world.permits(cameo, "user:ann")
    guardian = world.appoint("guardian", "user:mum")
    assert world.permits(cameo, "user:ann")
    # the policy is still the one that the minor signed
    assert not world.permits(cameo)
    world.send("PUT", f"/v1/cameos/{cameo}/policy", {**OPEN, "acting_as": "user:mum"})
    assert world.permits(cameo)
    world.send("POST", f"/v1/representations/{guardian}/revoke")
    assert not world.permits(cameo)
    world.appoint("guardian", "user:mum")
    assert world.permits(cameo)
    world.send("PUT", "/v1/deployment/rules", RULES)
    assert not world.permits(cameo)


def test_what_was_agreed_for_a_minor_ends_at_eighteen(world: World) -> None:
    ceiling = {"terms": TERMS, "audience": "everyone"}
    ceilings = {"teen": ceiling, "older_teen": ceiling}
    world.send("PUT", "/v1/deployment/rules", {**RULES, "ceilings": ceilings})
    world.report(minor={**TEEN, "birth_date": "2009-01-01"})
    world.appoint("guardian", "user:mum")
    cameo = world.service.enroll("user:ann")
    assert world.ask(cameo, "user:ann")["expires_at"] == "2027-01-01T00:00:00Z"
    world.service.clock.advance(days=60)
    assert not world.permits(cameo, "user:ann")
    world.send("POST", f"/v1/cameos/{cameo}/revoke")
    world.report()
    again = world.service.enroll("user:ann")
    assert world.permits(again, "user:ann")
    assert not world.permits(again, "user:mum")


def test_the_word_of_the_dead_stands_while_there_is_an_estate(world: World) -> None:
    cameo = world.open_cameo()
    world.report(deceased_at="2026-11-01T00:00:00Z")
    assert not world.permits(cameo)
    estate = world.appoint("estate", "user:heir")
    assert world.permits(cameo)
    assert world.permits(cameo, "user:heir")
    world.send("POST", f"/v1/representations/{estate}/revoke")
    assert not world.permits(cameo)
    world.report()
    assert world.permits(cameo)


def test_an_agent_may_what_the_mandate_says(world: World) -> None:
    cameo = world.service.enroll("user:ann")
    assert not world.permits(cameo)
    mandate = world.appoint("agent", territories={"included": ["DE"]})
    assert world.ask(cameo)["reasons"][0]["code"] == "is_representative"
    assert not world.permits(cameo, territories=["FR"])
    world.send("POST", f"/v1/representations/{mandate}/revoke")
    assert not world.permits(cameo)
    soon = "2026-11-23T00:00:00Z"
    world.appoint("agent", not_after=soon)
    assert world.ask(cameo)["expires_at"] == soon
    world.service.clock.advance(days=1)
    assert not world.permits(cameo)


def test_a_block_looks_like_an_owner_who_said_no(world: World) -> None:
    cameo = world.open_cameo()
    other = world.service.enroll("user:ben")
    world.send("PUT", "/v1/principals/user:ann/blocks/user:bob")
    answers = [world.ask(each) for each in (cameo, other)]
    for answer in answers:
        assert not answer["permitted"]
        del answer["parties"][0]["cameo_id"]
    assert answers[0] == answers[1]
    assert world.permits(cameo, "user:eve")
    world.send("DELETE", "/v1/principals/user:ann/blocks/user:bob")
    assert world.permits(cameo)


def test_mutuals_are_whom_the_platform_names(world: World) -> None:
    cameo = world.service.enroll("user:ann")
    world.send("PUT", f"/v1/cameos/{cameo}/policy", {"audience": {"generate": "mutuals"}})
    assert not world.permits(cameo)
    world.send("POST", "/v1/relationships", {"add": [["user:bob", "user:ann"]]})
    assert world.permits(cameo)
    assert not world.permits(cameo, "user:eve")
    world.send("POST", "/v1/relationships", {"remove": [["user:ann", "user:bob"]]})
    assert not world.permits(cameo)


def test_the_deployment_overrides_owners(world: World) -> None:
    cameo = world.open_cameo()
    rule = {"id": "r1", "effect": "deny", "when": {"categories": ["politics"]}}
    owed = [{"kind": "watermark"}]
    world.send("PUT", "/v1/deployment/rules", {**RULES, "rules": [rule], "obligations": owed})
    answer = world.ask(cameo)
    assert answer["permitted"]
    assert [each["kind"] for each in answer["obligations"]] == ["watermark"]
    assert not world.permits(cameo, categories=["politics.satire"])
    assert not world.permits(cameo, "user:ann", categories=["politics"])
    review = {**rule, "effect": "review"}
    world.send("PUT", "/v1/deployment/rules", {**RULES, "rules": [review]})
    assert world.ask(cameo, categories=["politics"])["effect"] == "needs_approval"
    world.send("PUT", "/v1/deployment/rules", {**RULES, "protected": [cameo]})
    assert not world.permits(cameo)
    assert not world.permits(cameo, "user:ann")
    world.send("PUT", "/v1/deployment/rules", RULES)
    assert world.permits(cameo)


@pytest.mark.parametrize("standing", ["suspended", "unknown"])
def test_whoever_is_not_active_asks_in_vain(world: World, standing: str) -> None:
    cameo = world.open_cameo()
    world.send("PUT", "/v1/principals/user:bob/standing", {"standing": standing})
    assert world.ask(cameo)["reasons"][0]["code"] == f"requester_{standing}"
    assert world.permits(cameo, "user:eve")
    world.send("PUT", "/v1/principals/user:bob/standing", {"standing": "active"})
    assert world.permits(cameo)


def _block(world: World, cameo: str) -> None:
    del cameo
    world.send("PUT", "/v1/principals/user:ann/blocks/user:bob")


def _part(world: World, cameo: str) -> None:
    del cameo
    world.send("POST", "/v1/relationships", {"remove": [["user:bob", "user:ann"]]})


def _report_minor(world: World, cameo: str) -> None:
    del cameo
    world.report(minor=TEEN)


def _report_dead(world: World, cameo: str) -> None:
    del cameo
    world.report(deceased_at="2026-11-01T00:00:00Z")


def _suspend_requester(world: World, cameo: str) -> None:
    del cameo
    world.send("PUT", "/v1/principals/user:bob/standing", {"standing": "suspended"})


def _suspend_cameo(world: World, cameo: str) -> None:
    world.send("POST", f"/v1/cameos/{cameo}/suspend")


def _protect(world: World, cameo: str) -> None:
    world.send("PUT", "/v1/deployment/rules", {**RULES, "protected": [cameo]})


@pytest.mark.parametrize(
    "end",
    [_block, _part, _report_minor, _report_dead, _suspend_requester, _suspend_cameo, _protect],
    ids=lambda end: end.__name__.strip("_"),
)
def test_what_ends_a_yes_ends_the_permits_that_say_it(
    world: World, end: Callable[[World, str], None]
) -> None:
    cameo = world.service.enroll("user:ann")
    world.send("PUT", f"/v1/cameos/{cameo}/policy", {"audience": {"generate": "mutuals"}})
    world.send("POST", "/v1/relationships", {"add": [["user:bob", "user:ann"]]})
    issued = world.send("POST", "/v1/permits", world.question(cameo))
    assert world.lives(issued["permit"])
    end(world, cameo)
    assert not world.lives(issued["permit"])


def test_the_end_of_a_mandate_ends_its_permits(world: World) -> None:
    cameo = world.service.enroll("user:ann")
    mandate = world.appoint("agent")
    issued = world.send("POST", "/v1/permits", world.question(cameo))
    assert world.lives(issued["permit"])
    world.send("POST", f"/v1/representations/{mandate}/revoke")
    assert not world.lives(issued["permit"])
