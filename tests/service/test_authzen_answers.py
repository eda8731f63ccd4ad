"""AuthZEN's decisions as documents, without a service: reasons, obligations, how to ask."""

from datetime import UTC, datetime
from typing import Any

import pytest

from cameo_service.authzen.binding import Terms, access_request, binding_digest
from cameo_service.authzen.decisions import decision_document
from cameo_service.authzen.obligations import is_able
from cameo_service.authzen.reading import EvaluationIn, shape
from cameo_service.authzen.refusals import BadRequest
from cameo_service.authzen.sealing import Seal
from permissions.decision import (
    Decision,
    Effect,
    PartyOutcome,
    Reason,
    ReasonCode,
)
from permissions.disclosure import NOT_PERMITTED
from permissions.obligations import Obligation, ObligationKind

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
SEAL = Seal(b"k" * 32)
QUESTION: dict[str, Any] = {
    "subject": {"type": "user", "id": "bob"},
    "action": {"name": "generate"},
    "resource": {"type": "cameo", "id": "cam_1"},
}


def evaluation(**changed: Any) -> EvaluationIn:
    return shape({**QUESTION, **changed}, EvaluationIn)


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
