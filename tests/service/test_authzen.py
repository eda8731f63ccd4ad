"""AuthZEN over HTTP: evaluation, headers, callers. The standard's clauses by name."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from starlette.requests import Request

from cameo_service.authzen.hot import refuse
from cameo_service.callers import Scope
from storage.errors import StoreUnavailable
from tests.kinds import Kind
from tests.service.authzen_asking import (
    ACTIONS,
    EVALUATION,
    EVALUATIONS,
    QUESTIONS,
    REQUESTS,
    RESOURCES,
    SCOPES,
    World,
    asked,
    running,
    set_policy,
)
from tests.service.running import RunningService


@pytest.fixture(scope="module")
def world(databases: Kind, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with running(databases, tmp_path_factory.mktemp("authzen")) as shared:
        yield shared


@pytest.fixture(scope="module")
def service(world: World) -> RunningService:
    return world.service


@pytest.fixture
def changing(databases: Kind, tmp_path: Path) -> Iterator[World]:
    """A world of its own, for a test that changes it."""
    with running(databases, tmp_path) as own:
        yield own


def reason(answer: dict[str, Any]) -> str:
    return str(answer["context"]["reason"])


def test_a_decision_is_a_boolean_and_its_context_an_object(world: World) -> None:
    yes = world.evaluate(asked(world.ann))
    assert yes["decision"] is True
    assert reason(yes) == "in_audience"
    assert yes["context"]["expires_at"] == "2027-11-22T12:00:00Z"
    no = world.evaluate(asked(world.ann, "user:eve"))
    assert no["decision"] is False
    assert reason(no) == "not_permitted"
    assert no["context"]["could_change"] == ["ask_owner"]
    assert set(no["context"]["reason_user"]) == {"403"}


def test_a_denial_is_status_200_of_the_right_type(world: World) -> None:
    response = world.pep.post(EVALUATION, json=asked(world.ann, "user:eve"))
    assert response.status_code == 200
    assert response.headers["content-type"] == "application/json"


def test_a_yes_carries_the_obligations_of_the_draft(world: World) -> None:
    (owed,) = world.evaluate(asked(world.ann))["context"]["obligations"]
    assert owed["type"] == "custom"
    assert owed["properties"]["kind"] == "watermark"


@pytest.mark.parametrize(
    ("declared", "decision"),
    [
        ({"supported_obligations": ["custom"]}, True),
        ({"supported_obligations": []}, False),
        ({"supported_mandatory_extensions": ["obligations"]}, False),
    ],
)
def test_who_cannot_oblige_is_denied(
    world: World,
    declared: dict[str, Any],
    decision: bool,  # noqa: FBT001 (parametrized)
) -> None:
    answer = world.evaluate(asked(world.ann, context=declared))
    assert answer["decision"] is decision
    assert ("obligations" in answer["context"]) is decision


def test_facets_left_out_are_the_most_demanding_reading(world: World) -> None:
    face = {"type": "cameo", "id": world.ann, "properties": {"facets": ["face"]}}
    assert world.evaluate(asked(world.ann, "org:studio"))["decision"] is False
    assert world.evaluate(asked(world.ann, "org:studio", resource=face))["decision"] is True
    context = {"facets": ["face"]}
    assert world.evaluate(asked(world.ann, "org:studio", context=context))["decision"] is True


def test_further_likenesses_must_all_say_yes(world: World) -> None:
    ben = world.service.enroll("user:ben")
    context = {"likenesses": [{"cameo_id": ben}]}
    answer = world.evaluate(asked(world.ann, context=context))
    assert answer["decision"] is False
    assert [party["effect"] for party in answer["context"]["parties"]] == ["permit", "deny"]


@pytest.mark.parametrize(
    "changed",
    [
        {"subject": {"type": "spaceship", "id": "bob"}},
        {"subject": {"type": "user", "id": "\u2603"}},
        {"action": {"name": "can_read"}},
        {"resource": {"type": "record", "id": "record-1"}},
        {"resource": {"type": "cameo", "id": "no such \x00 id"}},
    ],
)
def test_words_that_mean_nothing_here_are_denied(world: World, changed: dict[str, Any]) -> None:
    assert world.evaluate(asked(world.ann, **changed))["decision"] is False


def test_a_type_that_is_not_the_cameos_is_denied_as_what_is_not_there(world: World) -> None:
    def told(resource: dict[str, Any], subject: str = "org:acme") -> dict[str, Any]:
        answer = world.evaluate(asked("", subject, resource=resource))
        assert resource["id"] not in json.dumps(answer)
        return answer

    character = {"type": "character", "id": world.character}
    assert world.evaluate(asked("", "org:acme", resource=character))["decision"] is True
    absent = told({"type": "character", "id": "chr_nobody"})
    assert absent["decision"] is False
    assert told({"type": "cameo", "id": world.character}) == absent
    assert told({"type": "character", "id": world.ann}, "user:ann") == absent
    assert told({"type": "cameo", "id": "cam_nobody"}) == absent
    assert told({"type": "dragon", "id": world.character}) == absent
    assert "access_request" not in absent["context"]


def test_unknown_fields_are_ignored(world: World) -> None:
    more: dict[str, Any] = {"foo": "bar", "futureField": {"nested": True}}
    body = asked(world.ann, context={"time": "1985-10-26T01:22-07:00", "ip": "::1"}, **more)
    body["subject"]["properties"] = {"department": "Sales"}
    body["action"]["properties"] = {"method": "GET"}
    body["resource"]["properties"] = {"status": "active"}
    assert world.evaluate(body)["decision"] is True


def test_the_same_question_gets_the_same_answer(world: World) -> None:
    answers = [world.evaluate(asked(world.ann)) for _ in range(3)]
    assert answers[0] == answers[1] == answers[2]


def test_a_revocation_is_seen_at_once(changing: World) -> None:
    world = changing
    assert world.evaluate(asked(world.ann))["decision"] is True
    set_policy(world.pep, world.ann, {"audience": {}})
    assert world.evaluate(asked(world.ann))["decision"] is False


def test_owners_see_who_asked_as_they_do_of_checks(changing: World) -> None:
    world = changing
    character = {"type": "character", "id": world.ann}
    world.evaluate(asked(world.ann, "user:eve"))
    world.evaluate(asked(world.ann, "user:eve", resource=character))
    world.post(EVALUATIONS, {**asked(world.ann), "evaluations": [{}, {}, {"subject": 1}]})

    def counts() -> dict[str, tuple[int, int]]:
        with world.service.context.store.read() as tx:
            found = [record for _, record in tx.inquiries.of_cameo(world.ann, limit=10)]
        return {each.requester: (each.permitted, each.refused) for each in found}

    wanted = {"user:eve": (0, 1), "user:bob": (2, 0)}
    assert world.service.once_written(counts, wanted=wanted) == wanted
    assert 'route="/access/v1/evaluation"' in world.pep.get("/metrics").text


@pytest.mark.parametrize("path", QUESTIONS)
@pytest.mark.parametrize(
    "id",
    [
        "bfe9eb29-ab87-4ca3-be83-a1d5d8305716",
        'a b: c/d;e="f" {g} <h>',
        "x" * 300,
        "caf\u00e9",
    ],
)
def test_the_request_id_is_echoed_exactly(world: World, path: str, id: str) -> None:
    sent = id.encode("latin-1")
    for body in (asked(world.ann), {}):
        response = world.pep.post(path, json=body, headers=[(b"x-request-id", sent)])
        echoed = [value for name, value in response.headers.raw if name.lower() == b"x-request-id"]
        assert echoed == [sent]


@pytest.mark.parametrize("path", QUESTIONS)
def test_without_a_request_id_there_is_one_all_the_same(world: World, path: str) -> None:
    assert world.pep.post(path, json=asked(world.ann)).headers["x-request-id"].startswith("req_")


@pytest.mark.parametrize(("method", "path"), SCOPES)
@pytest.mark.parametrize("key", [None, "nonsense", "ck_x_s_y"])
def test_nobody_asks_without_a_key(
    service: RunningService, method: str, path: str, key: str | None
) -> None:
    with service.client(key) as anyone:
        response = anyone.request(method, path.replace("{id}", "acr_1"), json=asked("cam_1"))
    assert response.status_code == 401
    assert response.headers["www-authenticate"].startswith("Bearer")
    assert said(response, path)["code"] == "unauthenticated"


@pytest.mark.parametrize(("method", "path"), SCOPES)
def test_a_key_needs_the_scope(service: RunningService, method: str, path: str) -> None:
    scope = SCOPES[method, path]
    others = [other for other in Scope if other is not scope]
    with service.client(service.key(*others)) as caller:
        response = caller.request(method, path.replace("{id}", "acr_1"), json=asked("cam_1"))
    assert response.status_code == 403
    assert f"`{scope}`" in said(response, path)["message"]


def said(response: httpx2.Response, path: str) -> dict[str, Any]:
    """The code and message of a refusal: the standard's error, or the draft's problem."""
    document: dict[str, Any] = response.json()
    if path.startswith(REQUESTS):
        assert response.headers["content-type"] == "application/problem+json"
        return {"code": document["code"], "message": document["detail"]}
    assert response.headers["content-type"] == "application/json"
    error: dict[str, Any] = document["error"]
    assert error["status"] == response.status_code
    return error


@pytest.mark.parametrize("path", [EVALUATION, RESOURCES, ACTIONS])
def test_nobody_asks_in_anothers_name(world: World, path: str) -> None:
    with world.service.client(world.service.key(acts_for=("user:zoe",))) as caller:
        for id in (world.ann, "cam_nobody"):
            response = caller.post(path, json=asked(id))
            assert response.status_code == 403
            assert response.json()["error"]["code"] == "not_acting_for"


@pytest.mark.parametrize("path", QUESTIONS)
@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE"])
def test_questions_are_posted(world: World, path: str, method: str) -> None:
    response = world.pep.request(method, path)
    assert response.status_code == 405
    assert response.headers["allow"] == "POST"


def test_no_answer_when_the_store_is_away(caplog: pytest.LogCaptureFixture) -> None:
    request = Request({"type": "http", "state": {"request_id": "req_1"}})
    answer = refuse(request, StoreUnavailable("disk I/O error in /var/lib/secret"))
    assert answer.status_code == 503
    assert answer.headers["retry-after"]
    error = json.loads(bytes(answer.body))["error"]
    assert error["code"] == "store_unavailable"
    assert "secret" not in error["message"]
    unexpected = refuse(request, KeyError("user:ann"))
    assert unexpected.status_code == 500
    assert b"ann" not in bytes(unexpected.body)
    assert caplog.records
