"""The lips move when the digits sound, and rest when nothing does.

Over sentences, lips and loudness have little to do with each other. Over single words with pauses
between, prompted at random times, they have: what is compared is the opening of the lips and the
loudness of the sound at the same time, and at the same distance of up to a second before and after.
Turned heads are left out, because a mouth seen from the side looks narrower than it is.

>>> times = np.arange(0, 12, 0.1)
>>> spans = np.array([[s * 24_000, s * 24_000 + 8_000] for s in range(8)])
>>> talking = (times % 1.5 < 0.5) * 0.2
>>> loud = np.repeat((np.arange(120) % 15 < 5) * 0.1, 1_600).astype(np.float32)
>>> check_lips(opening=talking, times=times, samples=loud, speech=spans).outcome
<Outcome.PASS: 'pass'>
>>> check_lips(opening=0 * talking, times=times, samples=loud, speech=spans).code
'lips_still'
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from verification.challenge import Accommodation, Challenge
from verification.report import Check, Outcome
from verification.speech.segments import Spans
from verification.track import Curve, Mask, Track
from verification.voices.contracts import SAMPLE_RATE, Samples

if TYPE_CHECKING:
    from verification.evidence import Evidence

NAME = "lips"
LOUDNESS_S = 0.1
"""The loudness at a time is that of this much sound around it."""
HOP_S = 0.01
QUIETEST_DB = -30.0
"""Against the loudest; below it, everything is silence."""
CLEAR_S = 0.15
"""A pause counts this far from any speech: lips open before and close after it."""
LAGS = np.round(np.arange(-1.0, 1.01, 0.1), 1)
LEAST = 8
"""Frames of speech, and of pauses, that it takes to compare them."""
SURELY = 1.5
"""So many times what is enough, at another lag, says that the lips do move, at other times."""
UPPER, LOWER = (61, 62, 63), (67, 66, 65)
EYES = ((36, 37, 38, 39, 40, 41), (42, 43, 44, 45, 46, 47))


@dataclass(frozen=True, slots=True, kw_only=True)
class LipTolerances:
    """`still`: by how many eye distances the lips must be farther open in speech than in pauses.
    `in_step`, `out_of_step`: correlation of opening and loudness that is enough, and that below
    which it fails; a person decides between. Sound may come `early_s` before the picture and
    `late_s` after it, in seconds: wireless microphones do.

    Measured on 150 strings of six real words put together from 12 clips of the GRID corpus: still,
    0.033 and more; correlation 0.28 to 0.62, within 0.12 at most 0.1 of them at 0.6 s early or
    late, none of which reached 0.25. A shift up to 0.3 s is not told from a slow microphone.
    """

    still: float = 0.012
    in_step: float = 0.25
    out_of_step: float = 0.12
    early_s: float = 0.1
    late_s: float = 0.2


def judge(evidence: "Evidence") -> Check | tuple[Check, ...]:
    """Whether the lips say what is heard; nothing without landmarks, or where nothing is said."""
    track, challenge = evidence.track, evidence.challenge
    if not np.isfinite(track.landmarks).any() or not challenge.digits:
        return ()
    seen = facing_mouth(track, challenge, late_s=evidence.tolerances.turns.late_s)
    return check_lips(
        opening=opening_of(track.landmarks)[seen],
        times=track.times[seen],
        samples=evidence.sound.samples,
        speech=evidence.speech,
        tolerances=evidence.tolerances.lips,
    )


def opening_of(landmarks: NDArray[np.float32]) -> Curve:
    """Between the inner lips, in distances of the eyes' middles, of n x 68 x 2 points."""
    gaps = landmarks[:, UPPER] - landmarks[:, LOWER]
    left, right = (landmarks[:, eye].mean(axis=1) for eye in EYES)
    apart = np.linalg.norm(left - right, axis=1)
    inner = np.linalg.norm(gaps, axis=2).mean(axis=1)
    known = apart > 0
    return np.asarray(np.divide(inner, apart, out=np.full_like(inner, np.nan), where=known), float)


def facing_mouth(track: Track, challenge: Challenge, *, late_s: float) -> Mask:
    """The frames from the first step to the last in which nobody is asked to turn."""
    steps = challenge.steps
    seen = track.between(steps[0].start_ms / 1000 - 0.5, steps[-1].end_ms / 1000 + 0.5)
    if Accommodation.HEARD_PROMPTS in challenge.accommodations:
        # between the digits another voice is heard
        seen &= _windows(track, challenge, late_s=late_s)
    for turn in challenge.turns:
        seen &= ~track.between(turn.start_ms / 1000, turn.end_ms / 1000 + late_s)
    return seen & np.isfinite(track.landmarks).all(axis=(1, 2))


def _windows(track: Track, challenge: Challenge, *, late_s: float) -> Mask:
    """The frames of the digits' steps."""
    seen = np.zeros(track.times.size, dtype=bool)
    for step in challenge.digits:
        seen |= track.between(step.start_ms / 1000, step.end_ms / 1000 + late_s)
    return seen


def check_lips(
    *,
    opening: Curve,
    times: Curve,
    samples: Samples,
    speech: Spans,
    tolerances: LipTolerances | None = None,
) -> Check:
    """`lips_still`, `lips_out_of_step`, `lips_unclear` for a person to decide, or a pass.

    `opening` in eye distances at `times` in seconds. The score of `lips_still` is in eye
    distances, otherwise the best correlation within the allowed lag.
    """
    bounds = tolerances or LipTolerances()
    loudness = loudness_of(samples)
    found = [agreement(opening, times, loudness, lag) for lag in LAGS.tolist()]
    near = (-bounds.early_s - 0.01 <= LAGS) & (bounds.late_s + 0.01 >= LAGS)
    score, lag_s = max(zip(np.array(found)[near].tolist(), LAGS[near].tolist(), strict=True))
    speaking, resting = _speaking(times + lag_s, speech)
    if min(speaking.sum(), resting.sum()) < LEAST:
        return Check(name=NAME, outcome=Outcome.INCONCLUSIVE, code="lips_unclear")
    contrast = float(opening[speaking].mean() - opening[resting].mean())
    evidence: dict[str, float | list[float]] = {
        "contrast": contrast,
        "correlation": score,
        "by_lag": found,
        "best_lag_s": float(LAGS[int(np.argmax(found))]),
    }
    elsewhere = score < bounds.out_of_step and max(found) >= SURELY * bounds.in_step
    if abs(contrast) < bounds.still and not elsewhere:
        return _result("lips_still", contrast, bounds.still, evidence)
    if score < bounds.out_of_step:
        return _result("lips_out_of_step", score, bounds.in_step, evidence)
    code = None if score >= bounds.in_step and contrast > 0 else "lips_unclear"
    return _result(code, score, bounds.in_step, evidence)


def agreement(opening: Curve, times: Curve, loudness: Curve, lag_s: float) -> float:
    """The correlation of the opening with the loudness `lag_s` later, -1 to 1; 0 for too little."""
    later = times + lag_s
    # rounded down first: a time just short of the end may come out as the end
    heard = (later >= 0) & ((later / HOP_S).astype(int) < loudness.size)
    lips, sound = opening[heard], loudness[(later[heard] / HOP_S).astype(int)]
    if lips.size < LEAST or lips.std() < 1e-9 or sound.std() < 1e-9:
        return 0.0
    return float(np.corrcoef(lips, sound)[0, 1])


def loudness_of(samples: Samples) -> Curve:
    """Decibels against the loudest of the whole sound, every `HOP_S` seconds."""
    total = np.concatenate([[0.0], np.cumsum(np.square(samples, dtype=np.float64))])
    middles = np.arange(0, samples.size, round(HOP_S * SAMPLE_RATE))
    half = round(LOUDNESS_S * SAMPLE_RATE / 2)
    first, last = np.clip(middles - half, 0, None), np.clip(middles + half, None, samples.size)
    power = (total[last] - total[first]) / np.maximum(last - first, 1)
    loudest = float(np.percentile(power, 95)) if power.size else 0.0
    decibels = 10 * np.log10(power / max(loudest, 1e-10) + 1e-10)
    return np.asarray(np.clip(decibels, QUIETEST_DB, 0.0), np.float64)


def _speaking(times: Curve, speech: Spans) -> tuple[Mask, Mask]:
    """The times within speech, and those clear of it."""
    at = times[:, None] * SAMPLE_RATE
    clear = CLEAR_S * SAMPLE_RATE
    within = (at >= speech[:, 0]) & (at < speech[:, 1])
    close = (at >= speech[:, 0] - clear) & (at < speech[:, 1] + clear)
    return np.asarray(within.any(axis=1)), np.asarray(~close.any(axis=1))


def _result(
    code: str | None,
    score: float,
    threshold: float,
    evidence: dict[str, float | list[float]],
) -> Check:
    outcome = Outcome.FAIL if code else Outcome.PASS
    if code == "lips_unclear":
        outcome = Outcome.INCONCLUSIVE
    return Check(
        name=NAME,
        outcome=outcome,
        code=code,
        score=score,
        threshold=threshold,
        evidence=evidence,
    )
