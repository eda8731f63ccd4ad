"""The passive model's bound, on scores that are drawn."""

import numpy as np
import pytest

from verification.evaluation.calibration import BY
from verification.evaluation.errors import NothingToEvaluate, TooLittleData
from verification.evaluation.judging import Result
from verification.evaluation.passive_calibration import lowest, measured_live
from verification.packs.operating_points import live_of

OLD = live_of("minifasnet")


def results(species: str | None, scores: list[float | None]) -> list[Result]:
    check = {"name": "turns", "score": 0.99}
    return [
        {"species": species, "checks": [check, {"name": "passive", "score": score}]}
        for score in scores
    ]


def drawn(low: float, high: float, count: int = 60) -> list[float | None]:
    return [*np.random.default_rng(1).uniform(low, high, count)]


GENUINE = results(None, drawn(0.6, 1.0))
PRINTS = results("print", drawn(0.0, 0.4))
SCREENS = results("screen", drawn(0.3, 0.8))


def test_the_worst_species_sets_the_bound() -> None:
    found = measured_live(
        [*GENUINE, *PRINTS, *SCREENS], old=OLD, rate=0.05, on="`filmed`", attack=0.5
    )
    assert 0.7 < found.value < 0.8
    assert found.value == lowest(np.array([one["checks"][1]["score"] for one in SCREENS]), 0.05)
    assert found.false_match_rate is not None
    assert 0 < found.false_match_rate <= 0.05
    assert found.false_non_match_rate is not None
    assert 0.2 < found.false_non_match_rate < 0.5
    assert (found.genuine_trials, found.impostor_trials) == (60, 120)
    assert (found.calibrated_by, found.unit, found.calibrated_on) == (BY, OLD.unit, "`filmed`")


def test_equal_scores_stay_below_the_bound() -> None:
    assert lowest(np.full(60, 0.7), 0.05) > 0.7
    assert lowest(np.array([0.5, 0.5, 0.5, 0.9]), 0.25) > 0.5


@pytest.mark.parametrize(
    ("seen", "message"),
    [
        (GENUINE, "needs genuine recordings and attacks"),
        (PRINTS, "needs genuine recordings and attacks"),
        ([*GENUINE, *PRINTS, *SCREENS[:59]], "`screen` has `59` recordings.*needs 60"),
        ([*GENUINE[:10], *PRINTS], "`bonafide` has `10` recordings"),
        ([*GENUINE, *results("mask", [None] * 60)], "`mask` has `0` recordings"),
        ([*GENUINE, *PRINTS], "below the pack's `attack` of `0.5`"),
    ],
)
def test_what_shows_too_little_is_said(seen: list[Result], message: str) -> None:
    with pytest.raises(TooLittleData, match=message):
        measured_live(seen, old=OLD, rate=0.05, on="x", attack=0.5)


def test_recordings_without_a_score_are_nothing_to_go_by() -> None:
    with pytest.raises(NothingToEvaluate, match="no recording has a score"):
        measured_live(results(None, [None] * 3), old=OLD, rate=0.05, on="x", attack=0.5)
