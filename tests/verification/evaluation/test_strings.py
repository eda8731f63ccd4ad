"""All strings judged at once, compared with the check asked about each."""

from itertools import product

import numpy as np
import pytest

from verification.evaluation.strings import KINDS, Bounds, Judged, Scores, judge_string
from verification.liveness.digits import DigitTolerances, Heard, check_digits, margin_of
from verification.report import Outcome

BOUNDS = Bounds(clear=40.0, most=4.0, tolerances=DigitTolerances())


def scores_of(said: tuple[int, ...], ahead: float) -> list[Scores]:
    """The digits that were said, ahead of all others by `ahead`."""
    return list(ahead * np.eye(10, dtype=np.float32)[list(said)] - 300)


def asked_one_by_one(scores: list[Scores | None], asked: tuple[int, ...]) -> Outcome:
    heard = [
        Heard(digit=digit, speech_s=0.4, margin=None if row is None else margin_of(digit, row))
        for digit, row in zip(asked, scores, strict=True)
    ]
    return check_digits(
        heard, clear=BOUNDS.clear, most=BOUNDS.most, tolerances=BOUNDS.tolerances
    ).outcome


def counted(scores: list[Scores | None], said: tuple[int, ...], wrong: set[int]) -> Judged:
    """The same figures by asking the check about every string."""
    outcomes = [
        asked_one_by_one(scores, asked)
        for asked in product(range(10), repeat=len(said))
        if sum(one != other for one, other in zip(asked, said, strict=True)) in wrong
    ]
    return Judged(
        strings=len(outcomes),
        accepted=outcomes.count(Outcome.PASS),
        review=outcomes.count(Outcome.INCONCLUSIVE),
    )


@pytest.mark.parametrize("seed", [1, 2])
def test_every_string_is_judged_as_the_check_judges_it(seed: int) -> None:
    rng = np.random.default_rng(seed)
    said = (3, 1, 4)
    scores = [row + rng.normal(0, 60, 10).astype(np.float32) for row in scores_of(said, 60.0)]
    found = judge_string(scores, said, BOUNDS)
    for kind, wrong in zip(KINDS, ({0}, {1}, {2}, {1, 2, 3}), strict=True):
        assert found[kind] == counted([*scores], said, wrong), kind
    assert 0 < found["unrelated"].accepted < found["unrelated"].strings


def test_a_perfect_scorer_accepts_right_strings_only() -> None:
    said = (3, 1, 4, 1, 5, 9)
    found = judge_string(scores_of(said, 400.0), said, BOUNDS)
    assert found["right"] == Judged(strings=1, accepted=1, review=0)
    assert found["one_off"] == Judged(strings=54, accepted=0, review=54)
    assert found["two_off"] == Judged(strings=1_215, accepted=0, review=0)
    assert found["unrelated"] == Judged(strings=999_999, accepted=0, review=54)


def test_a_scorer_that_knows_nothing_accepts_nothing() -> None:
    found = judge_string(scores_of((7, 7, 7, 7, 7), 0.0), (7, 7, 7, 7, 7), BOUNDS)
    assert all(found[kind].accepted == 0 for kind in KINDS)
    assert found["unrelated"].review == found["unrelated"].strings


def test_a_silent_window_accepts_nothing() -> None:
    scores: list[Scores | None] = [*scores_of((3, 1), 400.0), None]
    found = judge_string(scores, (3, 1, 4), BOUNDS)
    assert all(one.accepted + one.review == 0 for one in found.values())
    assert asked_one_by_one(scores, (3, 1, 4)) is Outcome.FAIL
