"""The digits that were asked for were said, each in its own window.

Nothing is transcribed. In each window the recognizer scores how well each of the ten digits
explains the sound, and what counts is how the expected one stands against its competitors, over
the whole string: a recognizer mistakes single digits often and strings of six hardly ever.

>>> heard = [Heard(digit=4, speech_s=0.4, margin=0.5), Heard(digit=7, speech_s=0.0, margin=None)]
>>> check_digits(heard, least_margin=-1.0, enough=0.8, doubtful=0.6).code
'digit_missing'
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from verification.challenge import Challenge, SpokenDigit
from verification.report import Check, Outcome
from verification.speech.contracts import DigitScorer
from verification.speech.segments import Spans, seconds, within
from verification.voices.contracts import SAMPLE_RATE, Samples

if TYPE_CHECKING:
    from verification.evidence import Evidence

NAME = "digits"
PADDING_S = 0.15
"""Sound kept before and after the speech, which recognizers align as silence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DigitTolerances:
    """Times are in seconds, shares of the digits of a string.

    `speech_s` is the least speech in a digit's window, which reaches `late_s` beyond its step. The
    share `enough` must be recognized, and below that but from `doubtful` on a person has to decide.
    """

    speech_s: float = 0.1
    late_s: float = 0.3
    enough: float = 0.8
    doubtful: float = 0.6


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What the window of one digit held.

    `margin` is the score of the expected digit less that of its best competitor, in the unit of
    the scorer; None where there was too little speech to score.
    """

    digit: int
    speech_s: float
    margin: float | None


def judge(evidence: "Evidence") -> Check:
    """Whether the digits that were asked for were said."""
    tolerances = evidence.tolerances.digits
    heard = []
    for one in hear(
        evidence.sound.samples,
        evidence.speech,
        evidence.challenge,
        evidence.models.digits,
        tolerances,
    ):
        heard.append(one)
        evidence.progress("digits", len(heard) / len(evidence.challenge.digits))
    return check_digits(
        heard,
        least_margin=evidence.models.thresholds.digit_margin.value,
        enough=tolerances.enough,
        doubtful=tolerances.doubtful,
    )


def hear(
    samples: Samples,
    speech: Spans,
    challenge: Challenge,
    scorer: DigitScorer,
    tolerances: DigitTolerances,
) -> Iterator[Heard]:
    """Score the window of every digit of the challenge, in order."""
    for step in challenge.digits:
        spoken = window_of(speech, step, tolerances)
        spoken_s = seconds(spoken)
        margin = None
        if spoken_s >= tolerances.speech_s:
            margin = margin_of(step.digit, scorer.scores(_around(samples, spoken)))
        yield Heard(digit=step.digit, speech_s=spoken_s, margin=margin)


def window_of(speech: Spans, step: SpokenDigit, tolerances: DigitTolerances) -> Spans:
    """The speech in the step's window."""
    return within(speech, step.start_ms / 1000, step.end_ms / 1000 + tolerances.late_s)


def margin_of(digit: int, scores: NDArray[np.float32]) -> float:
    """How far the expected digit is ahead of the best other one; negative where it is behind."""
    expected = float(scores[digit])
    others = np.delete(scores, digit)
    best_other = math.inf if np.isnan(others).any() else float(others.max())
    if not np.isfinite(expected):
        return -math.inf
    return expected - best_other


def check_digits(
    heard: Sequence[Heard], *, least_margin: float, enough: float, doubtful: float
) -> Check:
    """Judge the string by the share of its digits whose margin is at least `least_margin`.

    `digit_missing` where a window is silent (the score is then the least seconds of speech in a
    window); `digits_not_spoken` below the share `doubtful`; `digits_unclear`, for a person to
    decide, below `enough`; else a pass. With 18 % of false matches and 6 % of false non-matches a
    digit, five of six are right by chance in 0.1 %, and four of six at least for 99.6 %.
    """
    known = [one.margin for one in heard if one.margin is not None]
    if len(known) < len(heard) or not known:
        least_s = min((one.speech_s for one in heard), default=0.0)
        return Check(name=NAME, outcome=Outcome.FAIL, code="digit_missing", score=least_s)
    share = float(np.mean([margin >= least_margin for margin in known]))
    outcome, code = Outcome.PASS, None
    if share < doubtful:
        outcome, code = Outcome.FAIL, "digits_not_spoken"
    elif share < enough:
        outcome, code = Outcome.INCONCLUSIVE, "digits_unclear"
    return Check(name=NAME, outcome=outcome, code=code, score=share, threshold=enough)


def _around(samples: Samples, spoken: Spans) -> Samples:
    """From shortly before the first speech of a window to shortly after the last."""
    padding = round(PADDING_S * SAMPLE_RATE)
    return samples[max(0, int(spoken[0, 0]) - padding) : int(spoken[-1, 1]) + padding]
