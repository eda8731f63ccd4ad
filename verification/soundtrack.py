"""The sound of a recording on the clock of the recording: gaps are silence.

>>> track = Soundtrack(longest_s=1.0)
>>> track.place(0.5, np.ones(1_600, dtype=np.float32))
>>> track.samples().size, float(track.samples()[7_999]), float(track.samples()[8_000])
(9600, 0.0, 1.0)
"""

import numpy as np

from verification.voices.contracts import SAMPLE_RATE, Samples

JITTER_S = 0.06
"""Timestamps that differ by less from the running count are rounding, not gaps."""


class Soundtrack:
    """Samples placed by time into at most `longest_s` seconds; what lies beyond is dropped."""

    def __init__(self, *, longest_s: float) -> None:
        self._samples = np.zeros(round(longest_s * SAMPLE_RATE), dtype=np.float32)
        self._cursor = 0
        self._started = False

    @property
    def seconds(self) -> float:
        """Where the sound ends, in seconds."""
        return self._cursor / SAMPLE_RATE

    def place(self, time_s: float, samples: Samples) -> None:
        """Put `samples` at `time_s`, or right after the last ones where that is nearly there."""
        wanted = round(time_s * SAMPLE_RATE)
        near = abs(wanted - self._cursor) <= JITTER_S * SAMPLE_RATE
        start = self._cursor if self._started and near else max(0, wanted)
        room = max(0, self._samples.size - start)
        kept = np.nan_to_num(samples[:room], nan=0.0, posinf=1.0, neginf=-1.0).clip(-1.0, 1.0)
        self._samples[start : start + kept.size] = kept
        self._cursor = max(self._cursor, start + kept.size) if kept.size else self._cursor
        self._started = True

    def samples(self) -> Samples:
        """Everything placed, from the start of the recording to the end of the sound."""
        return self._samples[: self._cursor]
