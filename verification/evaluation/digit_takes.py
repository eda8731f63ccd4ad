"""The recorded digits of a directory, by who said them: `DIR/SPEAKER/7_anything.wav`.

speakers = read_takes(digits_in(directory, limit=None))
speakers[0].takes[7]            # every recording of "seven", mono samples
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import numpy as np

from verification.evaluation.errors import NothingToEvaluate
from verification.evaluation.samples import SOUNDS, Sample, samples_in
from verification.evaluation.sounds import read_sound
from verification.voices.contracts import SAMPLE_RATE, Samples

QUIET = 0.03
"""Share of the peak below which both ends of a recording are silence."""
EDGE_S = 0.01


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Speaker:
    """Somebody's recordings of each digit, one at least."""

    name: str
    takes: tuple[tuple[Samples, ...], ...]

    @property
    def recordings(self) -> int:
        """How many there are."""
        return sum(map(len, self.takes))


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


def read_takes(samples: Sequence[Sample]) -> list[Speaker]:
    """Read them all, without the silence at their ends.

    Raises `NothingToEvaluate` for a file that is no sound, or a speaker who lacks a digit.
    """
    return [
        _speaker(name, list(own)) for name, own in groupby(samples, key=lambda one: one.subject)
    ]


def _speaker(name: str, samples: Sequence[Sample]) -> Speaker:
    takes: list[list[Samples]] = [[] for _ in range(10)]
    for sample in samples:
        said = read_sound(sample.path)
        if said is None or not said.any():
            raise NothingToEvaluate(f"`{sample.path}` is not a sound")
        takes[int(sample.path.name[0])].append(trimmed(said))
    for digit, found in enumerate(takes):
        if not found:
            raise NothingToEvaluate(f"`{name}` has no recording of the digit `{digit}`")
    return Speaker(name=name, takes=tuple(map(tuple, takes)))


def trimmed(sound: Samples) -> Samples:
    """Without what is silent at both ends, 10 ms aside."""
    loud = np.flatnonzero(np.abs(sound) > QUIET * np.abs(sound).max())
    edge = round(EDGE_S * SAMPLE_RATE)
    return sound[max(0, int(loud[0]) - edge) : int(loud[-1]) + edge]
