"""Rules as data: what is read, and what becomes a rule that denies."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from permissions.obligations import Obligation, ObligationKind
from permissions.rule_documents import rule_from_document
from permissions.rules import Condition, Rule, RuleEffect, UnreadableRule
from permissions.vocabulary import Action, AppearanceChange, Facet, Principal

FULL: dict[str, Any] = {
    "id": "p1",
    "effect": "allow",
    "name": "films in Europe",
    "when": {
        "actions": ["generate", "publish"],
        "facets": ["face"],
        "purposes": ["entertainment.film"],
        "categories": ["violence.mild"],
        "territories": ["DE", "US-CA"],
        "requesters": ["org:studio"],
        "except_requesters": ["user:eve"],
        "appearance_change_above": "subtle",
    },
    "obligations": [{"kind": "credit", "text": "Studio"}],
    "not_before": "2026-01-01T00:00:00+00:00",
    "not_after": "2027-01-01T00:00:00Z",
}


def test_a_rule_in_full() -> None:
    assert rule_from_document(FULL) == Rule(
        id="p1",
        effect=RuleEffect.ALLOW,
        name="films in Europe",
        when=Condition(
            actions=frozenset({Action.GENERATE, Action.PUBLISH}),
            facets=frozenset({Facet.FACE}),
            purposes=frozenset({"entertainment.film"}),
            categories=frozenset({"violence.mild"}),
            territories=frozenset({"DE", "US-CA"}),
            requesters=frozenset({Principal("org:studio")}),
            except_requesters=frozenset({Principal("user:eve")}),
            appearance_change_above=AppearanceChange.SUBTLE,
        ),
        obligations=(Obligation(kind=ObligationKind.CREDIT, text="Studio"),),
        not_before=datetime(2026, 1, 1, tzinfo=UTC),
        not_after=datetime(2027, 1, 1, tzinfo=UTC),
    )


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"id": None}, "a rule needs an `id` and a `when`"),
        ({"id": ""}, "a rule needs an `id` and a `when`"),
        ({"when": None}, "a rule needs an `id` and a `when`"),
        ({"when": []}, "a rule needs an `id` and a `when`"),
        ({"mood": "sad"}, "`mood` is not known here"),
        ({"effect": None}, "`None` is not a word of this rule"),
        ({"effect": "forbid"}, "`forbid` is not a word of this rule"),
        ({"name": 7}, "`7` is not text"),
        ({"when": {"mood": ["sad"]}}, "`mood` is not an aspect of a condition"),
        ({"when": {"categories": []}}, "`categories` is empty"),
        ({"when": {"categories": "politics"}}, "`categories` is not a list"),
        ({"when": {"categories": ["gore"]}}, "`gore` is not in the vocabulary"),
        ({"when": {"purposes": ["propaganda"]}}, "`propaganda` is not in the vocabulary"),
        ({"when": {"territories": ["EU"]}}, "`EU` is not in the vocabulary"),
        ({"when": {"co_appearing": ["dog"]}}, "`dog` is not in the vocabulary"),
        ({"when": {"categories": [7]}}, "`7` is not text"),
        ({"when": {"actions": ["burn"]}}, "`burn` is not a word of this rule"),
        ({"when": {"requesters": ["bob"]}}, "`bob` is not a principal"),
        ({"when": {"appearance_change_above": "much"}}, "`much` is not a word of this rule"),
        ({"obligations": [{"kind": "dance"}]}, "`dance` is not a word of this rule"),
        ({"obligations": ["credit"]}, "an obligation is not an object"),
        ({"obligations": [{"kind": "credit", "of": "x"}]}, "`of` is not known here"),
        ({"not_before": "tomorrow"}, "`tomorrow` is not a moment"),
        ({"not_before": "2026-01-01T00:00:00"}, "names no time zone"),
        ({"not_before": 7}, "`7` is not a moment"),
        ({"effect": "deny"}, "rule `p1` has obligations but does not allow"),
        ({"when": {"co_appearing": ["brand"]}}, "rule `p1` allows because of a co-appearance"),
    ],
)
def test_what_cannot_be_read(change: dict[str, Any], problem: str) -> None:
    rule = rule_from_document({**FULL, **change})
    assert isinstance(rule, UnreadableRule)
    assert problem in rule.problem


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)


@given(st.sampled_from(sorted(FULL)), JSON)
def test_nothing_that_is_sent_breaks_the_reader(key: str, value: object) -> None:
    assert rule_from_document({**FULL, key: value}) is not None


@given(st.sampled_from(sorted(FULL["when"])), JSON)
def test_no_condition_that_is_sent_breaks_the_reader(aspect: str, value: object) -> None:
    assert rule_from_document({**FULL, "when": {aspect: value}}) is not None
