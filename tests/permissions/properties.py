"""How properties of decisions are run, and how a world is varied.

@both
def test_a_thing_that_always_holds(make: Maker) -> None:
    assert rank(decide(make.request(), make.facts(), now=NOW)) in range(3)
"""

import random
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from permissions.decision import Decision, Effect
from permissions.facts import CameoFacts, Facts, GrantFacts
from permissions.policy import Policy
from tests.permissions.generated import Maker

RANK = {Effect.DENY: 0, Effect.NEEDS_APPROVAL: 1, Effect.PERMIT: 2}
MAKERS = st.integers(0, 2**32 - 1).map(lambda seed: Maker(random.Random(seed)))
FEW = settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
MANY = settings(FEW, max_examples=2_000)
EVERYWHERE = (FEW, pytest.param(MANY, marks=pytest.mark.slow))

Check = Callable[[Maker], None]


def both(check: Check) -> Callable[[settings], None]:
    """Run `check` on a few worlds by default, and on many in the slow run."""

    @pytest.mark.parametrize("extent", EVERYWHERE, ids=["few", "many"])
    def test(extent: settings) -> None:
        extent(given(MAKERS)(check))()

    test.__name__ = check.__name__
    test.__doc__ = check.__doc__
    return test


def rank(decision: Decision) -> int:
    """How permissive the answer is."""
    return RANK[decision.effect]


def grants_of(facts: Facts) -> tuple[GrantFacts, ...]:
    assert isinstance(facts.grants, tuple)
    return facts.grants


def with_policies(facts: Facts, change: Callable[[CameoFacts], Policy]) -> Facts:
    cameos = {name: replace(cameo, policy=change(cameo)) for name, cameo in facts.cameos.items()}
    return replace_facts(facts, cameos=cameos)


def replace_facts(facts: Facts, **changes: object) -> Facts:
    return replace(facts, **changes)  # type: ignore[arg-type]  # any of its fields
