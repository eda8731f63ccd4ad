"""Characters over HTTP: registered, found, seen by some and not by others."""

from typing import Any

import httpx2
import pytest

from tests.service.characters import OUTCOMES, OWNER, character, register, settle, sheet, underlying
from tests.service.effects import watching
from tests.service.running import Refusal, RunningService


def test_a_character_is_registered_pending(service: RunningService, studio: httpx2.Client) -> None:
    with watching(service) as seen:
        made = register(studio, "@Zed")
    assert made["handle"] == "zed"
    assert [made[name] for name in OUTCOMES] == ["pending", "awaiting", None, None]
    assert seen.touched == {f"cameo:{made['id']}"}
    assert studio.get(f"/v1/characters/{made['id']}").json() == made
    cameo = studio.get(f"/v1/cameos/{made['id']}").json()
    assert (cameo["kind"], cameo["owner"], cameo["status"]) == ("character", OWNER, "pending")
    assert cameo["policy"]["audience"] == {}


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"handle": "z"}, "handle_malformed"),
        ({"handle": "-zed"}, "handle_malformed"),
        ({"handle": "zed bear"}, "handle_malformed"),
        ({"handle": "zéd"}, "handle_malformed"),
        ({"handle": "z" * 64}, "handle_malformed"),
        ({"owner": "user:ann"}, "not_acting_for"),
        ({"owner": "org:rival"}, "not_acting_for"),
        ({"territories": {"included": ["EU"]}}, "invalid_request"),
        ({"territories": None}, "invalid_request"),
        ({"references": [{"url": "javascript:alert(1)"}]}, "invalid_request"),
        ({"references": [{"sha256": "a" * 64}]}, "invalid_request"),
        ({"references": [{}]}, "invalid_request"),
        ({"rights_statement": ""}, "invalid_request"),
        ({"underlying": [{"cameo_id": "cam_1", "facets": []}]}, "invalid_request"),
        ({"underlying": underlying("cam_1")}, "unknown"),
        ({"mood": "sad"}, "invalid_request"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_a_character_without_sense_is_refused(
    studio: httpx2.Client, refused: Refusal, changes: dict[str, Any], code: str
) -> None:
    status = {"not_acting_for": 403, "unknown": 404}.get(code, 422)
    refused(studio.post("/v1/characters", json={**character(), **changes}), status, code)


def test_only_organisations_own_characters(platform: httpx2.Client, refused: Refusal) -> None:
    body = {**character(), "owner": "user:ann"}
    refused(platform.post("/v1/characters", json=body), 422, "owner_not_org")


def test_a_handle_names_one_character_for_good(
    studio: httpx2.Client, rival: httpx2.Client, refused: Refusal
) -> None:
    id = register(studio)["id"]
    taken = {**character(" ZED "), "owner": "org:rival"}
    refused(rival.post("/v1/characters", json=taken), 409, "handle_taken")
    assert studio.post(f"/v1/cameos/{id}/revoke").json()["status"] == "revoked"
    refused(rival.post("/v1/characters", json=taken), 409, "handle_taken")


def test_the_same_registration_twice_is_one_character(studio: httpx2.Client) -> None:
    answers = [
        studio.post("/v1/characters", json=character(), headers={"Idempotency-Key": "k1"})
        for _ in range(2)
    ]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json() == answers[1].json()


def test_others_learn_of_a_character_by_its_handle_once_it_is_active(
    service: RunningService,
    studio: httpx2.Client,
    rival: httpx2.Client,
    reviewer: httpx2.Client,
    operator: httpx2.Client,
    refused: Refusal,
) -> None:
    made = register(studio)

    def look() -> httpx2.Response:
        return rival.get("/v1/characters", params={"handle": "@ZED"})

    absent = rival.get("/v1/characters", params={"handle": "nobody"})
    hidden = refused(look(), 404, "unknown")["detail"]
    assert hidden.replace("zed", "nobody") == refused(absent, 404, "unknown")["detail"]
    settle(reviewer, made["id"])
    assert look().json() == {
        "object": "character_card",
        "id": made["id"],
        "handle": "zed",
        "name": "Zed",
        "description": "A bear in a hat.",
        "status": "active",
    }
    operator.post(f"/v1/characters/{made['id']}/suspend")
    refused(look(), 404, "unknown")
    del service


def test_anothers_character_does_not_exist(
    studio: httpx2.Client, rival: httpx2.Client, reviewer: httpx2.Client, refused: Refusal
) -> None:
    id = register(studio)["id"]
    settle(reviewer, id)
    for method, path, body in (
        ("GET", "", None),
        ("PUT", "", sheet()),
        ("GET", "/history", None),
    ):
        real, absent = (
            rival.request(method, f"/v1/characters/{each}{path}", json=body)
            for each in (id, "cam_1")
        )
        problem = refused(real, 404, "unknown")
        assert problem["detail"].replace(id, "cam_1") == refused(absent, 404, "unknown")["detail"]
    refused(rival.post(f"/v1/cameos/{id}/revoke"), 404, "unknown")


def test_a_person_is_no_character(
    service: RunningService,
    platform: httpx2.Client,
    reviewer: httpx2.Client,
    refused: Refusal,
) -> None:
    cameo = service.enroll("user:ann")
    refused(platform.get(f"/v1/characters/{cameo}"), 404, "unknown")
    refused(platform.post(f"/v1/characters/{cameo}/suspend"), 404, "unknown")
    answer = reviewer.post(f"/v1/characters/{cameo}/review", json={"decision": "approve"})
    refused(answer, 404, "unknown")
