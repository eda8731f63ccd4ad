"""Facts that are views over a store give the same answers, and only what is asked for is loaded."""

import random
from dataclasses import replace
from datetime import timedelta

import pytest

from permissions.decide import decide
from permissions.decision import Effect, ReasonCode
from permissions.facts import CameoFacts, CameoStatus, Facts, UseFacts
from permissions.involved import MOST_ANCESTORS
from permissions.policy import Policy
from permissions.request import ConsentRequest, Likeness
from permissions.vocabulary import PROVEN_BY_ENROLLING, Action, Audience, Facet
from tests.permissions.generated import ALICE, BOB, CAROL, NOW, Maker
from tests.permissions.lazy import Listed, lazily
from tests.permissions.properties import both

GENERATE = ConsentRequest(
    requester=BOB,
    action=Action.GENERATE,
    likenesses=(Likeness(cameo_id="cam_a", facets=frozenset({Facet.FACE})),),
)
FACTS = Facts(
    revision=1,
    cameos={
        "cam_a": CameoFacts(
            id="cam_a",
            owner=ALICE,
            status=CameoStatus.ACTIVE,
            credential_expires_at=NOW + timedelta(days=1),
            policy=Policy(audience={Action.GENERATE: Audience.MUTUALS}),
            enrolled=PROVEN_BY_ENROLLING,
        )
    },
    grants=(),
    mutuals={ALICE: frozenset({BOB, CAROL})},
)


@both
def test_views_that_load_on_demand_give_the_same_decision(make: Maker) -> None:
    facts, request = make.facts(), make.request()
    lazy, _ = lazily(facts)
    assert decide(request, lazy, now=NOW) == decide(request, facts, now=NOW)


def test_only_what_bears_on_the_request_is_loaded() -> None:
    lazy, loaded = lazily(FACTS)
    assert decide(GENERATE, lazy, now=NOW).permitted
    assert loaded == {
        ("standing", BOB),
        ("standing", ALICE),
        ("cameo", "cam_a"),
        ("mutuals", ALICE),
        ("mutual", (ALICE, BOB)),
    }


def test_no_more_ancestors_are_loaded_than_may_count() -> None:
    uses = {f"use{n}": UseFacts(id=f"use{n}", likenesses=()) for n in range(MOST_ANCESTORS + 1)}
    lazy, loaded = lazily(replace(FACTS, uses=uses))
    remix = replace(GENERATE, action=Action.REMIX, remix_of=tuple(uses))
    decision = decide(remix, lazy, now=NOW)
    assert (decision.effect, decision.reasons[0].code) == (
        Effect.DENY,
        ReasonCode.ANCESTRY_UNRESOLVED,
    )
    assert not any(kind == "use" for kind, _ in loaded)


@pytest.mark.parametrize("listing", [list, len, dict])
def test_the_views_of_these_tests_cannot_be_listed(listing: type) -> None:
    lazy, _ = lazily(Maker(random.Random(1)).facts())
    with pytest.raises(Listed):
        listing(lazy.cameos)
