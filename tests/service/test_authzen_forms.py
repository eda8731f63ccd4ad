"""What is read and written on AuthZEN's paths, without a service around it."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cameo_service.authzen.answering import Answer
from cameo_service.authzen.batch import EvaluationsIn, Semantic, item, items, until_the_trigger
from cameo_service.authzen.binding import Terms, access_request, binding_digest
from cameo_service.authzen.decisions import decision_document
from cameo_service.authzen.mapping import ABSENT, Foreign, Posed, pose
from cameo_service.authzen.metadata import metadata_document
from cameo_service.authzen.obligations import is_able
from cameo_service.authzen.paging import LARGEST_SIZE, PageIn, next_token, open_page
from cameo_service.authzen.reading import EvaluationIn, read, shape
from cameo_service.authzen.refusals import BadRequest
from cameo_service.authzen.sealing import Ended, NotOurs, Seal
from permissions.decision import (
    Decision,
    Effect,
    PartyOutcome,
    Reason,
    ReasonCode,
)
from permissions.disclosure import NOT_PERMITTED
from permissions.obligations import Obligation, ObligationKind
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


def decision(effect: Effect, code: ReasonCode, *, owed: tuple[Obligation, ...] = ()) -> Decision:
    reason = Reason(code=code, step=6, message="so it is")
    party = PartyOutcome(cameo_id="cam_1", effect=effect, reason=reason)
    return Decision(
        effect=effect, parties=(party,), reasons=(reason,), revision=7, obligations=owed
    )


def test_only_permit_is_true() -> None:
    for effect in Effect:
        document = decision_document(decision(effect, ReasonCode.IS_OWNER), {}, names={})
        assert document["decision"] is (effect is Effect.PERMIT)


def test_a_denial_says_why_and_what_could_change_it() -> None:
    document = decision_document(decision(Effect.DENY, ReasonCode.NOT_PERMITTED), {}, names={})
    assert document == {
        "decision": False,
        "context": {
            "reason": "not_permitted",
            "reasons": [{"code": "not_permitted", "step": 6, "message": "so it is"}],
            "reason_user": {"403": "so it is"},
            "effect": "deny",
            "revision": 7,
            "could_change": ["ask_owner"],
        },
    }


OWED = (
    Obligation(kind=ObligationKind.CREDIT, text="Ann"),
    Obligation(kind=ObligationKind.WATERMARK),
)


def test_a_yes_carries_its_obligations() -> None:
    yes = decision(Effect.PERMIT, ReasonCode.IS_OWNER, owed=OWED)
    document = decision_document(yes, {}, names={})
    assert document["decision"] is True
    assert [each["id"] for each in document["context"]["obligations"]] == ["obl-1", "obl-2"]
    assert document["context"]["obligations"][0] == {
        "id": "obl-1",
        "type": "custom",
        "properties": {"profile": "urn:cameo:obligation", "kind": "credit", "text": "Ann"},
    }
    assert (
        "obligations"
        not in decision_document(decision(Effect.PERMIT, ReasonCode.IS_OWNER), {}, names={})[
            "context"
        ]
    )


@pytest.mark.parametrize(
    ("context", "able"),
    [
        ({}, True),
        ({"supported_obligations": ["custom"]}, True),
        ({"supported_obligations": ["notification"]}, False),
        ({"supported_obligations": []}, False),
        ({"supported_mandatory_extensions": ["obligations"]}, False),
        ({"supported_mandatory_extensions": []}, False),
        ({"supported_mandatory_extensions": [], "supported_obligations": ["custom"]}, False),
        (
            {
                "supported_mandatory_extensions": ["obligations"],
                "supported_obligations": ["custom", "warp"],
            },
            True,
        ),
    ],
)
def test_who_says_that_it_cannot_oblige_is_denied(context: dict[str, Any], able: bool) -> None:  # noqa: FBT001
    assert is_able(context) is able
    owing = decision(Effect.PERMIT, ReasonCode.IS_OWNER, owed=OWED)
    free = decision(Effect.PERMIT, ReasonCode.IS_OWNER)
    document = decision_document(owing, context, names={})
    assert document["decision"] is able
    assert decision_document(free, context, names={})["decision"] is True
    if not able:
        assert document["context"]["reason"] == "obligation_unsupported"
        assert "obligations" not in document["context"]


@pytest.mark.parametrize("name", ["supported_obligations", "supported_mandatory_extensions"])
@pytest.mark.parametrize("value", ["custom", [1], None, {}])
def test_ill_typed_declarations_are_refused(name: str, value: object) -> None:
    with pytest.raises(BadRequest):
        is_able({name: value})


SEAL = Seal(b"k" * 32)
SEARCHED = {"subject": {"type": "user"}, "resource": {"type": "cameo", "id": "cam_1"}}


def a_token(**changed: Any) -> str:
    page = open_page(PageIn(limit=2, **changed), SEARCHED, seal=SEAL, owner="ck_1", now=NOW)
    return next_token(page, [1, "user:bob"], seal=SEAL, now=NOW)


def test_a_page_goes_on_where_the_last_one_ended() -> None:
    for page in (PageIn(token=a_token()), PageIn(token=a_token(), limit=2)):
        opened = open_page(page, dict(reversed(SEARCHED.items())), seal=SEAL, owner="ck_1", now=NOW)
        assert (opened.size, opened.position) == (2, [1, "user:bob"])


@pytest.mark.parametrize(
    ("page", "question", "owner", "later", "code"),
    [
        ({}, SEARCHED, "ck_2", 0, "page_token_invalid"),
        ({}, {**SEARCHED, "context": {}}, "ck_1", 0, "page_changed"),
        ({"limit": 3}, SEARCHED, "ck_1", 0, "page_changed"),
        ({}, SEARCHED, "ck_1", 3_600, "page_token_expired"),
    ],
)
def test_a_token_serves_its_own_search_only(
    page: dict[str, Any], question: dict[str, Any], owner: str, later: int, code: str
) -> None:
    with pytest.raises(BadRequest) as refused:
        open_page(
            PageIn(token=a_token(), **page),
            question,
            seal=SEAL,
            owner=owner,
            now=NOW + timedelta(seconds=later),
        )
    assert refused.value.code == code


@given(st.integers(min_value=0), st.text(max_size=3))
def test_no_altered_token_opens(place: int, put: str) -> None:
    token = a_token()
    at = place % len(token)
    altered = token[:at] + put + token[at + 1 :]
    if altered == token:
        return
    with pytest.raises((NotOurs, Ended)):
        SEAL.open("page", altered, owner="ck_1", now=NOW)


def test_a_token_of_another_purpose_does_not_open() -> None:
    with pytest.raises(NotOurs):
        SEAL.open("denial", a_token(), owner="ck_1", now=NOW)
    with pytest.raises(NotOurs):
        Seal(b"l" * 32).open("page", a_token(), owner="ck_1", now=NOW)


@pytest.mark.parametrize("page", [{"limit": -1}, {"limit": 1.5}, {"limit": "2"}, {"token": 1}])
def test_an_ill_typed_page_is_refused(page: dict[str, Any]) -> None:
    with pytest.raises(BadRequest):
        shape(page, PageIn)


def test_a_page_has_an_upper_limit() -> None:
    assert PageIn(limit=10_000).size == LARGEST_SIZE
    assert PageIn(limit=0).size == 0


def terms(owner: str = "ck_1") -> Terms:
    return Terms(base="https://pdp.example", seal=SEAL, owner=owner, now=NOW)


def test_a_denial_that_asking_could_change_says_how_to_ask() -> None:
    denied = decision(Effect.NEEDS_APPROVAL, ReasonCode.APPROVAL_NEEDED)
    hint = access_request(denied, evaluation(), terms=terms())
    assert hint is not None
    assert hint["endpoint"] == "https://pdp.example/access/v1/requests"
    assert (hint["template"], hint["expires_at"]) == ("ask_approval", "2026-11-22T12:10:00Z")
    claims = SEAL.open("denial", hint["binding_token"], owner="ck_1", now=NOW)
    assert claims["binding_hash"] == binding_digest(evaluation())


@pytest.mark.parametrize(
    ("effect", "code"),
    [
        (Effect.PERMIT, ReasonCode.IS_OWNER),
        (Effect.DENY, ReasonCode.UNAVAILABLE),
        (Effect.DENY, ReasonCode.CONTEXT_UNDECLARED),
    ],
)
def test_nothing_else_is_requestable(effect: Effect, code: ReasonCode) -> None:
    assert access_request(decision(effect, code), evaluation(), terms=terms()) is None
    mixed = Decision(
        effect=Effect.DENY,
        parties=(),
        reasons=(NOT_PERMITTED, Reason(code=code, step=3, message="no")),
        revision=1,
    )
    assert access_request(mixed, evaluation(), terms=terms()) is None


def test_what_binds_is_what_the_decision_looks_at() -> None:
    bound = binding_digest(evaluation())
    assert binding_digest(evaluation(context={"time": "now"})) == bound
    act = {"type": "user", "id": "bob", "properties": {"act": {"sub": "agent"}}}
    assert binding_digest(evaluation(subject=act)) == bound
    others = (
        {"context": {"purpose": "satire"}},
        {"action": {"name": "tag"}},
        {"action": {"name": "generate", "properties": {"x": 1}}},
        {"resource": {"type": "cameo", "id": "cam_2"}},
        {"subject": {"type": "user", "id": "eve"}},
    )
    digests = {binding_digest(evaluation(**changed)) for changed in others}
    assert len(digests) == len(others)
    assert bound not in digests
    huge = {"name": "generate", "properties": {"x": 2**60}}
    assert binding_digest(evaluation(action=huge)) is None


def test_the_metadata_names_every_endpoint_once() -> None:
    document = metadata_document("https://pdp.example")
    endpoints = [value for name, value in document.items() if name.endswith("_endpoint")]
    assert len(set(endpoints)) == len(endpoints) == 6
    assert set(document["drafts"]) == set(document["capabilities"])
    assert msgspec.json.decode(msgspec.json.encode(document)) == document
