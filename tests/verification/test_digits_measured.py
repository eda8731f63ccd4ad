"""Strings of recorded digits in their windows, from the sound to the check's outcome."""

from pathlib import Path

import pytest

from verification.drawing import ChallengePlan
from verification.evaluation.digit_rates import digits_document
from verification.evaluation.digit_strings import Room, hear_strings
from verification.evaluation.digit_takes import digits_in, read_takes
from verification.evaluation.strings import Bounds
from verification.liveness.digits import DigitTolerances
from verification.packs.loading import Models

STRINGS = 150
"""Of each of three people: what `docs/accuracy.md` states of seed 0."""


@pytest.mark.slow
def test_right_strings_pass_and_wrong_ones_do_not(open_models: Models, shared: Path) -> None:
    folder = shared / "data/speech/digits"
    if not folder.is_dir():
        pytest.skip("no recorded digits among the evaluation data")
    people, tolerances = read_takes(digits_in(folder, limit=None)), DigitTolerances()
    heard = hear_strings(
        people, ChallengePlan(), open_models, tolerances, Room(), strings=STRINGS, seed=0
    )
    bounds = Bounds(
        clear=open_models.thresholds.digit_clear.value,
        most=open_models.thresholds.digit_shortfall.value,
        tolerances=tolerances,
    )
    found = digits_document(list(heard), people, bounds, pack="open", data={}, seed=0)
    accepted = {kind: one["accepted"] for kind, one in found["strings"].items()}
    assert accepted["right"]["rate"] >= 0.95, accepted
    assert accepted["two_off"]["rate"] <= 0.01, accepted
    assert accepted["unrelated"]["rate"] <= 0.001, accepted
