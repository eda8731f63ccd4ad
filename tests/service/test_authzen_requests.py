"""AuthZEN's draft on access requests, from the denial to the new evaluation, over HTTP."""

import json
from collections.abc import Iterator
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.kinds import Kind
from tests.service.authzen_asking import EVALUATION, EVALUATIONS, World, asked, running, set_policy

REQUESTS = "/access/v1/requests"
ERROR = "urn:openid:authzen:access-request:error:"
PROBLEM = "application/problem+json"


@pytest.fixture(scope="module")
def shared(databases: Kind, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with running(databases, tmp_path_factory.mktemp("authzen")) as running_world:
        yield running_world


@pytest.fixture
def world(shared: World) -> World:
    """The world of this module, with an asker of whom nobody has heard yet."""
    return replace(shared, asker=f"user:eve{next(_askers)}")


_askers = count()


@pytest.fixture
def own(databases: Kind, tmp_path: Path) -> Iterator[World]:
    """A world of its own, for a test that changes its rules or its time."""
    with running(databases, tmp_path) as running_world:
        yield running_world


def denied(world: World, question: dict[str, Any]) -> dict[str, Any]:
    """The submission that follows from the denial of `question`."""
    answer = world.evaluate(question)
    assert answer["decision"] is False
    hint = answer["context"]["access_request"]
    denial = {name: hint[name] for name in ("expires_at", "binding_token", "template")}
    return {**question, "denial": {**denial, "reason": answer["context"]["reason"]}}


def submitted(world: World, submission: dict[str, Any]) -> dict[str, Any]:
    response = world.pep.post(REQUESTS, json=submission)
    assert response.status_code == 202, response.text
    task: dict[str, Any] = response.json()["task"]
    assert response.headers["location"] == task["status_endpoint"]
    return task


def task(world: World, id: str) -> dict[str, Any]:
    response = world.pep.get(f"{REQUESTS}/{id}")
    assert response.status_code == 200
    document: dict[str, Any] = response.json()
    return document


def refused(response: httpx2.Response, status: int, code: str) -> None:
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == PROBLEM
    assert response.json()["type"] == ERROR + code


def question(world: World, subject: str | None = None) -> dict[str, Any]:
    context = {"facets": ["face"], "categories": []}
    return asked(world.ann, subject or world.asker, context=context)


def inbox(world: World) -> list[tuple[str, str]]:
    """What Ann is asked for by the asker: ids and messages."""
    answer = world.pep.get("/v1/access-requests/inbox?asked=user:ann&limit=100")
    return [
        (each["id"], each["message"])
        for each in answer.json()["data"]
        if each["request"]["requester"] == world.asker
    ]


def test_a_denial_that_is_asked_about_approved_and_evaluated_again(world: World) -> None:
    submission = denied(world, question(world))
    submission["context"] = {**submission["context"], "business_justification": "for a birthday"}
    made = submitted(world, submission)
    assert made["status"] == "pending"
    assert made["links"]["cancel"] == f"{made['status_endpoint']}/cancel"
    base = world.pep.get("/.well-known/authzen-configuration").json()["policy_decision_point"]
    assert made["status_endpoint"] == f"{base}{REQUESTS}/{made['id']}"
    pending = task(world, made["id"])
    assert "result" not in pending
    assert world.evaluate(question(world))["decision"] is False
    assert inbox(world) == [(made["id"], "for a birthday")]
    yes = {"manner": "once", "capacity": "owner"}
    approved = world.pep.post(f"/v1/access-requests/{made['id']}/approve", json=yes)
    assert approved.status_code == 200, approved.text
    assert world.evaluate(question(world))["decision"] is True
    done = task(world, made["id"])
    assert done["task"]["status"] == "approved"
    assert done["result"]["mode"] == "reevaluate"
    approval = done["result"]["approval"]
    assert set(approval) == {"id", "approved_at", "approved_until"}
    again = question(world)
    again["context"]["approval"] = approval
    assert world.evaluate(again)["decision"] is True


def test_an_approval_opens_nothing_but_what_was_asked(world: World) -> None:
    made = submitted(world, denied(world, question(world)))
    yes = {"manner": "once", "capacity": "owner"}
    world.pep.post(f"/v1/access-requests/{made['id']}/approve", json=yes)
    approval = task(world, made["id"])["result"]["approval"]
    for other in (
        asked(world.ann, "user:zed", context={**question(world)["context"], "approval": approval}),
        asked(
            world.ann, world.asker, "publish", context={"facets": ["face"], "approval": approval}
        ),
        asked(world.ann, world.asker, context={"approval": approval}),
    ):
        assert world.evaluate(other)["decision"] is False


def test_a_task_that_is_denied(world: World) -> None:
    made = submitted(world, denied(world, question(world)))
    no = world.pep.post(f"/v1/access-requests/{made['id']}/deny", json={"capacity": "owner"})
    assert no.status_code == 200, no.text
    answer = task(world, made["id"])
    assert answer["task"]["status"] == "denied"
    assert "result" not in answer
    cancelled = world.pep.post(f"{REQUESTS}/{made['id']}/cancel")
    refused(cancelled, 409, "invalid_task_state")


def test_a_task_that_expires(own: World) -> None:
    world = own
    made = submitted(world, denied(world, question(world)))
    world.service.clock.advance(days=400)
    assert task(world, made["id"])["task"]["status"] == "expired"
    refused(world.pep.post(f"{REQUESTS}/{made['id']}/cancel"), 409, "invalid_task_state")


def test_a_task_is_cancelled_once(world: World) -> None:
    made = submitted(world, denied(world, question(world)))
    answer = world.pep.post(f"{REQUESTS}/{made['id']}/cancel", json={"reason": "changed_mind"})
    assert answer.status_code == 200
    assert answer.json()["task"]["status"] == "cancelled"
    refused(world.pep.post(f"{REQUESTS}/{made['id']}/cancel"), 409, "invalid_task_state")


def test_a_grant_that_answers_ends_the_denials(world: World) -> None:
    made = submitted(world, denied(world, question(world)))
    yes = {"manner": "grant", "capacity": "owner"}
    approved = world.pep.post(f"/v1/access-requests/{made['id']}/approve", json=yes)
    assert approved.status_code == 200, approved.text
    assert world.evaluate(question(world))["decision"] is True
    assert task(world, made["id"])["result"]["approval"]["approved_until"]


def test_review_before_use_is_asked_for_too(own: World) -> None:
    world = own
    set_policy(world.pep, world.ann, {"audience": {"generate": "everyone"}, "review": ["generate"]})
    answer = world.evaluate(question(world))
    assert answer["context"]["effect"] == "needs_approval"
    assert answer["context"]["access_request"]["template"] == "ask_approval"
    assert submitted(world, denied(world, question(world)))["status"] == "pending"


def test_items_of_a_batch_say_how_to_ask(world: World) -> None:
    first, second = world.post(EVALUATIONS, {**question(world), "evaluations": [{}, {}]})[
        "evaluations"
    ]
    assert first["context"]["access_request"]["binding_token"]
    assert second["context"]["access_request"]["expires_at"]


def test_the_same_submission_is_the_same_task(world: World) -> None:
    submission = denied(world, question(world))
    one, two = submitted(world, submission), submitted(world, submission)
    assert one == two
    later = submitted(world, denied(world, question(world)))
    assert later["id"] == one["id"]
    key = {"Idempotency-Key": f"key-{world.asker}"}
    keyed = world.pep.post(REQUESTS, json=denied(world, question(world)), headers=key)
    assert keyed.json()["task"]["id"] == one["id"]


def test_a_binding_token_or_key_serves_one_submission(world: World) -> None:
    submission = denied(world, question(world))
    submitted(world, submission)
    other = {**submission, "requested_access": {"emergency": True}}
    refused(world.pep.post(REQUESTS, json=other), 409, "duplicate_request")
    key = {"Idempotency-Key": f"key-{world.asker}"}
    assert world.pep.post(REQUESTS, json=submission, headers=key).status_code == 202
    refused(world.pep.post(REQUESTS, json=other, headers=key), 409, "duplicate_request")


def test_a_replay_after_the_end_asks_nobody_again(world: World) -> None:
    submission = denied(world, question(world))
    made = submitted(world, submission)
    world.pep.post(f"/v1/access-requests/{made['id']}/deny", json={"capacity": "owner"})
    replayed = submitted(world, submission)
    assert (replayed["id"], replayed["status"]) == (made["id"], "denied")


def _altered(submission: dict[str, Any], world: World) -> dict[str, dict[str, Any]]:
    denial = submission["denial"]
    token = denial["binding_token"]
    flipped = token[:20] + ("A" if token[20] != "A" else "B") + token[21:]
    ben = {"type": "cameo", "id": world.character}
    return {
        "no token": {**submission, "denial": {"expires_at": denial["expires_at"]}},
        "another token": {**submission, "denial": {**denial, "binding_token": "x" * 80}},
        "an altered token": {**submission, "denial": {**denial, "binding_token": flipped}},
        "another end": {**submission, "denial": {**denial, "expires_at": "2030-01-01T00:00:00Z"}},
        "another subject": {**submission, "subject": {"type": "user", "id": "zed"}},
        "another action": {**submission, "action": {"name": "publish"}},
        "another resource": {**submission, "resource": ben},
        "other properties": {
            **submission,
            "resource": {**submission["resource"], "properties": {"x": 1}},
        },
        "another context": {**submission, "context": {**submission["context"], "purpose": "news"}},
        "less context": {**submission, "context": {"facets": ["face"]}},
        "an action of others": {**submission, "action": {"name": "can_read"}},
    }


def test_what_is_bound_to_something_else_is_refused(world: World) -> None:
    for name, submission in _altered(denied(world, question(world)), world).items():
        response = world.pep.post(REQUESTS, json=submission)
        assert response.status_code == 400, name
        refused(response, 400, "invalid_denial_binding")
    assert inbox(world) == []


def test_another_caller_cannot_use_it(world: World) -> None:
    submission = denied(world, question(world))
    with world.service.client(world.service.key()) as other:
        refused(other.post(REQUESTS, json=submission), 400, "invalid_denial_binding")


def test_a_denial_can_be_asked_about_for_ten_minutes(own: World) -> None:
    world = own
    submission = denied(world, question(world))
    world.service.clock.advance(seconds=599)
    submitted(world, submission)
    late = denied(world, question(world, "user:zed"))
    world.service.clock.advance(seconds=600)
    refused(world.pep.post(REQUESTS, json=late), 410, "expired_denial")


def test_what_is_permitted_meanwhile_is_not_requestable(own: World) -> None:
    world = own
    submission = denied(world, question(world))
    set_policy(world.pep, world.ann, {"audience": {"generate": "everyone"}})
    refused(world.pep.post(REQUESTS, json=submission), 400, "not_requestable")


def test_what_asking_cannot_change_says_nothing_of_asking(world: World) -> None:
    for body in (asked("cam_nobody", "user:eve"), asked(world.ann, "user:eve", "can_read")):
        assert "access_request" not in world.evaluate(body)["context"]


def test_tasks_of_others_are_unknown(world: World) -> None:
    made = submitted(world, denied(world, question(world)))
    with world.service.client(world.service.key(acts_for=("user:zoe",))) as other:
        for path in (f"{REQUESTS}/{made['id']}", f"{REQUESTS}/acr_nothing"):
            refused(other.get(path), 404, "unknown_task")
            refused(other.post(f"{path}/cancel"), 404, "unknown_task")
    assert task(world, made["id"])["task"]["status"] == "pending"


@pytest.mark.parametrize(
    "change",
    [
        {"items": []},
        {"callback": {"endpoint": "https://pep.example/callback"}},
        {"client": {"actor": "me"}},
        {"client": {"actor": {"id": "agent", "type": "ai_agent"}}},
        {"client": {"actor": {"id": "bob", "type": "user", "act": {"sub": "x"}}}},
        {"denial": {}},
        {"denial": None},
        {"subject": None},
        {"context": {"business_justification": 1}},
        {"context": {"business_justification": "x" * 1_001}},
        {"context": {"business_justification": "\x00"}},
    ],
    ids=lambda value: json.dumps(value)[:50],
)
def test_what_is_not_offered_or_ill_typed_is_400(world: World, change: dict[str, Any]) -> None:
    response = world.pep.post(REQUESTS, json={**denied(world, question(world)), **change})
    assert response.status_code == 400, response.text
    assert response.headers["content-type"] == PROBLEM


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b"\xff", b'{"a":1,"a":1}', b"[" * 100_000])
def test_what_cannot_be_read_is_400(world: World, body: bytes) -> None:
    headers = {"content-type": "application/json"}
    response = world.pep.post(REQUESTS, content=body, headers=headers)
    assert response.status_code == 400
    assert response.headers["content-type"] == PROBLEM
    key = {**headers, "Idempotency-Key": "k" * 201}
    whole = json.dumps(denied(world, question(world))).encode()
    assert world.pep.post(REQUESTS, content=whole, headers=key).status_code == 400


def test_an_actor_that_the_key_speaks_for_is_fine(world: World) -> None:
    submission = denied(world, question(world))
    submission["client"] = {"id": "gateway", "actor": {"id": "bob", "type": "user"}}
    assert submitted(world, submission)["status"] == "pending"


def test_a_denial_remains_a_denial(world: World) -> None:
    answer = world.pep.post(EVALUATION, json=question(world)).json()
    assert answer["decision"] is False
    assert answer["context"]["evaluated_at"] == "2026-11-22T12:00:00Z"
