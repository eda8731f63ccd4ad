"""Where each pixel of a frame looks on the still of a head that has turned.

The still is a texture on the surface that `relief` guesses. The ray of each pixel is met with that
surface by a fixed-point iteration, as in parallax mapping, for every fourth pixel; those between
are interpolated. The neck passes smoothly from the turning head to the resting shoulders.

    turning = Turning(frame, face, rows=(0, 720), columns=(200, 1000))
    where = turning.lookup(Pose(yaw=25.0))
"""

import numpy as np
from numpy.typing import NDArray

from verification.studio.footage import Pose
from verification.studio.pixels import Grid, sampled
from verification.studio.relief import FaceFrame, depth, patch_of

COARSE = 4
"""Rays are traced for every so many-th pixel."""

CAMERA = 10.0
"""Distance of the camera in eye distances: 63 cm."""

PIVOT = np.array([0.0, 0.9, -1.3])
"""What a head turns about, in face coordinates: the top of the neck, behind the eyes."""

REACH, STEP = 5.0, 0.03
"""The depth is tabulated this far from the face's origin, at these steps, in eye distances."""

ROUNDS = 7
"""Rounds of the iteration: the error is below a pixel for slopes that `relief` allows."""


class Turning:
    """The rays of one region of a frame.

    `frame` are the face coordinates of the picture, `face` the 68 landmarks in them.
    """

    def __init__(
        self,
        frame: FaceFrame,
        face: NDArray[np.floating],
        *,
        rows: tuple[int, int],
        columns: tuple[int, int],
    ) -> None:
        self._frame = frame
        self._shape = rows[1] - rows[0], columns[1] - columns[0]
        beyond = tuple(length // COARSE * COARSE + COARSE + 1 for length in self._shape)
        fine = patch_of(frame, (rows[0], rows[0] + beyond[0]), (columns[0], columns[0] + beyond[1]))
        self._x, self._y = fine.x[::COARSE, ::COARSE], fine.y[::COARSE, ::COARSE]
        self._follows = _following(self._x, self._y, chin=float(face[8, 1]))
        steps = np.arange(-REACH, REACH, STEP, dtype=np.float32)
        self._depth = depth(face, *np.meshgrid(steps, steps))

    def lookup(self, pose: Pose) -> Grid:
        """Pixels of the picture at rest, height x width x 2, for each pixel of the region."""
        seen_x, seen_y = self._traced(pose)
        x = self._x + (seen_x - self._x) * self._follows
        y = self._y + (seen_y - self._y) * self._follows
        pixels = self._frame.to_pixels(np.stack([x.ravel(), y.ravel()], axis=1))
        return _refined(pixels.astype(np.float32).reshape(*x.shape, 2), self._shape)

    def _traced(self, pose: Pose) -> tuple[Grid, Grid]:
        """Face coordinates at rest of what each ray meets when the head is in `pose`."""
        turn = rotation(pose).astype(np.float32)
        camera = np.array([0.0, 0.0, CAMERA], np.float32)
        eye = turn.T @ (camera - PIVOT - np.array([*pose.shift, 0.0])) + PIVOT
        right, down, deep = (
            turn[0, axis] * self._x + turn[1, axis] * self._y - turn[2, axis] * CAMERA
            for axis in range(3)
        )
        slope_x, slope_y = right / deep, down / deep
        height = np.full_like(self._x, -0.3)
        for _ in range(ROUNDS):
            shrink = CAMERA / (CAMERA - height)
            seen_x = (np.float32(eye[0]) + (height - np.float32(eye[2])) * slope_x) * shrink
            seen_y = (np.float32(eye[1]) + (height - np.float32(eye[2])) * slope_y) * shrink
            where = np.dstack([seen_x + REACH, seen_y + REACH]) / STEP
            height = sampled(self._depth, where.astype(np.float32))
        return seen_x, seen_y


def rotation(pose: Pose) -> NDArray[np.float64]:
    """The rotation of a head in `pose`: x right, y down, z to the camera.

    >>> nose = rotation(Pose(yaw=20.0)) @ (0.0, 0.0, 1.0)
    >>> bool(nose[0] > 0.3)
    True
    """
    cos_yaw, cos_pitch, cos_roll = np.cos(np.radians([pose.yaw, pose.pitch, pose.roll]))
    sin_yaw, sin_pitch, sin_roll = np.sin(np.radians([pose.yaw, pose.pitch, pose.roll]))
    aside = np.array([[cos_yaw, 0, sin_yaw], [0, 1, 0], [-sin_yaw, 0, cos_yaw]])
    nod = np.array([[1, 0, 0], [0, cos_pitch, -sin_pitch], [0, sin_pitch, cos_pitch]])
    tilt = np.array([[cos_roll, -sin_roll, 0], [sin_roll, cos_roll, 0], [0, 0, 1]])
    return np.asarray(tilt @ aside @ nod, np.float64)


def _following(x: Grid, y: Grid, *, chin: float) -> Grid:
    """How much each ray follows the head: 1 on it, 0 on the shoulders and at the sides."""
    neck = np.clip((y - chin - 0.15) / 1.3, 0, 1)
    side = np.clip((np.abs(x) - 2.1) / 1.8, 0, 1)
    still = [part**2 * (3 - 2 * part) for part in (neck, side)]
    return np.asarray((1 - still[0]) * (1 - still[1]), np.float32)


def _refined(coarse: Grid, shape: tuple[int, int]) -> Grid:
    """The map of every `COARSE`-th pixel, interpolated to all of `shape`."""
    import cv2

    rows, columns = coarse.shape[:2]
    matrix = np.array([[COARSE, 0.0, 0.0], [0.0, COARSE, 0.0]])
    size = columns * COARSE, rows * COARSE
    fine = cv2.warpAffine(coarse, matrix, size, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(fine[: shape[0], : shape[1]], np.float32)
