"""Both eyes were closed and opened again when it was asked, against the person's own open eyes.

A still photo never does; a recording of somebody who blinks does, but hardly at the right time.

>>> from verification.track import Track
>>> check_blinks(Track.empty(), Challenge(steps=(), duration_ms=0), BlinkTolerances()).code
'blink_unclear'
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from verification.challenge import Blink, Challenge
from verification.liveness.eyes import aspect_ratios, openness
from verification.report import Check, Outcome
from verification.track import Curve, Mask, Track

if TYPE_CHECKING:
    from verification.evidence import Evidence

NAME = "blink"
NOTICE_S = 0.15
"""Nobody closes the eyes for a prompt sooner than this after it."""
LEAST_BASELINE = 5
"""Frames that the open eyes must be known from."""
LEAST_SEEN = 4
"""Frames of a step in which the eyes must be measured."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BlinkTolerances:
    """Openness is the eye aspect ratio over its median while the person looks ahead.

    In a step the wider eye must fall to `closed` and have been at `opened` before and be there
    again after, both within `late_s` seconds of the step's end. One that falls to `doubtful` only
    is for a person to decide. So it is where the open eyes' aspect ratio is below `narrowest`, or
    openness wavers by more than `unsteady` (median absolute deviation) while looking ahead: eyes
    that cannot be measured, behind glare for instance.

    Measured with dlib's points. 24 blinks of 3 filmed people, at 25 frames a second: down to 0.36
    to 0.62. 90 steps before five stills on paper and screens: once down to 0.84, else 0.88 and
    more. 42 blinks drawn on 21 studio stills: 0.40 to 0.89, half of them above 0.77. Those above
    0.75 are of stills of 92 x 112 pixels, of eyes closed in the still, and of one with heavy
    lashes: a drawn lid is no measure of real ones there.
    """

    closed: float = 0.75
    doubtful: float = 0.82
    opened: float = 0.87
    narrowest: float = 0.15
    unsteady: float = 0.12
    late_s: float = 0.4


def judge(evidence: "Evidence") -> Check | tuple[Check, ...]:
    """Whether the eyes closed as asked; nothing where it is not asked, or without landmarks."""
    track, challenge = evidence.track, evidence.challenge
    if not challenge.blinks or not track.has_landmarks:
        return ()
    return check_blinks(track, challenge, evidence.tolerances.blink)


def check_blinks(track: Track, challenge: Challenge, tolerances: BlinkTolerances) -> Check:
    """`blink_missing`, `blink_unclear` where the eyes cannot be measured, or a pass.

    The score is how far the wider eye stayed open in the worst step, 1 as usual; it is to be no
    more than the threshold.
    """
    usual = _looking_ahead(track, challenge)
    wider = openness(track.landmarks, usual).max(axis=1)
    if not challenge.blinks or not _measurable(track.landmarks, wider, usual, tolerances):
        return Check(name=NAME, outcome=Outcome.INCONCLUSIVE, code="blink_unclear")
    left_open = [_least_open(track, wider, blink, tolerances) for blink in challenge.blinks]
    seen = [share for share in left_open if share is not None]
    worst = max(seen, default=0.0)
    outcome, code = Outcome.PASS, None
    if worst > tolerances.doubtful:
        outcome, code = Outcome.FAIL, "blink_missing"
    elif worst > tolerances.closed or len(seen) < len(left_open):
        outcome, code = Outcome.INCONCLUSIVE, "blink_unclear"
    return Check(
        name=NAME,
        outcome=outcome,
        code=code,
        score=worst if seen else None,
        threshold=tolerances.closed,
        evidence={"openness": seen, "aspect": _open_ratio(track.landmarks, usual)},
    )


def _looking_ahead(track: Track, challenge: Challenge) -> Mask:
    """The frames of the digits, or where there are none, those outside of every step."""
    mask = np.zeros(track.times.size, dtype=bool)
    for step in challenge.digits or challenge.steps:
        mask |= track.between(step.start_ms / 1000, step.end_ms / 1000)
    return mask if challenge.digits else ~mask


def _measurable(
    landmarks: NDArray[np.floating], wider: Curve, usual: Mask, tolerances: BlinkTolerances
) -> bool:
    """Whether the open eyes are wide and steady enough to see them close."""
    known = wider[usual & np.isfinite(wider)]
    if known.size < LEAST_BASELINE:
        return False
    wavers = float(np.median(np.abs(known - np.median(known))))
    return _open_ratio(landmarks, usual) >= tolerances.narrowest and wavers <= tolerances.unsteady


def _open_ratio(landmarks: NDArray[np.floating], usual: Mask) -> float:
    """The aspect ratio of the narrower eye while it is open."""
    return float(np.nanmedian(aspect_ratios(landmarks)[usual], axis=0).min())


def _least_open(
    track: Track, wider: Curve, blink: Blink, tolerances: BlinkTolerances
) -> float | None:
    """How far the eyes closed between being open and open again; None where it is not seen.

    1 where they were not open before, or are not again after.
    """
    start_s, end_s = blink.start_ms / 1000, blink.end_ms / 1000 + tolerances.late_s
    inside = track.between(start_s, end_s) & np.isfinite(wider)
    curve, times = wider[inside], track.times[inside]
    if curve.size < LEAST_SEEN:
        return None
    opened = np.flatnonzero(curve >= tolerances.opened)
    if opened.size < 2:
        return 1.0
    between = slice(opened[0], opened[-1] + 1)
    noticed = times[between] >= start_s + NOTICE_S
    return float(min(1.0, curve[between][noticed].min(initial=1.0)))
