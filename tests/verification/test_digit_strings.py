"""Strings made of recorded digits, on scores that are made up here."""

import numpy as np
import pytest

from verification.evaluation.strings import (
    KINDS,
    Bounds,
    ask_of_strings,
    outcome_of,
    simulate_strings,
    with_wrong,
)
from verification.liveness.digits import DigitTolerances
from verification.report import Outcome

BOUNDS = Bounds(clear=40.0, most=4.0, tolerances=DigitTolerances())
DIGITS = np.repeat(np.arange(10), 3)


def scores_of(ahead: float) -> np.ndarray:
    """Thirty digits, each ahead of all others by `ahead`."""
    found = np.full((30, 10), -300.0, np.float32)
    found[np.arange(30), DIGITS] += ahead
    return found


def test_a_perfect_scorer_passes_right_strings_only() -> None:
    counts = simulate_strings(scores_of(400.0), DIGITS, BOUNDS, strings=50, seed=1)
    assert counts["right"] == {Outcome.PASS: 50}
    assert counts["two_off"] == {Outcome.FAIL: 50}
    assert counts["one_off"][Outcome.PASS] == 0
    assert counts["unrelated"][Outcome.PASS] == 0


def test_a_scorer_that_knows_nothing_passes_nothing() -> None:
    counts = simulate_strings(scores_of(0.0), DIGITS, BOUNDS, strings=20, seed=1)
    for kind in KINDS:
        assert counts[kind] == {Outcome.INCONCLUSIVE: 20}


def test_the_same_seed_draws_the_same_strings() -> None:
    noisy = scores_of(30.0) + np.random.default_rng(1).normal(0, 30, (30, 10)).astype(np.float32)
    one, other, third = (
        simulate_strings(noisy, DIGITS, BOUNDS, strings=60, seed=seed) for seed in (1, 1, 2)
    )
    assert one == other
    assert one != third


def test_a_digit_that_was_never_recorded_is_an_error() -> None:
    with pytest.raises(ValueError, match="digit `9`"):
        simulate_strings(scores_of(9.0)[:27], DIGITS[:27], BOUNDS, strings=1, seed=1)


@pytest.mark.parametrize("wrong", [0, 1, 2, 6])
def test_so_many_digits_are_wrong(wrong: int) -> None:
    said = np.array([0, 0, 1, 9, 9, 5])
    rng = np.random.default_rng(wrong)
    for _ in range(30):
        asked = with_wrong(said, wrong, rng)
        assert (asked != said).sum() == wrong
        assert set(asked.tolist()) <= set(range(10))


def test_whole_strings_are_asked_about() -> None:
    said = np.array([3, 1, 4, 1, 5, 9])
    scores = scores_of(400.0)[said * 3]
    assert outcome_of(scores, said, BOUNDS) is Outcome.PASS
    counts = ask_of_strings([(scores, said)], BOUNDS, asked=5, seed=1)
    assert counts["right"] == {Outcome.PASS: 1}
    assert counts["two_off"] == {Outcome.FAIL: 5}
