"""The digits that were asked for were said, each in its own window.

Nothing is transcribed. In each window the recognizer scores how well each of the ten digits
explains the sound, and what counts is how the expected one stands against its competitors, over
the whole string: a recognizer mistakes single digits often and strings of six hardly ever.

>>> heard = [Heard(digit=4, speech_s=0.4, margin=0.5), Heard(digit=7, speech_s=0.0, margin=None)]
>>> check_digits(heard, least_margin=-0.1).code
'digit_missing'
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from verification.challenge import Challenge, SpokenDigit
from verification.report import Check, Outcome
from verification.speech.contracts import DigitScorer
from verification.speech.segments import Spans, seconds, within
from verification.tolerances import Tolerances
from verification.voices.contracts import SAMPLE_RATE, Samples

NAME = "digits"
PADDING_S = 0.15
"""Sound kept before and after the speech, which recognizers align as silence."""
CLEAREST = 2.0
"""Margins are cut off here, so that no one digit decides over all the others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What the window of one digit held.

    `margin` is the score of the expected digit less that of its best competitor, in the unit of
    the scorer; None where there was too little speech to score.
    """

    digit: int
    speech_s: float
    margin: float | None


def hear(
    samples: Samples,
    speech: Spans,
    challenge: Challenge,
    scorer: DigitScorer,
    tolerances: Tolerances,
) -> Iterator[Heard]:
    """Score the window of every digit of the challenge, in order."""
    for step in challenge.digits:
        spoken = window_of(speech, step, tolerances)
        spoken_s = seconds(spoken)
        margin = None
        if spoken_s >= tolerances.digit_speech_s:
            margin = margin_of(step.digit, scorer.scores(_around(samples, spoken)))
        yield Heard(digit=step.digit, speech_s=spoken_s, margin=margin)


def window_of(speech: Spans, step: SpokenDigit, tolerances: Tolerances) -> Spans:
    """The speech in the step's window."""
    return within(speech, step.start_ms / 1000, step.end_ms / 1000 + tolerances.digit_late_s)


def margin_of(digit: int, scores: NDArray[np.float32]) -> float:
    """How far the expected digit is ahead of the best other one; negative where it is behind."""
    expected = float(scores[digit])
    best_other = float(np.delete(scores, digit).max())
    if not np.isfinite(expected):
        return -CLEAREST
    if not np.isfinite(best_other):
        return CLEAREST
    return float(np.clip(expected - best_other, -CLEAREST, CLEAREST))


def check_digits(heard: Sequence[Heard], *, least_margin: float) -> Check:
    """`digit_missing` where a window is silent, `digits_not_spoken`, or a pass.

    The score is the mean margin over the string, or the least seconds of speech in a window.
    """
    known = [one.margin for one in heard if one.margin is not None]
    if len(known) < len(heard) or not known:
        least_s = min((one.speech_s for one in heard), default=0.0)
        return Check(name=NAME, outcome=Outcome.FAIL, code="digit_missing", score=least_s)
    mean = float(np.mean(known))
    said = mean >= least_margin
    return Check(
        name=NAME,
        outcome=Outcome.PASS if said else Outcome.FAIL,
        code=None if said else "digits_not_spoken",
        score=mean,
        threshold=least_margin,
    )


def _around(samples: Samples, spoken: Spans) -> Samples:
    """From shortly before the first speech of a window to shortly after the last."""
    padding = round(PADDING_S * SAMPLE_RATE)
    return samples[max(0, int(spoken[0, 0]) - padding) : int(spoken[-1, 1]) + padding]
