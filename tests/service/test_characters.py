"""Characters over HTTP: registered, reviewed, changed, suspended, ended."""

from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from cameo_service.callers import Scope
from permissions.involved import DEEPEST_UNDERLYING, MOST_LIKENESSES
from tests.service.effects import watching
from tests.service.running import Refusal, RunningService

OWNER = "org:studio"
REVIEW_SCOPES = (Scope.CHARACTERS_REVIEW, Scope.CHARACTERS_READ)
OWNER_SCOPES = tuple(
    scope for scope in Scope if scope not in (Scope.CHARACTERS_REVIEW, Scope.DEPLOYMENT_WRITE)
)
OUTCOMES = ("status", "review", "note", "decided_at")


def sheet(**changes: Any) -> dict[str, Any]:
    return {
        "name": "Zed",
        "description": "A bear in a hat.",
        "references": [{"url": "https://studio.example/zed"}],
        "rights_statement": "Created by the studio in 2019.",
        "territories": {"included": ["*"], "excluded": ["FR"]},
        "underlying": [],
        **changes,
    }


def character(handle: str = "zed", **changes: Any) -> dict[str, Any]:
    return {"owner": OWNER, "handle": handle, **sheet(**changes)}


def register(client: httpx2.Client, handle: str = "zed", **changes: Any) -> dict[str, Any]:
    response = client.post("/v1/characters", json=character(handle, **changes))
    assert response.status_code == 201, response.text
    made: dict[str, Any] = response.json()
    return made


def settle(client: httpx2.Client, id: str, decision: str = "approve", **more: Any) -> Any:
    response = client.post(f"/v1/characters/{id}/review", json={"decision": decision, **more})
    assert response.status_code == 200, response.text
    return response.json()


def underlying(*cameos: str) -> list[dict[str, Any]]:
    return [{"cameo_id": cameo, "facets": ["voice", "face"]} for cameo in cameos]


@pytest.fixture
def studio(service: RunningService) -> Iterator[httpx2.Client]:
    """The owner's key: it judges nothing and runs nothing."""
    with service.client(service.key(*OWNER_SCOPES, principal=OWNER, acts_for=())) as client:
        yield client


@pytest.fixture
def rival(service: RunningService) -> Iterator[httpx2.Client]:
    """The key of another organisation, with the same scopes."""
    with service.client(service.key(*OWNER_SCOPES, principal="org:rival", acts_for=())) as client:
        yield client


@pytest.fixture
def reviewer(service: RunningService) -> Iterator[httpx2.Client]:
    key = service.key(*REVIEW_SCOPES, principal="org:deployment", acts_for=())
    with service.client(key) as client:
        yield client


@pytest.fixture
def operator(service: RunningService) -> Iterator[httpx2.Client]:
    key = service.key(Scope.DEPLOYMENT_WRITE, principal="org:deployment", acts_for=())
    with service.client(key) as client:
        yield client


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


def test_a_reviewer_approves_and_the_character_is_active(
    service: RunningService, studio: httpx2.Client, reviewer: httpx2.Client, refused: Refusal
) -> None:
    id = register(studio)["id"]
    waiting = reviewer.get("/v1/characters/awaiting-review").json()["data"]
    assert [(each["id"], each["review"]) for each in waiting] == [(id, "awaiting")]
    with watching(service) as seen:
        approved = settle(reviewer, id, note="fine")
    assert [approved[name] for name in OUTCOMES[:3]] == ["active", "approved", "fine"]
    assert seen.touched == {f"cameo:{id}"}
    assert reviewer.get("/v1/characters/awaiting-review").json()["data"] == []
    again = reviewer.post(f"/v1/characters/{id}/review", json={"decision": "reject"})
    refused(again, 409, "wrong_state")


def test_a_rejected_character_waits_for_its_owner(
    studio: httpx2.Client, reviewer: httpx2.Client, refused: Refusal
) -> None:
    id = register(studio)["id"]
    rejected = settle(reviewer, id, "reject", note="whose bear is it?")
    assert [rejected[name] for name in OUTCOMES[:3]] == ["pending", "rejected", "whose bear is it?"]
    assert studio.get(f"/v1/characters/{id}").json()["note"] == "whose bear is it?"
    assert reviewer.get("/v1/characters/awaiting-review").json()["data"] == []
    approve = {"decision": "approve"}
    refused(reviewer.post(f"/v1/characters/{id}/review", json=approve), 409, "wrong_state")
    changed = studio.put(f"/v1/characters/{id}", json=sheet(description="Ours.")).json()
    assert [changed[name] for name in OUTCOMES] == ["pending", "awaiting", None, None]
    assert settle(reviewer, id)["status"] == "active"


def test_pages_of_what_waits_leave_out_what_is_judged(
    studio: httpx2.Client, reviewer: httpx2.Client
) -> None:
    ids = sorted(register(studio, f"zed-{n}")["id"] for n in range(5))
    settle(reviewer, ids[0], "reject")
    settle(reviewer, ids[2])
    seen, after = [], None
    while True:
        params = {"limit": 1} | ({"after": after} if after else {})
        page = reviewer.get("/v1/characters/awaiting-review", params=params).json()
        seen += [each["id"] for each in page["data"]]
        if not page["has_more"]:
            break
        after = page["next_cursor"]
    assert seen == [ids[1], ids[3], ids[4]]


def test_nobody_judges_their_own_character(
    service: RunningService, studio: httpx2.Client, refused: Refusal
) -> None:
    id = register(studio)["id"]
    own = service.key(*REVIEW_SCOPES, principal=OWNER, acts_for=())
    with service.client(own) as client:
        for decision in ("approve", "reject"):
            answer = client.post(f"/v1/characters/{id}/review", json={"decision": decision})
            refused(answer, 403, "own_character")
    assert studio.get(f"/v1/characters/{id}").json()["status"] == "pending"


def test_a_review_holds_for_the_version_that_was_looked_at(
    studio: httpx2.Client, reviewer: httpx2.Client, refused: Refusal
) -> None:
    made = register(studio)
    path = f"/v1/characters/{made['id']}"
    studio.put(path, json=sheet(rights_statement="Bought."))
    word = {"decision": "approve", "version": made["version"]}
    refused(reviewer.post(f"{path}/review", json=word), 409, "version_superseded")
    assert settle(reviewer, made["id"], version=2)["status"] == "active"


@pytest.mark.parametrize(
    "change",
    [
        {"name": "Mickey"},
        {"references": []},
        {"rights_statement": "Bought."},
        {"territories": {"included": ["*"]}},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_change_of_what_was_approved_is_reviewed_again(
    service: RunningService,
    studio: httpx2.Client,
    reviewer: httpx2.Client,
    change: dict[str, Any],
) -> None:
    id = register(studio)["id"]
    settle(reviewer, id)
    with watching(service, f"cameo:{id}") as seen:
        changed = studio.put(f"/v1/characters/{id}", json=sheet(**change)).json()
    assert [changed[name] for name in OUTCOMES] == ["pending", "awaiting", None, None]
    assert (seen.ended, seen.touched) == ({f"cameo:{id}"}, {f"cameo:{id}"})


def test_another_description_is_not(
    service: RunningService, studio: httpx2.Client, reviewer: httpx2.Client
) -> None:
    id = register(studio)["id"]
    settle(reviewer, id)
    with watching(service, f"cameo:{id}") as seen:
        changed = studio.put(f"/v1/characters/{id}", json=sheet(description="A bear.")).json()
    assert (changed["status"], changed["review"]) == ("active", "approved")
    assert (seen.ended, seen.touched) == (set(), set())


def test_the_same_again_is_no_new_version(studio: httpx2.Client) -> None:
    made = register(studio)
    assert studio.put(f"/v1/characters/{made['id']}", json=sheet()).json() == made


def test_the_handle_does_not_change_and_nothing_is_dropped_unsaid(
    studio: httpx2.Client, refused: Refusal
) -> None:
    path = f"/v1/characters/{register(studio)['id']}"
    refused(studio.put(path, json={**sheet(), "handle": "other"}), 422, "invalid_request")
    without = {name: value for name, value in sheet().items() if name != "underlying"}
    refused(studio.put(path, json=without), 422, "invalid_request")


def test_every_version_is_kept(studio: httpx2.Client, reviewer: httpx2.Client) -> None:
    id = register(studio)["id"]
    settle(reviewer, id, note="fine")
    studio.put(f"/v1/characters/{id}", json=sheet(name="Zed II"))
    path = f"/v1/characters/{id}/history"
    versions = studio.get(path).json()["data"]
    assert [(each["version"], each["name"], each["note"]) for each in versions] == [
        (1, "Zed", None),
        (2, "Zed", "fine"),
        (3, "Zed II", None),
    ]
    page = studio.get(path, params={"limit": 1, "after": "1"}).json()
    assert [each["version"] for each in page["data"]] == [2]
    assert (page["has_more"], page["next_cursor"]) == (True, "2")


@pytest.mark.parametrize("cursor", ["x", "-1", "9" * 40])
def test_a_cursor_that_is_none_is_refused(
    studio: httpx2.Client, refused: Refusal, cursor: str
) -> None:
    path = f"/v1/characters/{register(studio)['id']}/history"
    refused(studio.get(path, params={"after": cursor}), 422, "cursor_unknown")


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


def test_a_suspended_character_cannot_slip_back(
    service: RunningService,
    studio: httpx2.Client,
    reviewer: httpx2.Client,
    operator: httpx2.Client,
    refused: Refusal,
) -> None:
    id = register(studio)["id"]
    path = f"/v1/characters/{id}"
    refused(operator.post(f"{path}/suspend"), 409, "wrong_state")
    refused(operator.post(f"{path}/reinstate"), 409, "wrong_state")
    settle(reviewer, id)
    with watching(service, f"cameo:{id}") as seen:
        assert operator.post(f"{path}/suspend").json()["status"] == "suspended"
    assert (seen.ended, seen.touched) == ({f"cameo:{id}"}, {f"cameo:{id}"})
    assert operator.post(f"{path}/suspend").json()["status"] == "suspended"
    approve = {"decision": "approve"}
    refused(reviewer.post(f"{path}/review", json=approve), 409, "wrong_state")
    assert studio.put(path, json=sheet(name="Zed II")).json()["status"] == "suspended"
    assert reviewer.get("/v1/characters/awaiting-review").json()["data"] == []
    with watching(service) as seen:
        assert operator.post(f"{path}/reinstate").json()["status"] == "pending"
    assert seen.touched == {f"cameo:{id}"}
    assert settle(reviewer, id)["status"] == "active"
    operator.post(f"{path}/suspend")
    assert operator.post(f"{path}/reinstate").json()["status"] == "active"


def test_a_person_is_suspended_and_reinstated(
    service: RunningService, operator: httpx2.Client, refused: Refusal
) -> None:
    id = service.enroll("user:ann")
    with watching(service, f"cameo:{id}") as seen:
        assert operator.post(f"/v1/cameos/{id}/suspend").json()["status"] == "suspended"
    assert (seen.ended, seen.touched) == ({f"cameo:{id}"}, {f"cameo:{id}"})
    assert operator.post(f"/v1/cameos/{id}/reinstate").json() == {
        "object": "cameo_status",
        "id": id,
        "kind": "person",
        "status": "active",
        "updated_at": service.clock().isoformat().replace("+00:00", "Z"),
    }
    refused(operator.post("/v1/cameos/cam_1/suspend"), 404, "unknown")


def test_an_ended_character_stays_ended(
    service: RunningService,
    studio: httpx2.Client,
    reviewer: httpx2.Client,
    operator: httpx2.Client,
    refused: Refusal,
) -> None:
    id = register(studio)["id"]
    settle(reviewer, id)
    with watching(service, f"cameo:{id}") as seen:
        assert studio.post(f"/v1/cameos/{id}/revoke").json()["status"] == "revoked"
    assert seen.ended == {f"cameo:{id}"}
    assert f"cameo:{id}" in seen.touched
    path = f"/v1/characters/{id}"
    assert studio.get(path).json()["review"] is None
    refused(studio.put(path, json=sheet(name="Zed II")), 409, "wrong_state")
    approve = {"decision": "approve"}
    refused(reviewer.post(f"{path}/review", json=approve), 409, "wrong_state")
    for verb in ("suspend", "reinstate"):
        refused(operator.post(f"{path}/{verb}"), 409, "wrong_state")
