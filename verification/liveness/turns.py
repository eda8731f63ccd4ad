"""The head was turned as asked: each turn towards its side, in its time, and none while speaking.

The measures are those of `verification.faces.geometry`, against the person's own straight look
during the digits. Because a flat picture, however it is held, hardly moves the nose between the
eyes, this is also a first test of depth.

>>> from verification.track import Track
>>> from verification.challenge import Challenge
>>> check_turns(Track.empty(), Challenge(steps=(), duration_ms=0), TurnTolerances()).code
'turns_not_followed'
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from verification.challenge import Challenge, Direction, Turn
from verification.liveness.presence import facing
from verification.report import Check, Outcome
from verification.track import Curve, Mask, Track

if TYPE_CHECKING:
    from verification.evidence import Evidence

NAME = "turns"
NOTICE_S = 0.15
"""Nobody moves sooner than this after a prompt."""
LEAST_BASELINE = 5
"""Frames that the straight look must be known from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnTolerances:
    """Changes of the measures of `verification.faces.geometry` against the person's own baseline.

    `yaw` is in eye distances, `pitch` a share of the way from eyes to mouth, both of 68 landmarks;
    `detector_yaw` and `detector_pitch` hold where the pack has only the detector's five points,
    which move about half as far: studio heads 0.145 and 0.13 or more, bent prints 0.124 and 0.05 at
    most, with SCRFD. A flat photo, however it is held, moves the nose by at most 0.12 eye
    distances, a head by 0.40 at 30 degrees. `late_s` is how long after its step a movement still
    counts, and how long one may take to come back, in seconds. `strayed_share` of the frames
    without a turn may show a turned head.
    """

    yaw: float = 0.18
    pitch: float = 0.1
    detector_yaw: float = 0.13
    detector_pitch: float = 0.1
    late_s: float = 0.4
    strayed_share: float = 0.3


def judge(evidence: "Evidence") -> Check:
    """Whether the head was turned as asked."""
    return check_turns(evidence.track, evidence.challenge, evidence.tolerances.turns)


def check_turns(track: Track, challenge: Challenge, tolerances: TurnTolerances) -> Check:
    """`turns_not_followed`, `turned_unprompted`, or a pass.

    The score of a turn is how far the head went the way that was asked, in units of what is
    asked for; the score of the check is that of the weakest turn.
    """
    straight = facing(track, challenge) & np.isfinite(track.yaw) & np.isfinite(track.pitch)
    if straight.sum() < LEAST_BASELINE or not challenge.turns:
        return _result("turns_not_followed", 0.0, 1.0)
    ways = excursions(track, straight, tolerances)
    weakest = min(_followed(track, ways, turn, tolerances) for turn in challenge.turns)
    if weakest < 1.0:
        return _result("turns_not_followed", weakest, 1.0)
    strayed = _strayed_share(track, ways, challenge, tolerances)
    if strayed > tolerances.strayed_share:
        return _result("turned_unprompted", strayed, tolerances.strayed_share)
    return _result(None, weakest, 1.0)


def excursions(track: Track, straight: Mask, tolerances: TurnTolerances) -> dict[Direction, Curve]:
    """How far the head is turned each way in each frame, where 1 is as far as is asked for."""
    far_aside, far_up = (
        (tolerances.yaw, tolerances.pitch)
        if track.has_landmarks
        else (tolerances.detector_yaw, tolerances.detector_pitch)
    )
    yaw = _steady(track.yaw - np.median(track.yaw[straight])) / far_aside
    pitch = _steady(track.pitch - np.median(track.pitch[straight])) / far_up
    return {
        Direction.LEFT: yaw,
        Direction.RIGHT: -yaw,
        Direction.UP: -pitch,
        Direction.DOWN: pitch,
    }


def _followed(
    track: Track, ways: dict[Direction, Curve], turn: Turn, tolerances: TurnTolerances
) -> float:
    """How far the turn went its way.

    Nothing if the head went farther another way meanwhile, or was there before it was asked.
    """
    start_s = turn.start_ms / 1000
    during = track.between(start_s, turn.end_ms / 1000 + tolerances.late_s)
    before = track.between(start_s - NOTICE_S, start_s + NOTICE_S)
    far = {way: _peak(curve[during]) for way, curve in ways.items()}
    early = _peak(ways[turn.direction][before])
    asked = far.pop(turn.direction)
    return asked if early < 1.0 and asked > max(far.values()) else 0.0


def _strayed_share(
    track: Track, ways: dict[Direction, Curve], challenge: Challenge, tolerances: TurnTolerances
) -> float:
    """Share of the frames without a turn in which the head is turned as far as for a turn.

    A head may still be on its way back for `late_s` after a turn.
    """
    settled = facing(track, challenge)
    for turn in challenge.turns:
        settled &= ~track.between(turn.end_ms / 1000, turn.end_ms / 1000 + tolerances.late_s)
    farthest = np.max(np.nan_to_num(np.stack(list(ways.values()))), axis=0)
    return float((farthest[settled] >= 1.0).mean()) if settled.any() else 0.0


def _peak(curve: Curve) -> float:
    known = curve[np.isfinite(curve)]
    return float(known.max()) if known.size else 0.0


def _steady(curve: Curve) -> Curve:
    """Each value replaced by the median of itself and its neighbours: one bad frame is no turn."""
    if curve.size < 3:
        return curve
    padded = np.concatenate([curve[:1], curve, curve[-1:]])
    known = np.isfinite(curve)
    triples = np.stack([padded[:-2], padded[1:-1], padded[2:]])[:, known]
    steady = np.full_like(curve, np.nan)
    steady[known] = np.nanmedian(triples, axis=0)
    return steady


def _result(code: str | None, score: float, threshold: float) -> Check:
    outcome = Outcome.FAIL if code else Outcome.PASS
    return Check(name=NAME, outcome=outcome, code=code, score=score, threshold=threshold)
