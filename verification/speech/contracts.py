"""What speech models do, whichever library runs them.

>>> DIGIT_WORDS[7]
'seven'
"""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from verification.errors import VerificationError
from verification.voices.contracts import Samples

DIGIT_WORDS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")

ACTIVITY_HOP = 512
"""Samples per activity probability: 32 ms at 16 kHz."""


class UnusableSound(VerificationError):
    """The sound is too short or silent: no digit can be in it."""

    code = "sound_unusable"


class VoiceActivity(Protocol):
    """Tells speech from everything else."""

    def probabilities(self, samples: Samples) -> NDArray[np.float32]:
        """The probability of speech in each hop of `ACTIVITY_HOP` samples, the last one padded."""
        ...


class DigitScorer(Protocol):
    """Scores how well each digit explains a stretch of sound. It does not transcribe."""

    def scores(self, windows: Sequence[Samples]) -> NDArray[np.float32]:
        """Windows x 10 log likelihoods of the digits 0 to 9, up to a constant for each window.

        Each window holds one spoken digit with some silence around it, and all of them one person
        in one recording, to whose voice and microphone a scorer may get used. Only differences
        within a window mean anything. A digit that cannot be in the sound at all has `-inf`.
        """
        ...
