"""What is read and written on AuthZEN's paths, without a service around it."""

import json
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from cameo_service.authzen.answering import Answer
from cameo_service.authzen.batch import EvaluationsIn, Semantic, item, items, until_the_trigger
from cameo_service.authzen.mapping import ABSENT, Foreign, Posed, pose
from cameo_service.authzen.metadata import metadata_document
from cameo_service.authzen.reading import EvaluationIn, read, shape
from cameo_service.authzen.refusals import BadRequest
from permissions.vocabulary import AppearanceChange, Facet

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
JSON = "application/json"
QUESTION: dict[str, Any] = {
    "subject": {"type": "user", "id": "bob"},
    "action": {"name": "generate"},
    "resource": {"type": "cameo", "id": "cam_1"},
}


def evaluation(**changed: Any) -> EvaluationIn:
    return shape({**QUESTION, **changed}, EvaluationIn)


def posed(**changed: Any) -> Posed:
    found = pose(evaluation(**changed))
    assert isinstance(found, Posed)
    return found


def test_facets_left_out_are_all_facets() -> None:
    (likeness,) = posed().request.likenesses
    assert likeness.facets == frozenset(Facet)
    assert likeness.appearance_change is None


@pytest.mark.parametrize("place", ["resource", "context"])
def test_facets_and_appearance_are_read_from_the_resource_or_the_context(place: str) -> None:
    said = {"facets": ["face"], "appearance_change": "marked"}
    resource = {**QUESTION["resource"], "properties": said if place == "resource" else {}}
    found = posed(resource=resource, context=said if place == "context" else {})
    (likeness,) = found.request.likenesses
    assert likeness.facets == {Facet.FACE}
    assert likeness.appearance_change is AppearanceChange.MARKED


def test_what_is_said_twice_and_differently_is_refused() -> None:
    resource = {**QUESTION["resource"], "properties": {"facets": ["face"]}}
    posed(resource=resource, context={"facets": ["face"]})
    with pytest.raises(BadRequest, match="differ"):
        pose(evaluation(resource=resource, context={"facets": ["voice"]}))


def test_the_context_goes_into_the_question() -> None:
    context = {
        "purpose": "satire",
        "categories": [],
        "territories": ["US"],
        "co_appearing": ["brand.acme"],
        "remix_of": ["use_1"],
        "draft": "use_2",
        "likenesses": [{"cameo_id": "cam_2", "facets": ["voice"]}, {"cameo_id": "cam_3"}],
        "time": "1985-10-26T01:22-07:00",
    }
    found = posed(context=context)
    request = found.request
    assert (request.purpose, request.categories) == ("satire", frozenset())
    assert request.territories == frozenset({"US"})
    assert request.co_appearing == frozenset({"brand.acme"})
    assert (request.remix_of, found.draft) == (("use_1",), "use_2")
    assert [each.cameo_id for each in request.likenesses] == ["cam_1", "cam_2", "cam_3"]
    assert request.likenesses[2].facets == frozenset(Facet)


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"subject": {"type": "spaceship", "id": "bob"}}, "requester_unknown"),
        ({"subject": {"type": "user", "id": ""}}, "requester_unknown"),
        ({"subject": {"type": "user", "id": "user:bob"}}, "requester_unknown"),
        ({"subject": {"type": "user", "id": "bob\x00"}}, "requester_unknown"),
        ({"action": {"name": "can_read"}}, "action_unknown"),
        ({"action": {"name": ""}}, "action_unknown"),
        ({"action": {"name": "Generate"}}, "action_unknown"),
    ],
)
def test_words_of_others_make_a_denial(changed: dict[str, Any], code: str) -> None:
    found = pose(evaluation(**changed))
    assert isinstance(found, Foreign)
    assert found.code == code


@pytest.mark.parametrize(
    "resource",
    [
        {"type": "record", "id": "cam_1"},
        {"type": "cameo", "id": ""},
        {"type": "cameo", "id": "cam\x00"},
        {"type": "cameo", "id": "x" * 101},
        {"type": "character", "id": "cam 1"},
    ],
)
def test_a_resource_that_can_be_none_is_asked_about_as_one_that_is_not_there(
    resource: dict[str, Any],
) -> None:
    assert posed(resource=resource).request.likenesses[0].cameo_id == ABSENT


@pytest.mark.parametrize(
    "context",
    [
        {"facets": "face"},
        {"facets": []},
        {"facets": ["nose"]},
        {"facets": None},
        {"facets": ["face", 1]},
        {"appearance_change": "extreme"},
        {"appearance_change": 1},
        {"purpose": 1},
        {"purpose": "world domination"},
        {"purpose": None},
        {"categories": "violence"},
        {"categories": ["gore"]},
        {"territories": ["XX"]},
        {"territories": []},
        {"co_appearing": ["dog.rex"]},
        {"remix_of": "use_1"},
        {"remix_of": [1]},
        {"draft": 1},
        {"draft": ""},
        {"likenesses": {}},
        {"likenesses": ["cam_2"]},
        {"likenesses": [{}]},
        {"likenesses": [{"cameo_id": 1}]},
        {"likenesses": [{"cameo_id": "cam\x00"}]},
        {"likenesses": [{"cameo_id": "cam_1"}]},
        {"likenesses": [{"cameo_id": "cam_2", "facets": ["nose"]}]},
        {"likenesses": [{"cameo_id": f"cam_{n}"} for n in range(2, 60)]},
    ],
    ids=lambda value: json.dumps(value)[:60],
)
def test_a_known_member_with_a_wrong_value_is_refused(context: dict[str, Any]) -> None:
    with pytest.raises(BadRequest):
        pose(evaluation(context=context))
    with pytest.raises(BadRequest):
        pose(evaluation(context=context, action={"name": "can_read"}))


def test_a_misfit_is_named_where_this_api_has_it() -> None:
    with pytest.raises(BadRequest, match=r"^context\.likenesses\.0\.facets\.0: "):
        pose(evaluation(context={"likenesses": [{"cameo_id": "cam_2", "facets": ["nose"]}]}))
    with pytest.raises(BadRequest, match=r"^resource\.properties\.facets\.0: "):
        pose(evaluation(context={"facets": ["nose"]}))
    with pytest.raises(BadRequest, match=r"^context\.purpose: "):
        pose(evaluation(context={"purpose": 1}))


@pytest.mark.parametrize(
    ("body", "content_type", "code"),
    [
        (b"{}", None, "wrong_content_type"),
        (b"{}", "text/plain", "wrong_content_type"),
        (b"{}", "application/json; charset=latin-1", "wrong_content_type"),
        (b"", JSON, "empty_body"),
        (b" \n", JSON, "empty_body"),
        (b"[]", JSON, "not_an_object"),
        (b"null", JSON, "not_an_object"),
        (b'"x"', JSON, "not_an_object"),
        (b"{", JSON, "malformed_json"),
        (b"\xff", JSON, "malformed_json"),
        (b'{"a": "\xff"}', JSON, "malformed_json"),
        (b'{"a": "\\ud800"}', JSON, "malformed_json"),
        (b'{"a": NaN}', JSON, "malformed_json"),
        (b'{"a": 1, "a": 1}', JSON, "malformed_json"),
        (b'{"b": {"a": 1, "\\u0061": 1}}', JSON, "malformed_json"),
        (b"[" * 100_000, JSON, "json_too_deep"),
        (b'{"a": 1e999}', JSON, "malformed_json"),
        (b"{}", JSON, "invalid_request"),
    ],
)
def test_what_cannot_be_read_is_refused(body: bytes, content_type: str | None, code: str) -> None:
    with pytest.raises(BadRequest) as refused:
        read(body, content_type, EvaluationIn)
    assert refused.value.code == code


def test_unknown_members_are_ignored_everywhere() -> None:
    body = {
        **QUESTION,
        "subject": {"type": "user", "id": "bob", "nick": 1, "properties": {"x": [1]}},
        "foo": "bar",
        "futureField": {"nested": True},
        "context": {"time": "1985-10-26T01:22-07:00", "ip": None},
    }
    found = read(json.dumps(body).encode(), "Application/JSON; charset=UTF-8", EvaluationIn)
    assert pose(found) == posed()


def test_an_item_replaces_defaults_whole() -> None:
    request = EvaluationsIn(
        subject={"type": "user", "id": "bob"},
        resource={"type": "cameo", "id": "cam_1", "properties": {"facets": ["face"]}},
        context={"purpose": "satire"},
    )
    whole = item(request, {"resource": {"type": "cameo", "id": "cam_2"}, "context": {}})
    assert whole["subject"] == {"type": "user", "id": "bob"}
    assert whole["resource"] == {"type": "cameo", "id": "cam_2"}
    assert whole["context"] == {}
    assert "action" not in whole
    assert item(request, {"context": None})["context"] is None


def test_there_is_a_limit_to_one_batch() -> None:
    assert len(items(EvaluationsIn(evaluations=[{}] * 100))) == 100
    with pytest.raises(BadRequest, match="100"):
        items(EvaluationsIn(evaluations=[{}] * 101))


@pytest.mark.parametrize(
    ("semantic", "kept"),
    [
        (Semantic.EXECUTE_ALL, [True, True, False, True]),
        (Semantic.DENY_ON_FIRST_DENY, [True, True, False]),
        (Semantic.PERMIT_ON_FIRST_PERMIT, [True]),
    ],
)
def test_evaluation_ends_at_the_trigger(semantic: Semantic, kept: list[bool]) -> None:
    answers = [Answer(document={"decision": value}) for value in (True, True, False, True)]
    given = [answer.document["decision"] for answer in until_the_trigger(answers, semantic)]
    assert given == kept


def test_the_metadata_names_every_endpoint_once() -> None:
    document = metadata_document("https://pdp.example")
    endpoints = [value for name, value in document.items() if name.endswith("_endpoint")]
    assert len(set(endpoints)) == len(endpoints) == 6
    assert set(document["drafts"]) == set(document["capabilities"])
    assert msgspec.json.decode(msgspec.json.encode(document)) == document
