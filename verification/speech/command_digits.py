"""Score the ten digits with SpeechBrain's x-vector, trained on Google's speech commands.

    first, second = CommandDigits(path).scores([window, another])
    margin = first[7] - np.delete(first, 7).max()

`cameo models build ecapa` exports encoder and classifier to one ONNX file. It knows 35 words, of
which ten are the digits: what it gives is each digit's log probability among all 35, so a window
with some other word scores low for all of them.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from verification.sessions import open_session
from verification.speech.contracts import DIGIT_WORDS, UnusableSound
from verification.voices.contracts import SAMPLE_RATE, Samples
from verification.voices.filterbanks import normalized_bands

BANDS = 24
LEAST_SAMPLES = SAMPLE_RATE // 5
USUAL_SAMPLES = SAMPLE_RATE
"""The model was trained on clips of one second; shorter sound is set in the middle of one."""
SILENCE = 1e-4
LEAST = -40.0
"""A log probability below this is rounding."""


class CommandDigits:
    """A `DigitScorer` over the exported classifier."""

    def __init__(self, path: Path, *, threads: int = 1) -> None:
        self._session = open_session(path, threads=threads)

    def scores(self, windows: Sequence[Samples]) -> NDArray[np.float32]:
        """Windows x 10 log probabilities, none below `LEAST`.

        Raises `UnusableSound` for a window below 0.2 s, or a silent one.
        """
        rows = [self._scored(window) for window in windows]
        return np.array(rows, np.float32).reshape(len(rows), len(DIGIT_WORDS))

    def _scored(self, samples: Samples) -> NDArray[np.float32]:
        if samples.ndim != 1 or samples.size < LEAST_SAMPLES:
            raise UnusableSound(f"needs {LEAST_SAMPLES} samples, got `{samples.size}`")
        peak = float(np.abs(samples).max())
        if not np.isfinite(peak) or peak < SILENCE:
            raise UnusableSound("the sound is silent")
        bands = normalized_bands(_set_in(samples), bands=BANDS)
        found = self._session.run(None, {"bands": bands[None]})[0][0]
        return np.asarray(np.maximum(found, LEAST), np.float32)


def _set_in(samples: Samples) -> Samples:
    """At least a second of sound, `samples` in the middle."""
    short = max(0, USUAL_SAMPLES - samples.size)
    return np.pad(samples, (short // 2, short - short // 2))
