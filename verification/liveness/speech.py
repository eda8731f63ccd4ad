"""There is speech, loud enough to judge.

>>> nothing = np.zeros((0, 2), np.int64)
>>> check_sound(np.zeros(16_000, np.float32), nothing, SpeechTolerances()).code
'no_sound'
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from verification.report import Check, Outcome
from verification.speech.segments import Spans, seconds, speech_of
from verification.voices.contracts import Samples

if TYPE_CHECKING:
    from verification.evidence import Evidence

NAME = "sound_present"


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeechTolerances:
    """`quietest` is the least root mean square of the speech (full scale 1), `speech_s` the least
    speech in all, in seconds."""

    quietest: float = 0.003
    speech_s: float = 1.0


def judge(evidence: "Evidence") -> Check:
    """Whether somebody speaks."""
    return check_sound(evidence.sound.samples, evidence.speech, evidence.tolerances.speech)


def check_sound(samples: Samples, speech: Spans, tolerances: SpeechTolerances) -> Check:
    """`no_sound` for silence, `no_speech` for sound without enough speech, or a pass.

    The score of `no_sound` is a root mean square, full scale 1; otherwise seconds of speech.
    """
    loudness = _root_mean_square(speech_of(samples, speech) if len(speech) else samples)
    if not loudness >= tolerances.quietest:
        return _result("no_sound", loudness, tolerances.quietest)
    spoken_s = seconds(speech)
    code = None if spoken_s >= tolerances.speech_s else "no_speech"
    return _result(code, spoken_s, tolerances.speech_s)


def _root_mean_square(samples: Samples) -> float:
    return float(np.sqrt(np.mean(np.square(samples, dtype=np.float64)))) if samples.size else 0.0


def _result(code: str | None, score: float, threshold: float) -> Check:
    outcome = Outcome.FAIL if code else Outcome.PASS
    return Check(name=NAME, outcome=outcome, code=code, score=score, threshold=threshold)
