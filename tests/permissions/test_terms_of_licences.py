"""Terms: what they say by default, and what a sublicence may not exceed."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from permissions.obligations import Obligation, ObligationKind
from permissions.request import ConsentRequest, Likeness, Question
from permissions.scope import ALL, NOTHING, Scope
from permissions.terms import Shortfall, Terms
from permissions.vocabulary import (
    Action,
    AppearanceChange,
    Facet,
    OnRevocation,
    Principal,
)

NOW = datetime(2026, 6, 1, tzinfo=UTC)
PARENT = replace(
    Terms.without_limits(
        actions=frozenset({Action.GENERATE, Action.PUBLISH}),
        facets=frozenset({Facet.FACE, Facet.VOICE}),
        not_before=datetime(2026, 1, 1, tzinfo=UTC),
        not_after=datetime(2027, 1, 1, tzinfo=UTC),
    ),
    purposes=Scope(included=frozenset({"entertainment"})),
    territories=Scope(included=frozenset({"*"}), excluded=frozenset({"CN"})),
    count=10,
    remix_depth=1,
    sublicence_depth=2,
    obligations=(Obligation(kind=ObligationKind.WATERMARK),),
    on_revocation=OnRevocation.RECALL_DRAFTS,
    appearance_change=AppearanceChange.SUBTLE,
    approval_before_publishing=True,
    co_appearance=Scope(included=frozenset({"brand"})),
)
CHILD = replace(PARENT, sublicence_depth=1)


def question(**declared: str | frozenset[str] | None) -> Question:
    context: dict[str, Any] = {
        "purpose": "entertainment",
        "categories": frozenset(),
        "territories": frozenset({"DE"}),
        "co_appearing": frozenset(),
        **declared,
    }
    likeness = Likeness(
        cameo_id="cam_1", facets=frozenset({Facet.FACE}), appearance_change=AppearanceChange.NONE
    )
    request = ConsentRequest(
        requester=Principal("user:bob"),
        action=Action.GENERATE,
        likenesses=(likeness,),
        **context,
    )
    return Question(request=request, likeness=likeness, now=NOW)


def test_terms_that_name_actions_and_facets_only_cover_nothing_in_particular() -> None:
    bare = Terms(actions=frozenset(Action), facets=frozenset(Facet))
    assert not bare.covers(question())
    assert bare.shortfalls(question()) == (Shortfall("purpose"), Shortfall("territories"))


@pytest.mark.parametrize(
    ("field", "narrow"),
    [
        ("purposes", NOTHING),
        ("categories", NOTHING),
        ("territories", NOTHING),
        ("co_appearance", NOTHING),
        ("appearance_change", AppearanceChange.NONE),
        ("remix_depth", 0),
        ("sublicence_depth", 0),
        ("approval_before_publishing", True),
        ("on_revocation", OnRevocation.ASK_REMOVAL),
    ],
)
def test_a_default_gives_the_least(field: str, narrow: object) -> None:
    assert getattr(Terms(actions=frozenset(), facets=frozenset()), field) == narrow


def test_terms_without_limits_still_keep_remixes_and_sublicences_out() -> None:
    wide = Terms.without_limits(actions=frozenset(Action), facets=frozenset(Facet))
    assert wide.covers(question(purpose=None, categories=None, territories=None))
    assert (wide.remix_depth, wide.sublicence_depth) == (0, 0)


def test_every_shortfall_is_told() -> None:
    asked = question(purpose=None, territories=frozenset({"CN"}), categories=None)
    asked = msgspec.structs.replace(asked, depth=2, now=datetime(2027, 1, 1, tzinfo=UTC))
    assert PARENT.shortfalls(asked) == (
        Shortfall("time"),
        Shortfall("remix_depth"),
        Shortfall("purpose", undeclared=True),
        Shortfall("territories"),
    )


def test_terms_are_within_themselves_but_for_the_depth() -> None:
    assert CHILD.within(PARENT)
    assert not PARENT.within(PARENT)


@pytest.mark.parametrize(
    "change",
    [
        {"actions": frozenset(Action)},
        {"facets": frozenset(Facet)},
        {"not_before": None},
        {"not_before": datetime(2025, 12, 31, tzinfo=UTC)},
        {"not_after": None},
        {"not_after": datetime(2027, 1, 2, tzinfo=UTC)},
        {"purposes": ALL},
        {"territories": ALL},
        {"territories": Scope(included=frozenset({"CN"}))},
        {"co_appearance": Scope(included=frozenset({"brand", "person"}))},
        {"count": None},
        {"count": 11},
        {"remix_depth": 2},
        {"sublicence_depth": 2},
        {"obligations": ()},
        {"on_revocation": OnRevocation.STOP_NEW},
        {"appearance_change": AppearanceChange.MARKED},
        {"approval_before_publishing": False},
    ],
)
def test_a_sublicence_may_not_exceed(change: dict[str, Any]) -> None:
    assert not replace(CHILD, **change).within(PARENT)


@pytest.mark.parametrize(
    "change",
    [
        {"actions": frozenset({Action.GENERATE})},
        {"not_after": datetime(2026, 12, 31, tzinfo=UTC)},
        {"purposes": Scope(included=frozenset({"entertainment.film"}))},
        {"territories": Scope(included=frozenset({"DE", "US"}))},
        {"categories": NOTHING},
        {"count": 1},
        {"remix_depth": 0},
        {"sublicence_depth": 0},
        {"obligations": (*PARENT.obligations, Obligation(kind=ObligationKind.CREDIT))},
        {"on_revocation": OnRevocation.ASK_REMOVAL},
    ],
)
def test_a_sublicence_may_be_narrower(change: dict[str, Any]) -> None:
    assert replace(CHILD, **change).within(PARENT)


def test_the_classes_of_revocation_stand_in_order() -> None:
    assert OnRevocation.ASK_REMOVAL.is_as_strict_as(OnRevocation.PUBLISHED_STAYS)
    assert not OnRevocation.STOP_NEW.is_as_strict_as(OnRevocation.RECALL_DRAFTS)
