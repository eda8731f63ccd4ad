"""The digits that were asked for were said, each in its own window.

Nothing is transcribed. In each window the recognizer scores how well each of the ten digits
explains the sound. Whom it knows less well, and noise, bring all ten nearer together: scores are
taken in spreads of the string, by how much a digit lies below the best of its window on average. A
digit whose score is clearly ahead of its best competitor's is right; every other one falls short by
as much as it lacks, and what the whole string lacks decides. A recognizer that mistakes one digit
in twenty hardly ever mistakes two of a string by much, and digits that are clear beyond need make
up for nothing.

>>> heard = [Heard(digit=4, speech_s=0.4, margin=0.5), Heard(digit=7, speech_s=0.0, margin=None)]
>>> check_digits(heard, clear=0.2, most=4.0, tolerances=DigitTolerances()).code
'digit_missing'
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from verification.challenge import Challenge, SpokenDigit
from verification.report import Check, Outcome
from verification.speech.contracts import DigitScorer
from verification.speech.segments import Spans, seconds, spans, within
from verification.voices.contracts import SAMPLE_RATE, Samples

if TYPE_CHECKING:
    from verification.evidence import Evidence

NAME = "digits"
PADDING_S = 0.25
"""Sound kept before and after the speech, which recognizers align as silence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DigitTolerances:
    """Times are in seconds, the others in the pack's unit of how much a string falls short.

    `speech_s` is the least speech in a digit's window, which reaches `late_s` beyond its step;
    where there is less, what has `faint` times the probability of speech is taken for it. One digit
    falls short by `worst` at most. Up to `doubt` beyond the pack's bound a person has to decide.
    """

    speech_s: float = 0.06
    late_s: float = 0.3
    faint: float = 0.1
    worst: float = 7.0
    doubt: float = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What the window of one digit held.

    `margin` is the score of the expected digit less that of its best competitor, in spreads of the
    string; None where there was too little speech to score.
    """

    digit: int
    speech_s: float
    margin: float | None


def judge(evidence: "Evidence") -> Check:
    """Whether the digits that were asked for were said."""
    tolerances = evidence.tolerances.digits
    thresholds = evidence.models.thresholds
    heard = hear(
        evidence.sound.samples,
        windows_of(
            evidence.speech,
            spans(evidence.activity, thresholds.speech.value * tolerances.faint),
            evidence.challenge,
            tolerances,
        ),
        evidence.challenge,
        evidence.models.digits,
        tolerances,
    )
    evidence.progress("digits", 1.0)
    return check_digits(
        heard,
        clear=thresholds.digit_clear.value,
        most=thresholds.digit_shortfall.value,
        tolerances=tolerances,
    )


def hear(
    samples: Samples,
    spoken: Sequence[Spans],
    challenge: Challenge,
    scorer: DigitScorer,
    tolerances: DigitTolerances,
) -> list[Heard]:
    """Score the digits of the challenge, in order, in the windows that `windows_of` found."""
    rows = scores_of(samples, spoken, scorer, tolerances)
    return [
        Heard(
            digit=step.digit,
            speech_s=seconds(found),
            margin=None if row is None else margin_of(step.digit, row),
        )
        for step, found, row in zip(challenge.digits, spoken, rows, strict=True)
    ]


def scores_of(
    samples: Samples, spoken: Sequence[Spans], scorer: DigitScorer, tolerances: DigitTolerances
) -> list[NDArray[np.float32] | None]:
    """Ten scores for each window, all of them heard together, as `in_spreads`; None for one of too
    little speech."""
    enough = [seconds(found) >= tolerances.speech_s for found in spoken]
    windows = [around(samples, found) for found, held in zip(spoken, enough, strict=True) if held]
    rows = iter(in_spreads(scorer.scores(windows)))
    return [next(rows) if held else None for held in enough]


def in_spreads(scores: NDArray[np.float32]) -> NDArray[np.float32]:
    """Windows x 10 scores less the best of each window, in units of what they lack on average.

    Nothing but NaN where no digit is told from another: then none of them was heard.

    >>> in_spreads(np.array([[-5.0, -9.0], [-8.0, -6.0]], np.float32)).tolist()
    [[0.0, -2.6666667461395264], [-1.3333333730697632, 0.0]]
    """
    if not scores.size:
        return scores
    best = scores.max(axis=1, keepdims=True)
    below = scores - np.where(np.isfinite(best), best, np.nan)
    told = below[np.isfinite(below)]
    if not told.any():
        return np.full_like(scores, np.nan)
    return np.asarray(below / -told.mean(), np.float32)


def windows_of(
    speech: Spans, faint: Spans, challenge: Challenge, tolerances: DigitTolerances
) -> list[Spans]:
    """The speech in the window of every digit; where that is too little, the `faint` speech."""
    found = []
    for step in challenge.digits:
        clear = window_of(speech, step, tolerances)
        enough = seconds(clear) >= tolerances.speech_s
        found.append(clear if enough else window_of(faint, step, tolerances))
    return found


def window_of(speech: Spans, step: SpokenDigit, tolerances: DigitTolerances) -> Spans:
    """The speech in the step's window, without the tail of what was said before it."""
    found = within(speech, step.start_ms / 1000, step.end_ms / 1000 + tolerances.late_s)
    if not len(found):
        return found
    whole = speech[(speech[:, 0] <= found[0, 0]) & (speech[:, 1] > found[0, 0])][0]
    before, inside = found[0, 0] - whole[0], found[0, 1] - found[0, 0]
    return found[1:] if before > inside else found


def margin_of(digit: int, scores: NDArray[np.float32]) -> float:
    """How far the expected digit is ahead of the best other one; negative where it is behind."""
    expected = float(scores[digit])
    others = np.delete(scores, digit)
    best_other = math.inf if np.isnan(others).any() else float(others.max())
    if not np.isfinite(expected):
        return -math.inf
    return expected - best_other


def shortfall_of(margin: float, *, clear: float, worst: float) -> float:
    """What a digit lacks: 0 for one that is ahead by `clear`, 1 for a tie, at most `worst`."""
    return min(max(1.0 - margin / clear, 0.0), worst)


def check_digits(
    heard: Sequence[Heard], *, clear: float, most: float, tolerances: DigitTolerances
) -> Check:
    """Judge the string by what its digits fall short of being `clear`, added up.

    `digit_missing` where a window is silent (the score is then the least seconds of speech in a
    window). Up to `most` it is a pass, up to `tolerances.doubt` more `digits_unclear`, for a person
    to decide, and beyond that `digits_not_spoken`.
    """
    known = [one.margin for one in heard if one.margin is not None]
    if len(known) < len(heard) or not known:
        least_s = min((one.speech_s for one in heard), default=0.0)
        return Check(name=NAME, outcome=Outcome.FAIL, code="digit_missing", score=least_s)
    lacking = [shortfall_of(margin, clear=clear, worst=tolerances.worst) for margin in known]
    total = sum(lacking)
    outcome, code = Outcome.PASS, None
    # so that what is not a number never passes
    if not total <= most + tolerances.doubt:
        outcome, code = Outcome.FAIL, "digits_not_spoken"
    elif not total <= most:
        outcome, code = Outcome.INCONCLUSIVE, "digits_unclear"
    evidence = {"shortfall": lacking, "seconds": [one.speech_s for one in heard]}
    return Check(
        name=NAME, outcome=outcome, code=code, score=total, threshold=most, evidence=evidence
    )


def around(samples: Samples, spoken: Spans) -> Samples:
    """From shortly before the first speech of a window to shortly after the last."""
    padding = round(PADDING_S * SAMPLE_RATE)
    return samples[max(0, int(spoken[0, 0]) - padding) : int(spoken[-1, 1]) + padding]
