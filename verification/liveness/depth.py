"""A head turned, not its picture: the nose stands out, and the jaw's ends lie far behind.

When a head turns by an angle, what lies deeper by d moves against what lies before it by d times
the tangent of that angle. So the shift of the nose tip against the eyes, over the tangent of the
angle, is how far the nose stands out, in eye distances, and the same holds for the ends of the jaw,
which shift the other way. The angle is read from the face itself: turned to a side, the eyes come
nearer to one another while the way from eyes to mouth stays; turned up or down, it is the other way
round. A flat picture shows neither depth, whichever way it is held. One bent round a cylinder shows
the jaw's and hardly the nose's, and needs so large a turn to shift the nose that the angle gives it
away. Proportions of one face at a time are all that is looked at.

>>> from verification.track import Track
>>> check_depth(Track.empty(), Challenge(steps=(), duration_ms=0), DepthTolerances()).code
'depth_unclear'
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from verification.challenge import Challenge, Direction, Turn
from verification.liveness.presence import facing
from verification.report import Check, Outcome
from verification.track import Track

if TYPE_CHECKING:
    from verification.evidence import Evidence

NAME = "depth"
LEAST_BASELINE = 5
"""Frames that the straight look must be known from."""
LEAST_TURNED = 2
"""Frames that a turn must be seen in."""
FARTHEST = 0.7
"""The frames of a turn that count: those in which the nose has gone this share of its way."""
LEAST_TANGENT = 0.21
"""Of 12 degrees: foreshortening cannot be told from noise below that."""
TOWARDS = {Direction.LEFT: 1, Direction.RIGHT: -1, Direction.UP: -1, Direction.DOWN: 1}
"""The sign of the nose's shift."""
SIDES = (Direction.LEFT, Direction.RIGHT)


@dataclass(frozen=True, slots=True, kw_only=True)
class DepthTolerances:
    """How deep a face must be that turns, in distances of its eyes.

    `nose` is how far the nose tip stands out, in every turn, and `jaw` how far behind the eyes the
    jaw's ends lie, in turns to a side. A turn that shows at least `doubtful_share` of that is for a
    person to decide. `late_s`: how long after its step a turn still counts, in seconds.

    Measured with dlib's points at 640 x 360, sessions of four turns each; the range is of turns to
    a side. 21 studio heads that face the camera: nose 0.45 to 1.06, jaw 0.42 to 1.12, the check's
    score from 1.18 up. Five prints each, flat: nose up to 0.09; a screen: 0.11; bent round 13 and
    8 cm and turned 29 to 48 degrees: nose up to 0.35, jaw up to 0.48, score up to 0.43. A print
    whose nose is slid along by hand: nose up to 1.06, jaw up to 0.41, score up to 0.77.
    """

    nose: float = 0.38
    jaw: float = 0.33
    doubtful_share: float = 0.85
    late_s: float = 0.4


@dataclass(frozen=True, slots=True, kw_only=True)
class Depth:
    """What one turn shows: depths of nose tip and jaw's ends in eye distances, and how far it went.

    `tangent` is that of the angle which foreshortening tells.
    """

    turn: Turn
    nose: float
    jaw: float
    tangent: float

    def share(self, tolerances: DepthTolerances) -> float:
        """The depth over what is asked for. A nod hardly moves the jaw's ends, which lie level."""
        nose = self.nose / tolerances.nose
        return min(nose, self.jaw / tolerances.jaw) if self.turn.direction in SIDES else nose


def judge(evidence: "Evidence") -> Check | tuple[Check, ...]:
    """Whether a head turned; nothing where no turn is asked or the pack finds no landmarks."""
    track, challenge = evidence.track, evidence.challenge
    if not challenge.turns or not track.has_landmarks:
        return ()
    return check_depth(track, challenge, evidence.tolerances.depth)


def check_depth(track: Track, challenge: Challenge, tolerances: DepthTolerances) -> Check:
    """`face_flat`, `depth_unclear` for a turn not seen or a little too shallow, or a pass.

    The score is the shallowest turn's depth over what is asked for, so that 1 is the threshold.
    """
    shapes = proportions(track.landmarks)
    straight = facing(track, challenge) & np.isfinite(shapes).all(axis=1)
    if straight.sum() < LEAST_BASELINE or not challenge.turns:
        return Check(name=NAME, outcome=Outcome.INCONCLUSIVE, code="depth_unclear")
    rest = np.median(shapes[straight], axis=0)
    found = [_depth_in(track, shapes, rest, turn, tolerances) for turn in challenge.turns]
    return _judged([depth for depth in found if depth is not None], len(found), tolerances)


def _judged(seen: list[Depth], asked: int, tolerances: DepthTolerances) -> Check:
    shallowest = min((depth.share(tolerances) for depth in seen), default=1.0)
    outcome, code = Outcome.PASS, None
    # so that what is not a number never passes
    if not shallowest >= tolerances.doubtful_share:
        outcome, code = Outcome.FAIL, "face_flat"
    elif not shallowest >= 1.0 or len(seen) < asked:
        outcome, code = Outcome.INCONCLUSIVE, "depth_unclear"
    return Check(
        name=NAME,
        outcome=outcome,
        code=code,
        score=shallowest if seen else None,
        threshold=1.0,
        evidence={
            "seconds": [depth.turn.start_ms / 1000 for depth in seen],
            "nose": [depth.nose for depth in seen],
            "jaw": [depth.jaw for depth in seen],
            "tangent": [depth.tangent for depth in seen],
        },
    )


NOSE_ASIDE, JAW_ASIDE, NOSE_DOWN, JAW_DOWN, BREADTH = range(5)
"""The columns of `proportions`."""


def proportions(landmarks: NDArray[np.floating]) -> NDArray[np.float64]:
    """n x 5 proportions of n x 68 x 2 landmarks, along the line of the eyes and across it.

    Where the nose tip and the middle of the jaw's ends stand along that line, from the middle of
    the eyes, in eye distances; where they stand across it, in shares of the way from eyes to mouth;
    and the distance of the eyes over that way. NaN where there are no landmarks.
    """
    points = np.asarray(landmarks, np.float64)
    left, right = points[:, 36:42].mean(axis=1), points[:, 42:48].mean(axis=1)
    across = right - left
    distance = np.maximum(np.hypot(across[:, 0], across[:, 1]), 1e-6)
    along = across / distance[:, None]
    down = np.stack([-along[:, 1], along[:, 0]], axis=1)
    middle = (left + right) / 2
    nose = points[:, 30] - middle
    jaw = points[:, [0, 1, 2, 3, 13, 14, 15, 16]].mean(axis=1) - middle
    mouth = np.maximum((((points[:, 48] + points[:, 54]) / 2 - middle) * down).sum(axis=1), 1e-6)
    aside = [(one * along).sum(axis=1) / distance for one in (nose, jaw)]
    below = [(one * down).sum(axis=1) / mouth for one in (nose, jaw)]
    return np.stack([*aside, *below, distance / mouth], axis=1)


def _depth_in(
    track: Track,
    shapes: NDArray[np.float64],
    rest: NDArray[np.float64],
    turn: Turn,
    tolerances: DepthTolerances,
) -> Depth | None:
    """What the turn shows where it went farthest; None where too little of it is seen."""
    during = track.between(turn.start_ms / 1000, turn.end_ms / 1000 + tolerances.late_s)
    moved = shapes[during & np.isfinite(shapes).all(axis=1)] - rest
    if len(moved) < LEAST_TURNED:
        return None
    sideways, towards = turn.direction in SIDES, TOWARDS[turn.direction]
    nose, jaw = (NOSE_ASIDE, JAW_ASIDE) if sideways else (NOSE_DOWN, JAW_DOWN)
    gone = towards * moved[:, nose]
    farthest = gone >= min(FARTHEST * gone.max(), np.sort(gone)[-LEAST_TURNED])
    far = np.median(moved[farthest], axis=0)
    breadth = (rest[BREADTH] + far[BREADTH]) / rest[BREADTH]
    tangent = _tangent(float(breadth if sideways else 1 / breadth))
    unit = towards / tangent / (1.0 if sideways else rest[BREADTH])
    return Depth(
        turn=turn, nose=float(far[nose] * unit), jaw=float(-far[jaw] * unit), tangent=tangent
    )


def _tangent(foreshortened: float) -> float:
    """Of the angle whose cosine is `foreshortened`, and no less than `LEAST_TANGENT`."""
    cosine = float(np.clip(foreshortened, 0.1, 1.0))
    return max(float(np.sqrt(1 - cosine**2)) / cosine, LEAST_TANGENT)
