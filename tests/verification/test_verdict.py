"""The written rule: what each outcome, and each absence, does to the verdict."""

import numpy as np
import pytest

from verification.challenge import (
    Accommodation,
    Blink,
    Challenge,
    Direction,
    SpokenDigit,
    Turn,
)
from verification.liveness.head_still import check_head_still
from verification.liveness.person import check_same_person
from verification.matching import Embedding
from verification.report import Check, Outcome, Verdict
from verification.verdict import RULES, required_for, verdict_of
from verification.verifier import STEPS

BLINK = Blink(start_ms=1_000, duration_ms=1_000)
TURN = Turn(direction=Direction.LEFT, start_ms=2_000, duration_ms=1_000)
DIGIT = SpokenDigit(digit=4, start_ms=3_000, duration_ms=1_000)
WHOLE = Challenge(steps=(BLINK, TURN, DIGIT), duration_ms=5_000)
STILL = Challenge(
    steps=(BLINK, DIGIT), duration_ms=5_000, accommodations=frozenset({Accommodation.HEAD_STILL})
)
SILENT = Challenge(
    steps=(BLINK, TURN), duration_ms=5_000, accommodations=frozenset({Accommodation.NO_SPEECH})
)
BLINKS = Challenge(
    steps=(BLINK,),
    duration_ms=5_000,
    accommodations=frozenset({Accommodation.HEAD_STILL, Accommodation.NO_SPEECH}),
)
OF_SOUND = {"sound_present", "sound_quality", "digits", "one_voice"}


def passing(challenge: Challenge) -> dict[str, Check]:
    return {name: Check(name=name, outcome=Outcome.PASS) for name in required_for(challenge)}


def verdict(checks: dict[str, Check], challenge: Challenge) -> Verdict:
    return verdict_of(tuple(checks.values()), challenge)


@pytest.mark.parametrize("challenge", [WHOLE, STILL, SILENT, BLINKS])
def test_whatever_a_challenge_requires_is_required(challenge: Challenge) -> None:
    checks = passing(challenge)
    assert verdict(checks, challenge) is Verdict.VERIFIED
    for name in checks:
        without = {other: check for other, check in checks.items() if other != name}
        assert verdict(without, challenge) is Verdict.REJECTED, name
        failed = {**checks, name: Check(name=name, outcome=Outcome.FAIL, code="x")}
        assert verdict(failed, challenge) is Verdict.REJECTED, name


def test_nothing_at_all_is_no_proof() -> None:
    assert verdict_of((), WHOLE) is Verdict.REJECTED


def test_a_check_that_no_rule_is_written_for_has_no_verdict() -> None:
    with pytest.raises(KeyError):
        verdict_of((Check(name="invented", outcome=Outcome.PASS),), WHOLE)


def test_what_is_not_asked_is_not_required() -> None:
    assert required_for(WHOLE) - required_for(SILENT) == OF_SOUND
    assert required_for(SILENT) <= required_for(WHOLE)
    assert required_for(WHOLE) - required_for(STILL) == {"turns"}
    assert required_for(STILL) - required_for(WHOLE) == {"head_still"}
    assert not required_for(BLINKS) & (OF_SOUND | {"turns"})


def test_an_outcome_counts_even_where_it_was_not_asked_for() -> None:
    checks = {**passing(SILENT), "digits": Check(name="digits", outcome=Outcome.FAIL, code="x")}
    assert verdict(checks, SILENT) is Verdict.REJECTED


@pytest.mark.parametrize(
    ("challenge", "code"), [(STILL, "turns_not_asked"), (BLINKS, "blinks_alone_asked")]
)
def test_without_turns_a_person_decides_at_best(challenge: Challenge, code: str) -> None:
    found = check_head_still(challenge)
    assert (found.outcome, found.code) == (Outcome.INCONCLUSIVE, code)
    assert verdict({**passing(challenge), found.name: found}, challenge) is Verdict.NEEDS_REVIEW


def test_each_step_of_the_procedure_is_for_what_is_asked() -> None:
    def left_out(challenge: Challenge) -> set[str]:
        steps = [step for step in STEPS if not step.applies(challenge)]
        return {step.judge.__module__.rpartition(".")[2] for step in steps}

    of_sound = {"speech", "digits", "voice"}
    assert "head_still" in left_out(WHOLE)
    assert not left_out(WHOLE) & (of_sound | {"turns"})
    assert "turns" in left_out(STILL)
    assert not left_out(STILL) & (of_sound | {"head_still"})
    assert left_out(SILENT) >= of_sound | {"head_still"}
    assert left_out(BLINKS) >= of_sound | {"turns"}


def test_every_rule_gives_its_reason() -> None:
    assert all(len(rule.because) > 20 for rule in RULES.values())


def test_one_who_need_not_turn_is_known_by_straight_looks_alone() -> None:
    looks: list[Embedding] = [np.array([1.0, 0.0], np.float32)] * 3
    asked = check_same_person(looks, [], at_most=0.1, turned_factor=1.4)
    assert asked.code == "person_unclear"
    excused = check_same_person(looks, [], at_most=0.1, turned_factor=1.4, turns=False)
    assert excused.outcome is Outcome.PASS
