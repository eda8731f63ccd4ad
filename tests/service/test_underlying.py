"""What a character may be made of: cameos that its owner may name, no ring, not too deep."""

import httpx2

from permissions.involved import DEEPEST_UNDERLYING, MOST_LIKENESSES
from tests.service.characters import OWNER, character, register, sheet, underlying
from tests.service.running import Refusal, RunningService


def test_whether_a_cameo_exists_is_not_for_others_to_find_out(
    service: RunningService, platform: httpx2.Client, studio: httpx2.Client, refused: Refusal
) -> None:
    cameo = service.enroll("user:ann")
    real, absent = (
        studio.post("/v1/characters", json=character(underlying=underlying(each)))
        for each in (cameo, "cam_1")
    )
    problem = refused(real, 404, "unknown")
    assert problem["detail"].replace(cameo, "cam_1") == refused(absent, 404, "unknown")["detail"]
    terms = {"actions": ["generate"], "facets": ["face"]}
    grant = platform.post(
        "/v1/grants", json={"cameo_id": cameo, "grantee": OWNER, "terms": terms}
    ).json()
    made = register(studio, underlying=underlying(cameo))
    assert made["underlying"] == [{"cameo_id": cameo, "facets": ["face", "voice"]}]
    platform.post(f"/v1/grants/{grant['id']}/revoke")
    # what it rests on already it may go on resting on, and a new one may not
    kept = sheet(underlying=underlying(cameo), description="Still.")
    assert studio.put(f"/v1/characters/{made['id']}", json=kept).status_code == 200
    other = studio.post("/v1/characters", json=character("zed2", underlying=underlying(cameo)))
    refused(other, 404, "unknown")


def test_a_grant_of_another_time_shows_nothing(
    service: RunningService, platform: httpx2.Client, studio: httpx2.Client, refused: Refusal
) -> None:
    cameo = service.enroll("user:ann")
    terms = {
        "actions": ["generate"],
        "facets": ["face"],
        "not_after": service.clock().replace(year=2027).isoformat(),
    }
    platform.post("/v1/grants", json={"cameo_id": cameo, "grantee": OWNER, "terms": terms})
    service.clock.advance(days=400)
    answer = studio.post("/v1/characters", json=character(underlying=underlying(cameo)))
    refused(answer, 404, "unknown")


def test_what_a_platform_acts_for_it_may_name(
    service: RunningService, platform: httpx2.Client
) -> None:
    cameo = service.enroll("user:ann")
    body = {**character(underlying=underlying(cameo)), "owner": "org:platform"}
    assert platform.post("/v1/characters", json=body).status_code == 201


def test_who_represents_an_owner_may_name_the_cameo(
    service: RunningService, platform: httpx2.Client, studio: httpx2.Client, refused: Refusal
) -> None:
    cameo = service.enroll("user:ann")
    terms = {"actions": ["generate"], "facets": ["face"]}
    body = {
        "kind": "agent",
        "represented": "user:ann",
        "representative": OWNER,
        "scope": terms,
        "evidence": "contract 2026/17",
    }
    mandate = platform.post("/v1/representations", json=body).json()["id"]
    register(studio, underlying=underlying(cameo))
    platform.post(f"/v1/representations/{mandate}/revoke")
    answer = studio.post("/v1/characters", json=character("zed2", underlying=underlying(cameo)))
    refused(answer, 404, "unknown")


def test_characters_rest_on_no_ring(studio: httpx2.Client, refused: Refusal) -> None:
    first = register(studio, "first")["id"]
    second = register(studio, "second", underlying=underlying(first))["id"]
    third = register(studio, "third", underlying=underlying(second))["id"]
    path = f"/v1/characters/{first}"
    itself = studio.put(path, json=sheet(underlying=underlying(first)))
    refused(itself, 422, "underlying_is_itself")
    ring = studio.put(path, json=sheet(underlying=underlying(third)))
    refused(ring, 422, "underlying_ring")
    twice = studio.put(path, json=sheet(underlying=underlying(third, third)))
    refused(twice, 422, "underlying_repeated")


def test_characters_rest_on_so_many_levels(studio: httpx2.Client, refused: Refusal) -> None:
    below: list[str] = []
    for level in range(DEEPEST_UNDERLYING):
        below = [register(studio, f"level-{level}", underlying=underlying(*below))["id"]]
    answer = studio.post("/v1/characters", json=character("top", underlying=underlying(*below)))
    refused(answer, 422, "underlying_too_deep")


def test_characters_rest_on_so_many_others(studio: httpx2.Client, refused: Refusal) -> None:
    ids = [register(studio, f"part-{n}")["id"] for n in range(MOST_LIKENESSES)]
    halves = [
        register(studio, f"half-{n}", underlying=underlying(*ids[n::2]))["id"] for n in range(2)
    ]
    answer = studio.post("/v1/characters", json=character(underlying=underlying(*halves)))
    refused(answer, 422, "underlying_too_many")
