"""The stored form of policies and terms: all of them, or an error."""

from dataclasses import replace
from datetime import UTC, datetime
from types import MappingProxyType

import pytest

from cameo_service.documents import policy_document, policy_from, terms_document, terms_from
from permissions.obligations import Obligation, ObligationKind
from permissions.policy import Policy
from permissions.scope import Scope
from permissions.terms import Terms
from permissions.vocabulary import Action, Audience, Facet, Principal

TERMS = Terms.without_limits(
    actions=frozenset({Action.GENERATE, Action.TAG}),
    facets=frozenset({Facet.FACE}),
    not_after=datetime(2027, 1, 1, tzinfo=UTC),
)
POLICY = Policy(
    audience=MappingProxyType({Action.TAG: Audience.EVERYONE}),
    approved=frozenset({Principal("user:bob")}),
)


def test_what_was_stored_comes_back() -> None:
    assert terms_from(terms_document(TERMS)) == TERMS
    assert policy_from(policy_document(POLICY)) == POLICY


@pytest.mark.parametrize(
    "said",
    [
        {"purposes": Scope(included=frozenset({"entertainment"}))},
        {"territories": Scope(included=frozenset({"DE"}))},
        {"count": 3},
        {"remix_depth": 1},
        {"sublicence_depth": 1},
        {"approval_before_publishing": True},
        {"obligations": (Obligation(kind=ObligationKind.CREDIT, text="Ann"),)},
        {"compensation": "by contract"},
    ],
    ids=lambda said: next(iter(said)),
)
def test_terms_that_say_more_are_not_stored(said: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="say more"):
        terms_document(replace(TERMS, **said))  # type: ignore[arg-type]  # each fits its field


@pytest.mark.parametrize(
    "said",
    [
        {"blocked": frozenset({Principal("user:eve")})},
        {"review": frozenset({Action.PUBLISH})},
        {"remix_depth": 0},
        {"set_by": Principal("user:guardian")},
    ],
    ids=lambda said: next(iter(said)),
)
def test_a_policy_that_says_more_is_not_stored(said: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="says more"):
        policy_document(replace(POLICY, **said))  # type: ignore[arg-type]  # each fits its field


def test_a_document_with_a_key_too_few_or_too_many_is_not_read() -> None:
    for key in ("actions", "facets", "not_before", "not_after"):
        document = terms_document(TERMS)
        del document[key]
        with pytest.raises(ValueError, match=key):
            terms_from(document)
    with pytest.raises(ValueError, match="purposes"):
        terms_from({**terms_document(TERMS), "purposes": ["education"]})
    with pytest.raises(ValueError, match="blocked"):
        policy_from({**policy_document(POLICY), "blocked": ["user:eve"]})
