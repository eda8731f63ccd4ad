"""Which way a head is turned, from five points: pure arithmetic, no model.

The measures are proportions of the face itself, so that they change neither with its size nor
with its place nor with the tilt of the camera. They are not degrees: each person's own straight
look is the baseline that turns are measured against.

    >>> five = np.array([[40, 50], [80, 50], [64, 74], [44, 95], [76, 95]], np.float32)
    >>> round(pose_of(five).yaw, 2), round(pose_of(five).pitch, 2)
    (0.1, 0.53)
"""

import math
from dataclasses import dataclass

import numpy as np

from verification.faces.contracts import Points

LEAST_EYE_DISTANCE = 2.0
"""Pixels; below it five points tell nothing about a pose."""


_LEFT_EYE, _RIGHT_EYE = slice(36, 42), slice(42, 48)
_NOSE_TIP, _LEFT_CORNER, _RIGHT_CORNER = 30, 48, 54


@dataclass(frozen=True, slots=True, kw_only=True)
class Pose:
    """Where the nose stands between eyes and mouth; NaN where the points allow no answer.

    `yaw`: along the line of the eyes, from their middle, in eye distances. It grows as persons
    turn to their own left, which is the image's right. `pitch`: across that line, as a share of
    the way from the eyes to the mouth. It shrinks as they look up. `roll`: degrees, clockwise.
    """

    yaw: float
    pitch: float
    roll: float


NO_POSE = Pose(yaw=math.nan, pitch=math.nan, roll=math.nan)


def pose_of(five: Points) -> Pose:
    """The pose of a face with the five points of `verification.faces.contracts.Face`."""
    points = np.asarray(five, dtype=np.float64)
    if points.shape != (5, 2) or not np.isfinite(points).all():
        return NO_POSE
    left_eye, right_eye, nose, left_mouth, right_mouth = points
    middle = (left_eye + right_eye) / 2
    across = right_eye - left_eye
    distance = float(np.hypot(*across))
    if distance < LEAST_EYE_DISTANCE:
        return NO_POSE
    along = across / distance
    down = np.array([-along[1], along[0]])
    mouth = float(((left_mouth + right_mouth) / 2 - middle) @ down)
    if mouth < LEAST_EYE_DISTANCE:
        return NO_POSE
    return Pose(
        yaw=float((nose - middle) @ along) / distance,
        pitch=float((nose - middle) @ down) / mouth,
        roll=math.degrees(math.atan2(across[1], across[0])),
    )


def five_of(landmarks: Points) -> Points:
    """Eye centres, nose tip and mouth corners of the 68 iBUG points, image-left first."""
    return np.stack(
        [
            landmarks[_LEFT_EYE].mean(axis=0),
            landmarks[_RIGHT_EYE].mean(axis=0),
            landmarks[_NOSE_TIP],
            landmarks[_LEFT_CORNER],
            landmarks[_RIGHT_CORNER],
        ]
    ).astype(np.float32)
