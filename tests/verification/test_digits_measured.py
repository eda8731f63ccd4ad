"""Strings of recorded digits in their windows, from the sound to the check's outcome."""

import random
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from verification.drawing import ChallengePlan, make_challenge
from verification.evaluation.strings import Bounds, ask_of_strings
from verification.liveness.digits import DigitTolerances, around, windows_of
from verification.packs.loading import Models
from verification.report import Outcome
from verification.speech.segments import seconds, spans
from verification.studio.footage import SOUND_RATE
from verification.studio.sound import room_noise, spoken
from verification.studio.speakers import RecordedVoice, resampled

PLAN = ChallengePlan(turns=0, blinks=0)
TOLERANCES = DigitTolerances()
STRINGS = 50
"""For each of three people."""
WRONG = 40
"""Wrong strings of each kind that every recorded one is held against."""


def string_of(models: Models, directory: Path, seed: int) -> tuple[np.ndarray, np.ndarray] | None:
    """The scores of a string said in its windows, and what was said; None for a silent window."""
    challenge = make_challenge(random.Random(seed), PLAN)
    voice = RecordedVoice(directory=directory)
    speech = spoken(challenge.digits, challenge.duration_ms, voice_of=lambda _: voice, seed=seed)
    sound = resampled(speech + room_noise(speech.size, seed=seed), 3 * SOUND_RATE)
    activity, least = models.activity.probabilities(sound), models.thresholds.speech.value
    faint = spans(activity, least * TOLERANCES.faint)
    windows = windows_of(spans(activity, least), faint, challenge, TOLERANCES)
    if min(map(seconds, windows)) < TOLERANCES.speech_s:
        return None
    scores = models.digits.scores([around(sound, found) for found in windows])
    return scores, np.array([step.digit for step in challenge.digits])


@pytest.mark.slow
def test_right_strings_pass_and_wrong_ones_do_not(open_models: Models, shared: Path) -> None:
    people = sorted((shared / "data/speech/digits").glob("*/"))
    if not people:
        pytest.skip("no recorded digits among the evaluation data")
    bounds = Bounds(
        clear=open_models.thresholds.digit_clear.value,
        most=open_models.thresholds.digit_shortfall.value,
        tolerances=TOLERANCES,
    )
    strings = [string_of(open_models, one, seed) for one in people for seed in range(STRINGS)]
    heard = [one for one in strings if one is not None]
    counts = ask_of_strings(heard, bounds, asked=WRONG, seed=1)
    accepted = {kind: share_of_passes(found) for kind, found in counts.items()}
    # the aim is 95 %: this leaves room for what 150 strings drawn anew differ by chance
    assert counts["right"][Outcome.PASS] >= 0.93 * len(strings), counts
    assert accepted["two_off"] <= 0.01, counts
    assert accepted["unrelated"] <= 0.001, counts


def share_of_passes(found: Counter[Outcome]) -> float:
    return found[Outcome.PASS] / found.total()
