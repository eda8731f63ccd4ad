"""Reviews of characters over HTTP: approved, rejected, and again after a change."""

from typing import Any

import httpx2
import pytest

from tests.service.characters import OUTCOMES, OWNER, REVIEW_SCOPES, register, settle, sheet
from tests.service.effects import watching
from tests.service.running import Refusal, RunningService


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
