"""The depth of a face, guessed from its 68 landmarks.

A smooth head with a nose, eye sockets, lips and chin put where the landmarks are. No slope is so
steep that a turn of 27° would hide one part of the surface behind another, so a turned head can be
drawn without tears. Proportions: the usual anthropometric means, with the eyes 63 mm apart.

    >>> frame = FaceFrame(origin=(100.0, 50.0), unit=40.0, tilt=0.0)
    >>> frame.to_pixels(np.array([[0.0, 1.0]])).tolist()
    [[100.0, 90.0]]
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from verification.faces.contracts import Points
from verification.studio.pixels import Grid

BACK = 1.8
"""How far the head reaches behind the brow, in eye distances; there the surface levels off."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FaceFrame:
    """Coordinates of a face: the origin between the eyes, `unit` pixels from eye to eye.

    x runs along the eyes to the image's right, y down the face; `tilt` is in radians.
    """

    origin: tuple[float, float]
    unit: float
    tilt: float

    def to_pixels(self, points: NDArray[np.floating]) -> NDArray[np.float64]:
        """Pixels of n x 2 face coordinates."""
        return np.asarray(points, np.float64) @ self._axes() * self.unit + self.origin

    def from_pixels(self, points: NDArray[np.floating]) -> NDArray[np.float64]:
        """Face coordinates of n x 2 pixels."""
        return (np.asarray(points, np.float64) - self.origin) @ self._axes().T / self.unit

    def _axes(self) -> NDArray[np.float64]:
        cos, sin = np.cos(self.tilt), np.sin(self.tilt)
        return np.array([[cos, sin], [-sin, cos]])


def frame_of(landmarks: Points) -> FaceFrame:
    """The face coordinates of 68 landmarks."""
    left, right = landmarks[36:42].mean(axis=0), landmarks[42:48].mean(axis=0)
    across, middle = right - left, (left + right) / 2
    return FaceFrame(
        origin=(float(middle[0]), float(middle[1])),
        unit=float(np.hypot(across[0], across[1])),
        tilt=float(np.arctan2(across[1], across[0])),
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Patch:
    """A rectangle of the texture, with the face coordinates of its pixels."""

    rows: slice
    columns: slice
    x: Grid
    y: Grid


def patch_of(frame: FaceFrame, rows: tuple[int, int], columns: tuple[int, int]) -> Patch:
    """The rectangle of pixels `rows` x `columns`, upper bounds excluded."""
    down, right = np.mgrid[rows[0] : rows[1], columns[0] : columns[1]]
    face = frame.from_pixels(np.stack([right.ravel(), down.ravel()], axis=1))
    x, y = (axis.reshape(down.shape).astype(np.float32) for axis in face.T)
    return Patch(rows=slice(*rows), columns=slice(*columns), x=x, y=y)


def depth(face: NDArray[np.floating], x: Grid, y: Grid) -> Grid:
    """Depth towards the camera, in eye distances, at face coordinates `x` and `y`.

    `face` are the 68 landmarks in face coordinates. 0 is about the height of the brow.
    """
    round_off = np.sqrt(1.0 + (x / 0.75) ** 2 + ((y - 0.3) / 1.6) ** 2) - 1.0
    head = -BACK * np.tanh(round_off / BACK)
    for middle in (face[36:42].mean(axis=0), face[42:48].mean(axis=0)):
        head -= 0.10 * _bump(x, y, middle, (0.26, 0.22))
    mouth, chin = face[48:60].mean(axis=0), face[8] - (0.0, 0.2)
    head += 0.10 * _bump(x, y, mouth, (0.42, 0.28)) + 0.12 * _bump(x, y, chin, (0.35, 0.28))
    return np.asarray(head + _nose(face, x, y), np.float32)


def _bump(x: Grid, y: Grid, middle: NDArray[np.floating], size: tuple[float, float]) -> Grid:
    squared = ((x - middle[0]) / size[0]) ** 2 + ((y - middle[1]) / size[1]) ** 2
    return np.asarray(np.exp(-squared / 2), np.float32)


def _nose(face: NDArray[np.floating], x: Grid, y: Grid) -> Grid:
    """A ridge that rises from the bridge (27) to the tip (30) and ends above the lip (33)."""
    root, tip, base = face[27], face[30], face[33]
    down = (y - root[1]) / max(tip[1] - root[1], 0.1)
    middle = root[0] + (tip[0] - root[0]) * np.clip(down, 0.0, 1.0)
    rise = np.clip(down, 0.0, 1.0) ** 1.3
    fall = np.exp(-0.5 * (np.maximum(y - tip[1], 0.0) / max(base[1] - tip[1], 0.13)) ** 2)
    wide = 0.16 + 0.10 * np.clip(down, 0.0, 1.0)
    across = np.exp(-0.5 * ((x - middle) / wide) ** 2)
    bump = 0.35 * rise * fall * across + 0.06 * across * (down > 0) * fall
    return np.asarray(bump, np.float32)
