"""The owner's standing rules over HTTP: complete, readable, kept in every version."""

from typing import Any

import httpx2
import pytest

from cameo_service.documents import policy_from
from permissions.rules import UnreadableRule
from storage.records import PolicyRecord
from tests.service.making import check, permit, permitted, question
from tests.service.running import Refusal, RunningService
from tests.service.seeded import character

NO_POLITICS = {"id": "r1", "effect": "deny", "when": {"categories": ["politics"]}}
FULL: dict[str, Any] = {
    "audience": {"tag": "everyone", "generate": "mutuals", "publish": "approved"},
    "approved": ["user:bob", "org:studio"],
    "restrictions": [
        NO_POLITICS,
        {
            "id": "r2",
            "effect": "review",
            "name": "brands",
            "when": {"co_appearing": ["brand"], "except_requesters": ["org:studio"]},
            "not_before": "2027-01-01T00:00:00+00:00",
            "not_after": "2028-01-01T00:00:00+01:00",
        },
    ],
    "review": ["publish"],
    "obligations": [
        {"kind": "preference", "text": "always wears a hat"},
        {"kind": "limit", "text": "never eats"},
    ],
    "remix_depth": 0,
}


def put(client: httpx2.Client, cameo: str, policy: dict[str, Any]) -> dict[str, Any]:
    response = client.put(f"/v1/cameos/{cameo}/policy", json=policy)
    assert response.status_code == 200, response.text
    stored: dict[str, Any] = response.json()
    return stored


def test_a_policy_in_full_comes_back(service: RunningService, platform: httpx2.Client) -> None:
    cameo = service.enroll("user:ann")
    stored = put(platform, cameo, FULL)
    assert stored["audience"] == FULL["audience"]
    assert stored["approved"] == ["org:studio", "user:bob"]
    assert stored["review"] == ["publish"]
    assert sorted(each["text"] for each in stored["obligations"]) == [
        "always wears a hat",
        "never eats",
    ]
    assert (stored["remix_depth"], stored["policies"]) == (0, [])
    assert stored["set_by"] == "user:ann"
    first, second = stored["restrictions"]
    assert first["when"] == NO_POLITICS["when"]
    assert second["when"] == {"co_appearing": ["brand"], "except_requesters": ["org:studio"]}
    assert second["not_after"] == "2027-12-31T23:00:00+00:00"
    assert platform.get(f"/v1/cameos/{cameo}").json()["policy"] == stored


def test_what_was_answered_can_be_sent_again(
    service: RunningService, platform: httpx2.Client
) -> None:
    cameo = service.enroll("user:ann")
    stored = put(platform, cameo, FULL)
    told = ("object", "cameo_id", "version", "set_by", "created_at")
    again = put(platform, cameo, {key: stored[key] for key in stored if key not in told})
    same = {key for key in stored if key not in ("version", "created_at")}
    assert {key: again[key] for key in same} == {key: stored[key] for key in same}
    assert again["version"] == stored["version"] + 1


def test_nothing_is_overwritten(service: RunningService, platform: httpx2.Client) -> None:
    cameo = service.enroll("user:ann")
    put(platform, cameo, FULL)
    put(platform, cameo, {"audience": {}})
    path = f"/v1/cameos/{cameo}/policy/history"
    page = platform.get(path, params={"limit": 2}).json()
    rest = platform.get(path, params={"after": page["next_cursor"]}).json()
    versions = page["data"] + rest["data"]
    assert [each["version"] for each in versions] == [1, 2, 3]
    assert [len(each["restrictions"]) for each in versions] == [0, 2, 0]


@pytest.mark.parametrize("cursor", ["x", "-1", "1" * 10, "²"])
def test_a_cursor_of_nothing_is_refused(
    service: RunningService, platform: httpx2.Client, refused: Refusal, cursor: str
) -> None:
    path = f"/v1/cameos/{service.enroll('user:ann')}/policy/history"
    refused(platform.get(path, params={"after": cursor}), 422, "cursor_unknown")


def test_a_restriction_binds_whoever_is_in_the_audience(
    service: RunningService, platform: httpx2.Client
) -> None:
    cameo = service.enroll("user:ann")
    put(platform, cameo, {"audience": {"generate": "everyone"}, "restrictions": [NO_POLITICS]})
    assert permitted(platform, question(cameo))
    assert not permitted(platform, question(cameo, categories=["politics.satire"]))
    undeclared = check(platform, question(cameo, categories=None))
    assert undeclared["reasons"][0]["code"] == "context_undeclared"


def test_mutuals_are_let_in(service: RunningService, platform: httpx2.Client) -> None:
    cameo = service.enroll("user:ann")
    put(platform, cameo, {"audience": {"generate": "mutuals"}})
    assert not permitted(platform, question(cameo))
    with service.context.store.write() as tx:
        tx.relationships.add([("user:ann", "user:bob")], now=service.clock())
        tx.revisions.touch("principal:user:ann", "principal:user:bob", now=service.clock())
    assert permitted(platform, question(cameo))


def test_a_new_policy_ends_the_permits_that_passed_the_old_one(
    service: RunningService, platform: httpx2.Client
) -> None:
    cameo = service.enroll("user:ann")
    put(platform, cameo, {"audience": {"generate": "everyone"}})
    other, own = (
        permit(platform, question(cameo))["id"],
        permit(platform, question(cameo, "user:ann"))["id"],
    )
    put(platform, cameo, {"audience": {"generate": "everyone"}})
    with service.context.store.read() as tx:
        assert tx.permits.get(other).revoked_at == service.clock()
        assert tx.permits.get(own).revoked_at is None
        touched = tx.revisions.touched_since(tx.revisions.current() - 1)
    assert touched is not None
    assert f"cameo:{cameo}" in touched


@pytest.mark.parametrize(
    ("rule", "code", "said"),
    [
        ({"id": "r9"}, "rule_unreadable", ["`r9`", "`when`"]),
        ({**NO_POLITICS, "id": ""}, "rule_unreadable", ["`id`"]),
        ({**NO_POLITICS, "mood": 1}, "rule_unreadable", ["`r1`", "`mood`"]),
        (
            {**NO_POLITICS, "when": {"categories": ["gore"]}},
            "rule_unreadable",
            ["`r1`", "`gore`"],
        ),
        ({**NO_POLITICS, "when": {"categories": []}}, "rule_unreadable", ["`r1`", "empty"]),
        ({**NO_POLITICS, "effect": "allow"}, "rule_allows", ["`r1`", "allows"]),
        (
            {**NO_POLITICS, "obligations": [{"kind": "credit"}]},
            "rule_unreadable",
            ["`r1`", "obligations"],
        ),
        (
            {**NO_POLITICS, "not_after": "9999-12-31T23:59:59-14:00"},
            "rule_unreadable",
            ["`r1`", "year"],
        ),
        (
            {
                **NO_POLITICS,
                "not_before": "2028-01-01T00:00:00Z",
                "not_after": "2027-01-01T00:00:00Z",
            },
            "rule_unreadable",
            ["`r1`", "`not_before`"],
        ),
        ({**NO_POLITICS, "id": "x" * 101}, "rule_unreadable", ["longer"]),
        ({**NO_POLITICS, "name": "x" * 201}, "rule_unreadable", ["longer"]),
        (
            {**NO_POLITICS, "when": {"requesters": [f"user:u{n}" for n in range(1_001)]}},
            "rule_unreadable",
            ["1000"],
        ),
    ],
    ids=str,
)
def test_a_rule_that_cannot_be_read_is_refused_by_name(
    service: RunningService,
    platform: httpx2.Client,
    refused: Refusal,
    rule: dict[str, Any],
    code: str,
    said: list[str],
) -> None:
    cameo = service.enroll("user:ann")
    sent = {"audience": {}, "restrictions": [rule]}
    problem = refused(platform.put(f"/v1/cameos/{cameo}/policy", json=sent), 422, code)
    for part in (*said, "`restrictions`"):
        assert part in problem["detail"]
    assert platform.get(f"/v1/cameos/{cameo}").json()["policy"]["version"] == 1


@pytest.mark.parametrize(
    ("policy", "code"),
    [
        ({"restrictions": [NO_POLITICS, NO_POLITICS]}, "rule_id_repeated"),
        ({"restrictions": [7]}, "invalid_request"),
        (
            {"restrictions": [{**NO_POLITICS, "id": f"r{number}"} for number in range(201)]},
            "invalid_request",
        ),
        ({"approved": [f"user:u{number}" for number in range(10_001)]}, "invalid_request"),
        ({"approved": ["bob"]}, "invalid_request"),
        ({"audience": {"generate": "friends"}}, "invalid_request"),
        ({"audience": {"burn": "everyone"}}, "invalid_request"),
        ({"review": ["burn"]}, "invalid_request"),
        ({"remix_depth": -1}, "invalid_request"),
        ({"remix_depth": True}, "invalid_request"),
        ({"restrictions": [{**NO_POLITICS, "name": "\x00"}]}, "invalid_request"),
        ({"obligations": [{"kind": "dance"}]}, "invalid_request"),
        ({"blocked": ["user:eve"]}, "invalid_request"),
        ({"set_by": "user:bob"}, "invalid_request"),
        ({"policies": [NO_POLITICS]}, "policies_of_person"),
    ],
    ids=lambda value: str(value)[:60],
)
def test_a_policy_without_sense_is_refused(
    service: RunningService,
    platform: httpx2.Client,
    refused: Refusal,
    policy: dict[str, Any],
    code: str,
) -> None:
    path = f"/v1/cameos/{service.enroll('user:ann')}/policy"
    refused(platform.put(path, json={"audience": {}, **policy}), 422, code)


@pytest.mark.parametrize("name", [r"\ud800", r"\udc00\ud800", r"\u0000"])
def test_text_that_cannot_be_kept_is_refused(
    service: RunningService, platform: httpx2.Client, refused: Refusal, name: str
) -> None:
    path = f"/v1/cameos/{service.enroll('user:ann')}/policy"
    rule = '{"id": "r1", "effect": "deny", "when": {}, "name": "%"}'
    sent = f'{{"audience": {{}}, "restrictions": [{rule}]}}'
    headers = {"content-type": "application/json"}
    refused(
        platform.put(path, content=sent.replace("%", name), headers=headers),
        422,
        "invalid_request",
    )
    whole = platform.put(path, content=sent.replace("%", r"\ud83d\ude00"), headers=headers)
    assert whole.json()["restrictions"][0]["name"] == "\U0001f600"


def test_a_character_has_policies_that_allow_and_deny(
    service: RunningService, platform: httpx2.Client, refused: Refusal
) -> None:
    zed = character(service)
    films = {
        "id": "films",
        "effect": "allow",
        "name": "films in Europe",
        "when": {"purposes": ["entertainment"], "territories": ["DE"]},
        "obligations": [{"kind": "credit", "text": "Studio"}],
        "not_before": "2026-12-01T00:00:00Z",
    }
    never = {"id": "never", "effect": "deny", "when": {"categories": ["violence"]}}
    stored = put(platform, zed, {"audience": {}, "policies": [films, never]})
    assert [rule["id"] for rule in stored["policies"]] == ["films", "never"]
    assert stored["policies"][0]["obligations"] == films["obligations"]
    assert not permitted(platform, question(zed))
    service.clock.advance(days=10)
    assert permitted(platform, question(zed))
    assert not permitted(platform, question(zed, categories=["violence.mild"]))
    assert not permitted(platform, question(zed, territories=["US"]))
    company = {**films, "when": {"co_appearing": ["brand"]}}
    sent = {"audience": {}, "policies": [company]}
    refused(platform.put(f"/v1/cameos/{zed}/policy", json=sent), 422, "rule_unreadable")


def test_a_stored_rule_that_cannot_be_read_is_shown_and_denies(
    service: RunningService, platform: httpx2.Client
) -> None:
    cameo = service.enroll("user:ann")
    put(platform, cameo, {"audience": {"generate": "everyone"}})
    torn = {"id": "r1", "effect": "deny", "when": {"mood": ["sad"]}}
    with service.context.store.write() as tx:
        current = tx.policies.current(cameo)
        document = {**current.document, "restrictions": [torn]}
        tx.policies.append(
            PolicyRecord(
                cameo_id=cameo,
                version=current.version + 1,
                document=document,
                created_by="ck_1",
                created_at=service.clock(),
            )
        )
        tx.revisions.touch(f"cameo:{cameo}", now=service.clock())
    assert isinstance(policy_from(document).restrictions[0], UnreadableRule)
    assert platform.get(f"/v1/cameos/{cameo}").json()["policy"]["restrictions"] == [torn]
    assert not permitted(platform, question(cameo))


def test_a_policy_of_the_first_release_is_read_and_shown(
    service: RunningService, platform: httpx2.Client
) -> None:
    cameo = service.enroll("user:ann")
    with service.context.store.write() as tx:
        tx.policies.append(
            PolicyRecord(
                cameo_id=cameo,
                version=2,
                document={"audience": {"generate": "everyone"}, "approved": []},
                created_by="ck_1",
                created_at=service.clock(),
            )
        )
        tx.revisions.touch(f"cameo:{cameo}", now=service.clock())
    shown = platform.get(f"/v1/cameos/{cameo}").json()["policy"]
    assert (shown["restrictions"], shown["remix_depth"], shown["set_by"]) == ([], 1, None)
    assert permitted(platform, question(cameo))


def test_an_owner_lists_their_cameos_of_both_kinds(
    service: RunningService, platform: httpx2.Client, refused: Refusal
) -> None:
    id = character(service)
    person = service.enroll("user:ann")
    query = {"owner": "user:ann"}
    (shown,) = platform.get("/v1/cameos", params=query).json()["data"]
    assert (shown["id"], shown["kind"]) == (person, "person")
    assert shown["credential"].count(".") == 2
    (zed,) = platform.get("/v1/cameos", params={"owner": "org:platform"}).json()["data"]
    assert (zed["id"], zed["kind"], zed["handle"]) == (id, "character", id)
    assert "credential" not in zed
    refused(platform.get("/v1/cameos"), 422, "invalid_request")
    for owner in ("org:other", "org:nobody"):
        response = platform.get("/v1/cameos", params={"owner": owner})
        refused(response, 403, "not_acting_for")


def test_cameos_are_listed_in_pages(
    service: RunningService, platform: httpx2.Client, refused: Refusal
) -> None:
    ids = []
    for _ in range(3):
        ids.append(service.enroll("user:ann"))
        platform.post(f"/v1/cameos/{ids[-1]}/revoke")
        service.clock.advance(seconds=1)
    query = {"owner": "user:ann", "limit": "2"}
    page = platform.get("/v1/cameos", params=query).json()
    rest = platform.get("/v1/cameos", params={**query, "after": page["next_cursor"]}).json()
    assert [each["id"] for each in page["data"] + rest["data"]] == ids
    assert (page["has_more"], rest["has_more"]) == (True, False)
    refused(platform.get("/v1/cameos", params={**query, "after": "cam_x"}), 422, "cursor_unknown")
