"""The matrix of decisions: worlds and questions as data, in `cases/`."""

from typing import Any

import pytest

from permissions.decide import decide
from permissions.decision import Decision
from permissions.disclosure import requester_view
from tests.permissions.worlds import CASES, Case, UnknownKey, load_cases, read_case

ALL_CASES = list(load_cases(CASES))


def observed(decision: Decision) -> dict[str, Any]:
    """What a case can state besides effect and reasons."""
    deciding = decision.reasons
    return {
        "steps": [reason.step for reason in deciding],
        "aspects": sorted({aspect for reason in deciding for aspect in reason.aspects}),
        "rules": sorted({rule for reason in deciding for rule in reason.rules}),
        "grants": [grant.id for grant in decision.grants],
        "seen": [reason.code.value for reason in requester_view(decision).reasons],
        "could_change": list(decision.could_change),
        "obligations": [f"{each.kind}:{each.text}" for each in decision.obligations],
        "ask": [each.ask.value for each in decision.approvals_needed],
        "expires_at": decision.expires_at,
    }


@pytest.mark.parametrize("case", ALL_CASES, ids=lambda case: case.name)
def test_case(case: Case) -> None:
    decision = decide(case.request, case.facts, now=case.now)
    assert (decision.effect.value, [reason.code.value for reason in decision.reasons]) == (
        case.effect,
        case.reasons,
    )
    seen = observed(decision)
    assert {key: seen[key] for key in case.expected} == case.expected


def test_there_are_enough_cases_and_each_has_its_own_name() -> None:
    names = [case.name for case in ALL_CASES]
    assert len(names) == len(set(names))
    assert len(names) >= 120


@pytest.mark.parametrize(
    "wrong",
    [
        {"colour": "blue"},
        {"world": {"cameo": {}}},
        {"world": {"cameos": {"cam_alice": {"age": 7}}}},
        {"world": {"grants": {"g1": {"terms": {"price": 3}}}}},
        {"request": {"mood": "sad"}},
    ],
)
def test_a_case_with_an_unknown_key_is_refused(wrong: dict[str, Any]) -> None:
    case = {"name": "x", "effect": "deny", "reasons": [], **wrong}
    with pytest.raises(UnknownKey):
        read_case(case, {}, "wrong")
