"""One face, all along: not none, and no second one beside it.

>>> from verification.track import Track
>>> from verification.challenge import Challenge
>>> check_one_face(Track.empty(), Challenge(steps=(), duration_ms=0), PresenceTolerances()).code
'no_face'
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from verification.challenge import Challenge
from verification.report import Check, Outcome
from verification.track import Mask, Track

if TYPE_CHECKING:
    from verification.evidence import Evidence

NAME = "one_face"


@dataclass(frozen=True, slots=True, kw_only=True)
class PresenceTolerances:
    """Shares are of sampled frames, 0 to 1.

    `share` of all frames must show a face, and `while_facing` of those in which the person is to
    look ahead. A second face counts where it is at least `rival_size` of the first one's height,
    and may do so in `rival_share` of the frames.
    """

    share: float = 0.6
    while_facing: float = 0.75
    rival_size: float = 0.5
    rival_share: float = 0.1


def judge(evidence: "Evidence") -> Check:
    """Whether one face, and no other, is there all along."""
    return check_one_face(evidence.track, evidence.challenge, evidence.tolerances.presence)


def check_one_face(track: Track, challenge: Challenge, tolerances: PresenceTolerances) -> Check:
    """`no_face`, `several_faces`, or a pass; the score is the share of frames it is about."""
    shares = (
        (_share(track.present, None), tolerances.share),
        (_share(track.present, facing(track, challenge)), tolerances.while_facing),
    )
    for share, least in shares:
        if share < least:
            return _failed("no_face", share, least)
    crowded = _share(track.rival >= tolerances.rival_size, None)
    if crowded > tolerances.rival_share:
        return _failed("several_faces", crowded, tolerances.rival_share)
    share, least = shares[0]
    return Check(name=NAME, outcome=Outcome.PASS, score=share, threshold=least)


def facing(track: Track, challenge: Challenge) -> Mask:
    """The frames of the steps in which the person looks into the camera."""
    mask = np.zeros(track.times.size, dtype=bool)
    for step in challenge.facing:
        mask |= track.between(step.start_ms / 1000, step.end_ms / 1000)
    return mask


def _share(of: Mask, among: Mask | None) -> float:
    chosen = of if among is None else of[among]
    return float(chosen.mean()) if chosen.size else 0.0


def _failed(code: str, score: float, threshold: float) -> Check:
    return Check(name=NAME, outcome=Outcome.FAIL, code=code, score=score, threshold=threshold)
