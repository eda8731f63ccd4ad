"""The stored form of what permissions decides over: all of it, or an error."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from random import Random
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cameo_service.documents import (
    DamagedDocument,
    binding_rule_from,
    character_policies_from,
    deployment_document,
    deployment_from,
    obligations_document,
    obligations_from,
    policy_document,
    policy_from,
    rule_document,
    scope_document,
    scope_from,
    terms_document,
    terms_from,
)
from permissions.deployment import Ceiling, DeploymentRules
from permissions.obligations import Obligation, ObligationKind
from permissions.policy import Policy
from permissions.representation import AgeBand
from permissions.rule_documents import rule_from_document
from permissions.rules import Rule, RuleEffect, UnreadableRule
from permissions.terms import Terms
from permissions.vocabulary import (
    Action,
    AppearanceChange,
    Audience,
    Facet,
    OnRevocation,
    Principal,
)
from tests.permissions.generated import PEOPLE, PLAIN, Maker

makers = st.builds(lambda seed: Maker(Random(seed), PLAIN), st.integers(0, 2**32))
MOMENT = datetime(2027, 1, 1, tzinfo=UTC)


def any_terms(make: Maker) -> Terms:
    return replace(
        make.terms(),
        appearance_change=make.one(tuple(AppearanceChange)),
        on_revocation=make.one(tuple(OnRevocation)),
        intended_use=make.one(("", "a film about Ann")),
        compensation=make.one(("", "contract 7")),
        obligations=(*make.obligations(), Obligation(kind=ObligationKind.LIMIT, text="no food")),
    )


def any_policy(make: Maker) -> Policy:
    return replace(make.policy(), blocked=frozenset(), set_by=make.one((None, *PEOPLE)))


def any_deployment(make: Maker) -> DeploymentRules:
    return DeploymentRules(
        rules=make.rules("d", (RuleEffect.DENY, RuleEffect.REVIEW), 3),
        protected=make.some(("cam_a", "cam_b")),
        ceilings={
            band: Ceiling(terms=any_terms(make), audience=make.one(tuple(Audience)))
            for band in make.some(tuple(AgeBand))
        },
        obligations=make.obligations(),
    )


def as_stored(document: Any) -> Any:
    """What a database gives back."""
    return json.loads(json.dumps(document))


@given(makers)
def test_terms_come_back(make: Maker) -> None:
    terms = any_terms(make)
    assert terms_from(as_stored(terms_document(terms))) == terms


@given(makers)
def test_a_policy_comes_back_with_a_characters_rules(make: Maker) -> None:
    policy, rules = any_policy(make), make.rules("p", tuple(RuleEffect), 4)
    document = as_stored(policy_document(policy, rules))
    assert policy_from(document) == policy
    assert character_policies_from(document) == rules


@given(makers)
def test_the_deployments_rules_come_back(make: Maker) -> None:
    rules = any_deployment(make)
    assert deployment_from(as_stored(deployment_document(rules))) == rules


@given(makers)
def test_parts_come_back(make: Maker) -> None:
    scope, obligations = make.scope(("US", "US-CA", "DE")), make.obligations()
    assert scope_from(as_stored(scope_document(scope))) == scope
    assert obligations_from(as_stored(obligations_document(obligations))) == obligations
    for rule in make.rules("r", tuple(RuleEffect), 5):
        assert rule_from_document(as_stored(rule_document(rule))) == rule


@given(makers)
def test_equal_things_have_equal_bytes(make: Maker) -> None:
    terms = any_terms(make)
    turned = replace(terms, actions=frozenset(sorted(terms.actions, reverse=True)))
    assert json.dumps(terms_document(terms)) == json.dumps(terms_document(turned))


FIRST_TERMS = {
    "actions": ["generate", "tag"],
    "facets": ["face"],
    "not_before": None,
    "not_after": "2027-01-01T00:00:00+00:00",
}
FIRST_POLICY = {"audience": {"tag": "everyone"}, "approved": ["user:bob"]}


def test_what_the_first_release_stored_is_read_as_it_was_meant() -> None:
    assert terms_from(FIRST_TERMS) == Terms.without_limits(
        actions=frozenset({Action.GENERATE, Action.TAG}),
        facets=frozenset({Facet.FACE}),
        not_after=MOMENT,
    )
    assert policy_from(FIRST_POLICY) == Policy(
        audience=MappingProxyType({Action.TAG: Audience.EVERYONE}),
        approved=frozenset({Principal("user:bob")}),
    )
    assert character_policies_from(FIRST_POLICY) == ()


TERMS = terms_document(terms_from(FIRST_TERMS))
POLICY = policy_document(policy_from(FIRST_POLICY))
DEPLOYMENT = deployment_document(
    DeploymentRules(ceilings={AgeBand.TEEN: Ceiling(terms=terms_from(TERMS))})
)
READERS: dict[str, tuple[dict[str, Any], Callable[[Any], object]]] = {
    "terms": (TERMS, terms_from),
    "first terms": (FIRST_TERMS, terms_from),
    "policy": (POLICY, policy_from),
    "first policy": (FIRST_POLICY, policy_from),
    "character": (POLICY, character_policies_from),
    "first character": (FIRST_POLICY, character_policies_from),
    "deployment": (DEPLOYMENT, deployment_from),
    "scope": (TERMS["purposes"], scope_from),
}
each_reader = pytest.mark.parametrize(("document", "reader"), READERS.values(), ids=list(READERS))


@each_reader
def test_no_key_can_be_missing_or_too_many(
    document: dict[str, Any], reader: Callable[[Any], object]
) -> None:
    reader(document)
    for key in document:
        with pytest.raises(DamagedDocument):
            reader({name: value for name, value in document.items() if name != key})
    with pytest.raises(DamagedDocument, match="mood"):
        reader({**document, "mood": "sad"})


@each_reader
@pytest.mark.parametrize("version", [0, 2, "1", True, 1.0, None])
def test_an_unknown_version_is_not_read(
    document: dict[str, Any], reader: Callable[[Any], object], version: object
) -> None:
    with pytest.raises(DamagedDocument):
        reader({**document, "version": version})


@each_reader
@pytest.mark.parametrize("odd", [None, [], "x", 7], ids=repr)
def test_what_is_no_object_is_not_read(
    document: dict[str, Any], reader: Callable[[Any], object], odd: object
) -> None:
    del document
    with pytest.raises(DamagedDocument):
        reader(odd)


@pytest.mark.parametrize(
    ("document", "change"),
    [
        ("terms", {"actions": ["burn"]}),
        ("terms", {"actions": "generate"}),
        ("terms", {"facets": ["soul"]}),
        ("terms", {"not_after": "2027-01-01T00:00:00"}),
        ("terms", {"not_after": 1_800_000_000}),
        ("terms", {"count": -1}),
        ("terms", {"count": True}),
        ("terms", {"remix_depth": None}),
        ("terms", {"approval_before_publishing": 0}),
        ("terms", {"purposes": {"included": ["*"]}}),
        ("terms", {"purposes": {"included": ["*"], "excluded": [], "but": ["news"]}}),
        ("terms", {"obligations": [{"kind": "dance", "text": ""}]}),
        ("terms", {"obligations": [{"kind": "credit"}]}),
        ("terms", {"on_revocation": "shrug"}),
        ("policy", {"audience": {"generate": "friends"}}),
        ("policy", {"audience": {"burn": "only_me"}}),
        ("policy", {"approved": ["bob"]}),
        ("policy", {"restrictions": None}),
        ("policy", {"restrictions": {}}),
        ("policy", {"set_by": "bob"}),
        ("policy", {"set_by": ""}),
        ("first policy", {"approved": ["bob"]}),
        ("deployment", {"rules": None}),
        ("deployment", {"ceilings": {"baby": DEPLOYMENT["ceilings"]["teen"]}}),
        ("deployment", {"ceilings": {"teen": {"terms": {}, "audience": "only_me"}}}),
    ],
    ids=str,
)
def test_what_makes_no_sense_is_not_read(document: str, change: dict[str, Any]) -> None:
    sound, reader = READERS[document]
    with pytest.raises(DamagedDocument):
        reader({**sound, **change})


@pytest.mark.parametrize(
    "rule",
    [
        7,
        {"id": "r1"},
        {"id": "r1", "effect": "deny", "when": {"mood": ["sad"]}},
        {"id": "r1", "effect": "allow", "when": {}},
    ],
    ids=str,
)
def test_a_stored_rule_that_cannot_be_read_denies(rule: object) -> None:
    for policy in (
        policy_from({**POLICY, "restrictions": [rule]}).restrictions,
        deployment_from({**DEPLOYMENT, "rules": [rule]}).rules,
    ):
        assert [type(each) for each in policy] == [UnreadableRule]


def test_only_a_character_has_rules_that_allow() -> None:
    allowing = {"id": "p1", "effect": "allow", "when": {"territories": ["DE"]}}
    (read,) = character_policies_from({**POLICY, "policies": [allowing]})
    assert isinstance(read, Rule)
    assert isinstance(binding_rule_from(allowing), UnreadableRule)


def test_what_would_be_lost_is_not_stored() -> None:
    with pytest.raises(ValueError, match="blocks"):
        policy_document(Policy(blocked=frozenset({Principal("user:eve")})))
    with pytest.raises(ValueError, match="r1"):
        policy_document(Policy(restrictions=(UnreadableRule(id="r1", problem="torn"),)))
