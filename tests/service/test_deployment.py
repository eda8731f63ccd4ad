"""The deployment's rules and the standing of principals, over HTTP."""

from typing import Any

import httpx2
import pytest

from cameo_service.callers import Scope
from tests.service.effects import watching
from tests.service.running import Refusal, RunningService

RULES = "/v1/deployment/rules"
NOTHING: dict[str, Any] = {"rules": [], "protected": [], "ceilings": {}, "obligations": []}
NO_POLITICS = {"id": "r1", "effect": "deny", "when": {"categories": ["politics"]}}
CEILING = {
    "terms": {"actions": ["generate"], "facets": ["face"], "purposes": {"included": ["personal"]}},
    "audience": "approved",
}


def put(client: httpx2.Client, **rules: Any) -> dict[str, Any]:
    response = client.put(RULES, json={**NOTHING, **rules})
    assert response.status_code == 200, response.text
    stored: dict[str, Any] = response.json()
    return stored


def test_a_new_deployment_permits_nothing_with_minors(platform: httpx2.Client) -> None:
    shipped = platform.get(RULES).json()
    assert shipped == {
        "object": "deployment_rules",
        "version": 0,
        **NOTHING,
        "created_at": None,
    }
    described = platform.get("/openapi.json").json()["components"]["schemas"]["DeploymentIn"]
    assert "a new deployment has none" in described["properties"]["ceilings"]["description"]


def test_rules_are_kept_as_they_were_sent(platform: httpx2.Client) -> None:
    stored = put(
        platform,
        rules=[NO_POLITICS],
        ceilings={"teen": CEILING},
        obligations=[{"kind": "watermark"}],
    )
    assert stored["version"] == 1
    assert stored["rules"][0]["when"] == NO_POLITICS["when"]
    assert list(stored["ceilings"]) == ["teen"]
    assert stored["ceilings"]["teen"]["audience"] == "approved"
    assert stored["ceilings"]["teen"]["terms"]["purposes"]["included"] == ["personal"]
    assert stored["obligations"] == [{"kind": "watermark", "text": ""}]
    assert platform.get(RULES).json() == stored


def test_every_version_is_kept(platform: httpx2.Client) -> None:
    put(platform, rules=[NO_POLITICS])
    put(platform)
    put(platform, obligations=[{"kind": "watermark"}])
    versions = platform.get(f"{RULES}/history").json()["data"]
    assert [(each["version"], len(each["rules"])) for each in versions] == [(1, 1), (2, 0), (3, 0)]
    page = platform.get(f"{RULES}/history", params={"limit": 1, "after": "1"}).json()
    assert ([each["version"] for each in page["data"]], page["next_cursor"]) == ([2], "2")


def test_new_rules_end_every_permit_and_the_same_rules_none(
    service: RunningService, platform: httpx2.Client
) -> None:
    cameo = service.enroll("user:ann")
    keys = ("deployment", f"cameo:{cameo}", "cameo:other")
    with watching(service, *keys) as seen:
        put(platform, rules=[NO_POLITICS])
    assert (seen.ended, seen.touched) == ({"deployment"}, {"deployment"})
    with watching(service, *keys) as seen:
        stored = put(platform, rules=[NO_POLITICS])
    assert (stored["version"], seen.ended, seen.touched) == (1, set(), set())
    with watching(service, *keys) as seen:
        put(platform, protected=[cameo])
    assert seen.ended == {"deployment", f"cameo:{cameo}"}
    assert seen.touched - seen.ended == set()


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"rules": [{**NO_POLITICS, "effect": "allow"}]}, "rule_allows"),
        ({"rules": [NO_POLITICS, NO_POLITICS]}, "rule_id_repeated"),
        ({"rules": [{"id": "r1", "effect": "deny", "when": {"mood": ["sad"]}}]}, "rule_unreadable"),
        ({"protected": ["cam_1"]}, "protected_unknown"),
        ({"ceilings": {"adult": CEILING}}, "invalid_request"),
        ({"ceilings": {"teen": {"audience": "approved"}}}, "invalid_request"),
        ({"obligations": [{"kind": "sing"}]}, "invalid_request"),
        ({"mood": "sad"}, "invalid_request"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_rules_without_sense_are_refused(
    platform: httpx2.Client, refused: Refusal, changes: dict[str, Any], code: str
) -> None:
    refused(platform.put(RULES, json={**NOTHING, **changes}), 422, code)
    assert platform.get(RULES).json()["version"] == 0


@pytest.mark.parametrize("left_out", sorted(NOTHING))
def test_nothing_opens_by_leaving_it_out(
    platform: httpx2.Client, refused: Refusal, left_out: str
) -> None:
    body = {name: value for name, value in NOTHING.items() if name != left_out}
    refused(platform.put(RULES, json=body), 422, "invalid_request")


def test_the_deployment_says_who_may_ask(service: RunningService, platform: httpx2.Client) -> None:
    path = "/v1/principals/org:spammer/standing"
    active = {"object": "standing", "principal": "org:spammer", "standing": "active"}
    assert platform.get(path).json() == {**active, "reason": None}
    with watching(service, "principal:org:spammer") as seen:
        said = platform.put(path, json={"standing": "suspended", "reason": "spam"}).json()
    assert said == {**active, "standing": "suspended", "reason": "spam"}
    assert seen.ended == seen.touched == {"principal:org:spammer"}
    with watching(service, "principal:org:spammer") as seen:
        platform.put(path, json={"standing": "suspended", "reason": "spam"})
    assert seen.ended == seen.touched == set()
    assert platform.put(path, json={"standing": "active"}).json() == {**active, "reason": None}


def test_a_standing_and_an_age_are_kept_beside_each_other(platform: httpx2.Client) -> None:
    minor = {"age_band": "teen", "birth_date": "2012-05-04", "vouched_until": None}
    platform.put("/v1/people/user:ann", json={"minor": minor, "deceased_at": None})
    platform.put("/v1/principals/user:ann/standing", json={"standing": "suspended"})
    assert platform.get("/v1/people/user:ann").json()["minor"] == minor
    platform.put("/v1/people/user:ann", json={"minor": None, "deceased_at": None})
    assert platform.get("/v1/principals/user:ann/standing").json()["standing"] == "suspended"


def test_whoever_is_suspended_does_not_enroll(platform: httpx2.Client, refused: Refusal) -> None:
    path, body = "/v1/principals/user:ann/standing", {"principal": "user:ann"}
    platform.put(path, json={"standing": "suspended"})
    refused(platform.post("/v1/enrollments", json=body), 403, "principal_suspended")
    platform.put(path, json={"standing": "active"})
    assert platform.post("/v1/enrollments", json=body).status_code == 201


def test_whoever_is_protected_does_not_enroll_anew(
    service: RunningService, platform: httpx2.Client, refused: Refusal
) -> None:
    """The rules protect a cameo by its id: the next one would have another."""
    cameo, body = service.enroll("user:ann"), {"principal": "user:ann"}
    put(platform, protected=[cameo])
    assert platform.post(f"/v1/cameos/{cameo}/revoke").status_code == 200
    refused(platform.post("/v1/enrollments", json=body), 403, "principal_protected")
    assert platform.post("/v1/enrollments", json={"principal": "user:ben"}).status_code == 201
    put(platform)
    assert platform.post("/v1/enrollments", json=body).status_code == 201


def test_a_standing_without_sense_is_refused(platform: httpx2.Client, refused: Refusal) -> None:
    path = "/v1/principals/user:ann/standing"
    refused(platform.put(path, json={"standing": "angry"}), 422, "invalid_request")
    refused(platform.put(path, json={}), 422, "invalid_request")
    refused(platform.get("/v1/principals/deployment/standing"), 422, "invalid_request")


def test_the_deployment_reads_no_ages(service: RunningService, refused: Refusal) -> None:
    key = service.key(Scope.DEPLOYMENT_READ, Scope.DEPLOYMENT_WRITE, acts_for=())
    with service.client(key) as client:
        told = client.put("/v1/principals/user:ann/standing", json={"standing": "unknown"}).json()
        assert set(told) == {"object", "principal", "standing", "reason"}
        refused(client.get("/v1/people/user:ann"), 403, "missing_scope")
