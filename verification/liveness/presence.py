"""One face, all along: not none, and no second one beside it.

>>> from verification.tolerances import Tolerances
>>> from verification.track import Track
>>> from verification.challenge import Challenge
>>> check_one_face(Track.empty(), Challenge(steps=(), duration_ms=0), Tolerances()).code
'no_face'
"""

import numpy as np

from verification.challenge import Challenge
from verification.report import Check, Outcome
from verification.tolerances import Tolerances
from verification.track import Mask, Track

NAME = "one_face"


def check_one_face(track: Track, challenge: Challenge, tolerances: Tolerances) -> Check:
    """`no_face`, `several_faces`, or a pass; the score is the share of frames it is about."""
    shares = (
        (_share(track.present, None), tolerances.present_share),
        (_share(track.present, speaking(track, challenge)), tolerances.present_while_speaking),
    )
    for share, least in shares:
        if share < least:
            return _failed("no_face", share, least)
    crowded = _share(track.rival >= tolerances.rival_size, None)
    if crowded > tolerances.rival_share:
        return _failed("several_faces", crowded, tolerances.rival_share)
    share, least = shares[0]
    return Check(name=NAME, outcome=Outcome.PASS, score=share, threshold=least)


def speaking(track: Track, challenge: Challenge) -> Mask:
    """The frames of the digit steps."""
    mask = np.zeros(track.times.size, dtype=bool)
    for step in challenge.digits:
        mask |= track.between(step.start_ms / 1000, step.end_ms / 1000)
    return mask


def _share(of: Mask, among: Mask | None) -> float:
    chosen = of if among is None else of[among]
    return float(chosen.mean()) if chosen.size else 0.0


def _failed(code: str, score: float, threshold: float) -> Check:
    return Check(name=NAME, outcome=Outcome.FAIL, code=code, score=score, threshold=threshold)
