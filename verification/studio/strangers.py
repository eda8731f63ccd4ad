"""Another person, made from an actor where no second still is at hand.

The features are moved (eyes closer together and lower, nose shorter and wider, lips thinner, chin
longer) by a thin-plate spline, and the colours changed: far enough that a recognizer sees someone
else, near enough that a detector still sees a face. dlib's ResNet puts the astronaut's stranger
at 0.68 to 0.74 from the astronaut over the turns, where 0.6 is its threshold.

    other = stranger(astronaut())
"""

from functools import cache

import numpy as np
from numpy.typing import NDArray

from verification.faces.contracts import Image
from verification.studio.actors import Actor, matte_of
from verification.studio.pixels import sampled
from verification.studio.relief import frame_of

JAW, BROWS, NOSE, LEFT_EYE, RIGHT_EYE, MOUTH = (
    slice(0, 17),
    slice(17, 27),
    slice(27, 36),
    slice(36, 42),
    slice(42, 48),
    slice(48, 68),
)
"""Parts of the 68 landmarks."""

REST = 3.2
"""Beyond this many eye distances from the face nothing moves."""


@cache
def stranger(actor: Actor) -> Actor:
    """Someone else in the same clothes, always the same one for the same actor."""
    frame = frame_of(actor.landmarks)
    before = frame.from_pixels(actor.landmarks)
    after = _other_features(before)
    landmarks = frame.to_pixels(after).astype(np.float32)
    new, old = frame.to_pixels(_anchored(after)), frame.to_pixels(_anchored(before))
    where = _places(new, old, actor.image.shape[:2])
    image = _other_colours(sampled(actor.image, where))
    return Actor(image=image, landmarks=landmarks, matte=sampled(matte_of(actor), where))


def _other_features(face: NDArray[np.floating]) -> NDArray[np.float64]:
    """The landmarks of the other face, in face coordinates."""
    other = np.array(face, np.float64)
    other[JAW, 1] += 0.17 * np.clip(other[JAW, 1], 0, 2)
    other[BROWS] = other[BROWS] * (1.08, 1.36)
    _scale(other, NOSE, (1.2, 0.86), anchor=other[27].copy())
    for eye, inwards in ((LEFT_EYE, 0.1), (RIGHT_EYE, -0.1)):
        _scale(other, eye, (1.12, 0.8), anchor=other[eye].mean(axis=0))
        other[eye] += (inwards, 0.07)
    _scale(other, MOUTH, (0.95, 0.6), anchor=other[MOUTH].mean(axis=0))
    return other


def _scale(
    points: NDArray[np.float64],
    part: slice,
    factors: tuple[float, float],
    *,
    anchor: NDArray[np.float64],
) -> None:
    points[part] = anchor + (points[part] - anchor) * factors


def _anchored(face: NDArray[np.floating]) -> NDArray[np.float64]:
    """The landmarks with a ring around them that stays where it is."""
    angles = np.linspace(0, 2 * np.pi, 16, endpoint=False)
    ring = REST * np.stack([np.cos(angles), np.sin(angles)], axis=1) + (0.0, 0.5)
    return np.concatenate([np.asarray(face, np.float64), ring])


def _places(
    new: NDArray[np.float64], old: NDArray[np.float64], shape: tuple[int, ...]
) -> NDArray[np.float32]:
    """For each pixel of the new image the place in the old one, by a thin-plate spline."""
    import cv2
    from skimage.transform import ThinPlateSplineTransform

    spline = ThinPlateSplineTransform.from_estimate(new, old)
    height, width = shape
    rows, columns = np.mgrid[0:height:4, 0:width:4]
    grid = spline(np.stack([columns.ravel(), rows.ravel()], axis=1).astype(np.float64))
    moved = np.asarray(grid, np.float32).reshape(*rows.shape, 2)
    zoom = np.array([[4.0, 0.0, 0.0], [0.0, 4.0, 0.0]])
    fine = cv2.warpAffine(moved, zoom, (width, height), borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(fine, np.float32)


def _other_colours(image: Image) -> Image:
    """Paler skin, a dimmer and colder light."""
    light = (image / np.float32(255)) ** np.array([0.95, 0.85, 0.7], np.float32)
    return np.asarray(light * 235, np.uint8)
