"""How far each eye is open, against the person's own open eyes.

The eye aspect ratio: the height of the eye over its width, from its six landmarks (Soukupová and
Čech, Real-Time Eye Blink Detection using Facial Landmarks, 2016).

>>> eye = np.array([[0, 0], [1, -1], [2, -1], [3, 0], [2, 1], [1, 1]], float)
>>> landmarks = np.tile(eye, (1, 12, 1))[:, :68]
>>> aspect_ratios(landmarks).round(2).tolist()
[[0.67, 0.67]]
"""

import numpy as np
from numpy.typing import NDArray

EYES = ((36, 37, 38, 39, 40, 41), (42, 43, 44, 45, 46, 47))
"""Of each eye, image-left first: a corner, the upper lid twice, the other corner, the lower lid."""


def aspect_ratios(landmarks: NDArray[np.floating]) -> NDArray[np.float64]:
    """Height over width of both eyes, n x 2, of n x 68 x 2 landmarks; NaN where there are none."""
    points = np.asarray(landmarks, np.float64)
    ratios = []
    for corner, first, second, other, third, fourth in EYES:
        tall = _apart(points, first, fourth) + _apart(points, second, third)
        wide = np.maximum(_apart(points, corner, other), 1e-6)
        ratios.append(tall / (2 * wide))
    return np.stack(ratios, axis=1)


def openness(landmarks: NDArray[np.floating], usual: NDArray[np.bool_]) -> NDArray[np.float64]:
    """`aspect_ratios` over their own medians in the `usual` frames: 1 is as open as usual, n x 2.

    NaN throughout where no usual frame has landmarks.
    """
    ratios = aspect_ratios(landmarks)
    known = usual & np.isfinite(ratios).all(axis=1)
    if not known.any():
        return np.full_like(ratios, np.nan)
    return ratios / np.maximum(np.median(ratios[known], axis=0), 1e-6)


def _apart(points: NDArray[np.float64], one: int, other: int) -> NDArray[np.float64]:
    return np.asarray(np.linalg.norm(points[:, one] - points[:, other], axis=1))
