"""Score every recorded digit of a directory as if it had been said in its window.

DIR/SPEAKER/7_anything.wav

takes = list(score_takes(digits_in(directory, limit=None), models, DigitTolerances()))
takes[0].scores                 # of the digits 0 to 9, None for too little speech
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from verification.evaluation.errors import NothingToEvaluate
from verification.evaluation.samples import SOUNDS, Sample, samples_in
from verification.evaluation.sounds import read_sound
from verification.liveness.digits import PADDING_S, DigitTolerances
from verification.speech.segments import seconds, spans
from verification.voices.contracts import SAMPLE_RATE, Samples

if TYPE_CHECKING:
    from verification.packs.loading import Models

AROUND_S = 0.4
"""Of the room before and after a recorded digit: a window is longer than a word."""
ROOM_RMS = 0.0005
"""Loudness of that room, full scale 1."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Take:
    """One recorded digit; `scores` are ten log likelihoods."""

    speaker: str
    digit: int
    scores: NDArray[np.float32] | None


def digits_in(directory: Path, *, limit: int | None) -> list[Sample]:
    """Every `DIGIT_*` of every speaker; `limit` of each digit. Raises `NothingToEvaluate`."""
    found: list[Sample] = []
    counted: dict[tuple[str, str], int] = {}
    for sample in samples_in(directory, SOUNDS, limit=None):
        digit, underscore, _ = sample.path.name.partition("_")
        if not underscore or digit not in set("0123456789"):
            raise NothingToEvaluate(f"`{sample.path.name}` is not named like `7_anything.wav`")
        key = (sample.subject, digit)
        counted[key] = counted.get(key, 0) + 1
        if limit is None or counted[key] <= limit:
            found.append(sample)
    return found


def score_takes(
    samples: Iterable[Sample], models: "Models", tolerances: DigitTolerances
) -> Iterator[Take]:
    """The scores of each recording. Raises `NothingToEvaluate` for a file that is no sound."""
    for sample in samples:
        said = read_sound(sample.path)
        if said is None or not said.size:
            raise NothingToEvaluate(f"`{sample.path}` is not a sound")
        window = in_window(said)
        speech = spans(models.activity.probabilities(window), models.thresholds.speech.value)
        scores = None
        if seconds(speech) >= tolerances.speech_s:
            scores = models.digits.scores([_around(window, speech)])[0]
        yield Take(speaker=sample.subject, digit=int(sample.path.name[0]), scores=scores)


def in_window(said: Samples) -> Samples:
    """The digit with a quiet room before and after it, always the same noise."""
    around = round(AROUND_S * SAMPLE_RATE)
    noise = np.random.default_rng(0).standard_normal(said.size + 2 * around, np.float32)
    window = noise * np.float32(ROOM_RMS)
    window[around : around + said.size] += said
    return window


def _around(samples: Samples, speech: NDArray[np.int64]) -> Samples:
    padding = round(PADDING_S * SAMPLE_RATE)
    return samples[max(0, int(speech[0, 0]) - padding) : int(speech[-1, 1]) + padding]
