"""AuthZEN over HTTP: evaluation, batches, metadata, headers. The standard's clauses by name."""

import asyncio
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import jwt
import pytest
from starlette.requests import Request

from cameo_service.authzen.batch import MOST_EVALUATIONS
from cameo_service.authzen.hot import refuse
from cameo_service.callers import Scope
from storage.errors import StoreUnavailable
from tests.service.authzen_asking import (
    ACTIONS,
    EVALUATION,
    EVALUATIONS,
    EVERYBODY,
    QUESTIONS,
    REQUESTS,
    RESOURCES,
    SCOPES,
    SUBJECTS,
    World,
    asked,
    running,
    set_policy,
    started,
)
from tests.service.running import RunningService


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with running(tmp_path_factory.mktemp("authzen")) as shared:
        yield shared


@pytest.fixture(scope="module")
def service(world: World) -> RunningService:
    return world.service


@pytest.fixture
def changing(tmp_path: Path) -> Iterator[World]:
    """A world of its own, for a test that changes it."""
    with running(tmp_path) as own:
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
    asyncio.run(world.service.inquiries.write())
    with world.service.context.store.read() as tx:
        found = [record for _, record in tx.inquiries.of_cameo(world.ann, limit=10)]
    counts = {each.requester: (each.permitted, each.refused) for each in found}
    assert counts == {"user:eve": (0, 1), "user:bob": (2, 0)}
    assert 'route="/access/v1/evaluation"' in world.pep.get("/metrics").text


# batches


def test_a_batch_without_evaluations_is_a_single_evaluation(world: World) -> None:
    options = {"evaluations_semantic": "execute_all"}
    variants: list[dict[str, Any]] = [{}, {"evaluations": []}, {"options": options}]
    for more in variants:
        answer = world.post(EVALUATIONS, {**asked(world.ann), **more})
        assert answer["decision"] is True
        assert "evaluations" not in answer


def test_a_single_evaluation_that_lacks_something_is_400_at_either_path(world: World) -> None:
    for path in (EVALUATION, EVALUATIONS):
        world.post(path, {"subject": {"type": "user", "id": "bob"}}, status=400)


def test_defaults_fill_what_an_item_leaves_out_and_nothing_more(world: World) -> None:
    body = {
        **asked(world.ann, "org:studio", context={"facets": ["face"]}),
        "evaluations": [
            {},
            {"context": {}},
            {"subject": {"type": "user", "id": "eve"}},
            {"action": {"name": "tag"}},
            {"resource": {"type": "character", "id": world.character}},
            {"resource": {"id": world.ann}},
        ],
    }
    answer = world.post(EVALUATIONS, body)
    assert set(answer) == {"evaluations"}
    decisions = [each["decision"] for each in answer["evaluations"]]
    assert decisions == [True, False, False, True, True, False]
    assert answer["evaluations"][5]["context"]["error"]["status"] == 400


def test_whole_objects_are_replaced(world: World) -> None:
    resource = {"type": "cameo", "id": world.ann, "properties": {"facets": ["face"]}}
    body = {
        **asked(world.ann, "org:studio", resource=resource),
        "evaluations": [{}, {"resource": {"type": "cameo", "id": world.ann}}],
    }
    decisions = [each["decision"] for each in world.post(EVALUATIONS, body)["evaluations"]]
    assert decisions == [True, False]


def test_an_item_that_is_wrong_is_a_denial_with_its_error(world: World) -> None:
    whole = asked(world.ann)
    body = {
        "evaluations": [
            whole,
            {},
            {**whole, "subject": "bob"},
            {**whole, "action": {"name": 1}},
            {**whole, "context": {"facets": ["nose"]}},
            {**whole, "context": {"draft": "use_1"}},
            {**whole, "context": None},
        ]
    }
    first, *others = world.post(EVALUATIONS, body)["evaluations"]
    assert first["decision"] is True
    for each in others:
        assert each["decision"] is False
        assert each["context"]["error"]["status"] == 400
        assert each["context"]["error"]["message"]


def test_items_about_others_are_denied_one_by_one(world: World) -> None:
    key = world.service.key(acts_for=("user:bob",))
    body = {**asked(world.ann), "evaluations": [{}, {"subject": {"type": "user", "id": "ann"}}]}
    with world.service.client(key) as pep:
        mine, others = pep.post(EVALUATIONS, json=body).json()["evaluations"]
        alone = pep.post(EVALUATION, json=asked(world.ann, "user:ann"))
    assert mine["decision"] is True
    assert others["decision"] is False
    assert others["context"]["error"]["status"] == 403
    assert alone.status_code == 403


@pytest.mark.parametrize(
    ("semantic", "decisions"),
    [
        (None, [True, False, True, False]),
        ("execute_all", [True, False, True, False]),
        ("deny_on_first_deny", [True, False]),
        ("permit_on_first_permit", [True]),
    ],
)
def test_the_three_semantics(world: World, semantic: str | None, decisions: list[bool]) -> None:
    eve = {"subject": {"type": "user", "id": "eve"}}
    body = {**asked(world.ann), "evaluations": [{}, eve, {}, {"subject": 1}]}
    if semantic is not None:
        body["options"] = {"evaluations_semantic": semantic, "another_option": "value"}
    answer = world.post(EVALUATIONS, body)
    assert [each["decision"] for each in answer["evaluations"]] == decisions


def test_an_error_ends_a_batch_that_ends_at_a_denial(world: World) -> None:
    options = {"evaluations_semantic": "deny_on_first_deny"}
    body = {**asked(world.ann), "evaluations": [{"subject": {}}, {}], "options": options}
    assert len(world.post(EVALUATIONS, body)["evaluations"]) == 1


def test_nothing_permits_on_first_permit_where_nothing_is_permitted(world: World) -> None:
    options = {"evaluations_semantic": "permit_on_first_permit"}
    body = {
        **asked(world.ann, "user:eve"),
        "evaluations": [{}, {"subject": {}}],
        "options": options,
    }
    answers = world.post(EVALUATIONS, body)["evaluations"]
    assert [each["decision"] for each in answers] == [False, False]


def test_a_batch_has_a_limit(world: World) -> None:
    whole = {**asked(world.ann), "evaluations": [{}] * MOST_EVALUATIONS}
    assert len(world.post(EVALUATIONS, whole)["evaluations"]) == MOST_EVALUATIONS
    whole["evaluations"].append({})
    refused = world.post(EVALUATIONS, whole, status=400)
    assert refused["error"]["code"] == "too_many_evaluations"


def test_all_items_are_decided_at_one_revision(changing: World) -> None:
    world = changing
    body = {**asked(world.ann), "evaluations": [{}] * 40}
    stop = threading.Event()

    def change() -> None:
        with world.service.client(world.service.key(acts_for=EVERYBODY)) as owner:
            while not stop.is_set():
                for approved in ([], ["user:bob"]):
                    audience = {"audience": {"generate": "approved"}, "approved": approved}
                    set_policy(owner, world.ann, audience)

    thread = threading.Thread(target=change)
    thread.start()
    try:
        for _ in range(25):
            answers = world.post(EVALUATIONS, body)["evaluations"]
            assert len({each["decision"] for each in answers}) == 1
            assert len({each["context"]["revision"] for each in answers}) == 1
    finally:
        stop.set()
        thread.join()


# headers and callers


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


# metadata


def test_a_public_url_with_a_path_has_its_metadata_behind_the_well_known_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CAMEO_PUBLIC_URL", "https://pdp.example/tenant1/")
    with started(tmp_path) as tenant, tenant.client() as anyone:
        document = anyone.get("/.well-known/authzen-configuration/tenant1").json()
        assert anyone.get("/.well-known/authzen-configuration/tenant2").status_code == 404
    assert document["policy_decision_point"] == "https://pdp.example/tenant1"
    assert document["access_evaluation_endpoint"] == f"https://pdp.example/tenant1{EVALUATION}"


def test_the_metadata_is_where_and_what_the_standard_says(service: RunningService) -> None:
    with service.client() as anyone:
        response = anyone.get("/.well-known/authzen-configuration")
    assert response.status_code == 200
    assert response.headers["content-type"] == "application/json"
    assert "max-age" in response.headers["cache-control"]
    document = response.json()
    base = service.context.settings.issuer
    assert document["policy_decision_point"] == base
    assert document["access_evaluation_endpoint"] == base + EVALUATION
    assert document["access_evaluations_endpoint"] == base + EVALUATIONS
    assert document["search_subject_endpoint"] == base + SUBJECTS
    assert document["search_resource_endpoint"] == base + RESOURCES
    assert document["search_action_endpoint"] == base + ACTIONS
    assert all(isinstance(each, str) for each in document["capabilities"])
    assert None not in document.values()
    assert [] not in document.values()
    assert set(document["drafts"]) == set(document["capabilities"])


def test_the_signed_metadata_verifies_and_says_the_same(service: RunningService) -> None:
    with service.client() as anyone:
        document = anyone.get("/.well-known/authzen-configuration").json()
        keys = {key["kid"]: key for key in anyone.get("/.well-known/jwks.json").json()["keys"]}
    signed = document.pop("signed_metadata")
    header = jwt.get_unverified_header(signed)
    assert header["typ"] == "cameo-metadata+jwt"
    claims = jwt.decode(
        signed,
        jwt.PyJWK(keys[header["kid"]]).key,
        algorithms=["EdDSA"],
        options={"verify_iat": False},
    )
    assert claims.pop("iss") == service.context.settings.issuer
    assert claims.pop("iat") == int(service.clock().timestamp())
    assert claims == document
    assert "signed_metadata" not in claims


def test_every_endpoint_of_the_metadata_answers(world: World) -> None:
    document = world.pep.get("/.well-known/authzen-configuration").json()
    base = document["policy_decision_point"]
    names = [name for name in document if name.endswith("_endpoint")]
    assert len(names) == 6
    for name in names:
        response = world.pep.post(document[name].removeprefix(base), json=asked(world.ann))
        assert response.status_code in {200, 400}, name


def test_openapi_has_every_path(service: RunningService) -> None:
    with service.client() as anyone:
        paths = anyone.get("/openapi.json").json()["paths"]
    for path in QUESTIONS:
        assert set(paths[path]) == {"post"}
        assert "requestBody" in paths[path]["post"]
    assert "get" in paths["/.well-known/authzen-configuration"]
    assert httpx2.URL(EVALUATION).path in paths
