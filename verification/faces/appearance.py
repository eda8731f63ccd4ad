"""How a face looks in one picture: size, focus, light, framing. Measures only, no judgement.

    seen = appearance_of(still.image, still.face)
    seen.eye_distance, seen.dark

The face is first brought upright and to `SIDE` pixels by its five points, so that the measures
mean the same whichever detector found it. What is measured follows the quality components of
ISO/IEC 29794-5 in spirit; the arithmetic is our own, and so are its scales.

    >>> grey = np.full((200, 200, 3), 120, np.uint8)
    >>> five = np.array([[80, 80], [120, 80], [100, 100], [85, 125], [115, 125]], np.float32)
    >>> face = Face(box=(60, 50, 140, 150), score=1.0, five=five, landmarks=None)
    >>> seen = appearance_of(grey, face)
    >>> seen.eye_distance, seen.sharpness, seen.contrast, seen.inside
    (40.0, 0.0, 0.0, 1.0)
"""

import math
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from verification.faces.contracts import Face, Image, Points
from verification.faces.geometry import pose_of

Luma = NDArray[np.uint8]
"""Grey levels of the upright face: `SIDE` x `SIDE`."""

SIDE = 128
CANONICAL = np.array([(44, 50), (84, 50), (64, 74), (48, 98), (80, 98)], np.float64)
"""Where eyes, nose and mouth corners lie in the upright face: a mean face, eyes 40 pixels apart."""
EYES = (np.s_[42:60, 32:56], np.s_[42:60, 72:96])
MOUTH = np.s_[90:110, 46:82]
CHEEKS = (np.s_[66:82, 34:48], np.s_[66:82, 80:94])
"""Parts of the upright face, its brows left out."""
DARKEST, BRIGHTEST = 20, 250
"""Luma at or beyond these holds no detail of skin."""
LEAST_SIZE = 1.0
"""Eye distance in pixels below which there is nothing to measure."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Appearance:
    """Measures of one face in one picture; NaN where there is nothing to measure.

    `eye_distance`: pixels of the picture. `sharpness`: variance of the Laplacian of the upright
    face. `mean`: mean luma, 0 to 255. `dark`, `bright`: share of the skin at luma 20 or less, 250
    or more. `contrast`: luma from the 5th to the 95th percentile. `imbalance`: difference of the
    mean luma of both halves over their sum, 0 (even) to 1. `noise`: standard deviation of what a
    median of 3 x 3 removes where the skin is smooth, in luma. `inside`: share of the upright face,
    with its surroundings, that lies in the picture. `eye_detail`, `mouth_detail`: standard
    deviation of the luma around the eyes and the mouth. `redness`: how much redder the lips are
    than the cheeks, on CIE Lab's axis a. `yaw`: as in `verification.faces.geometry`. `roll`:
    degrees.
    """

    eye_distance: float
    sharpness: float
    mean: float
    dark: float
    bright: float
    contrast: float
    imbalance: float
    noise: float
    inside: float
    eye_detail: float
    mouth_detail: float
    redness: float
    yaw: float
    roll: float


NOTHING = Appearance(
    eye_distance=math.nan,
    sharpness=math.nan,
    mean=math.nan,
    dark=math.nan,
    bright=math.nan,
    contrast=math.nan,
    imbalance=math.nan,
    noise=math.nan,
    inside=math.nan,
    eye_detail=math.nan,
    mouth_detail=math.nan,
    redness=math.nan,
    yaw=math.nan,
    roll=math.nan,
)


def appearance_of(image: Image, face: Face) -> Appearance:
    """Measure `face` in `image`; `NOTHING` where its five points are no face."""
    matrix = alignment_of(face)
    if matrix is None:
        return NOTHING
    colours, valid = _warped(image, matrix)
    luma = _luma(colours)
    skin = luma[_skin() & valid]
    if not skin.size:
        return NOTHING
    pose = pose_of(face.five)
    low, high = np.percentile(skin, (5, 95))
    return Appearance(
        eye_distance=float(np.hypot(*(face.five[1] - face.five[0]))),
        sharpness=sharpness_of(luma),
        mean=float(skin.mean()),
        dark=float((skin <= DARKEST).mean()),
        bright=float((skin >= BRIGHTEST).mean()),
        contrast=float(high - low),
        imbalance=_imbalance(luma, valid),
        noise=_noise(luma, valid),
        inside=float(valid.mean()),
        eye_detail=float(np.mean([luma[part].std() for part in EYES])),
        mouth_detail=float(luma[MOUTH].std()),
        redness=_redness(colours),
        yaw=pose.yaw,
        roll=pose.roll,
    )


def alignment_of(face: Face) -> NDArray[np.float64] | None:
    """What brings `face` upright; None where its five points are no face's."""
    points = np.asarray(face.five, np.float64)
    if points.shape != (5, 2) or not np.isfinite(points).all():
        return None
    if np.hypot(*(points[1] - points[0])) < LEAST_SIZE:
        return None
    return upright(points)


def upright(points: Points | NDArray[np.float64]) -> NDArray[np.float64]:
    """The 2 x 3 similarity that brings five points nearest to `CANONICAL` (least squares)."""
    source = np.asarray(points, np.float64) @ (1, 1j)
    target = CANONICAL @ (1, 1j)
    middle, aim = source.mean(), target.mean()
    away = source - middle
    turn = (away.conj() @ (target - aim)) / max(float((away.conj() @ away).real), 1e-9)
    shift = aim - turn * middle
    return np.array([[turn.real, -turn.imag, shift.real], [turn.imag, turn.real, shift.imag]])


def sharpness_of(luma: Luma) -> float:
    """The variance of the Laplacian."""
    import cv2

    return float(cv2.Laplacian(luma, cv2.CV_64F).var())


def _luma(colours: Image) -> Luma:
    import cv2

    return np.asarray(cv2.cvtColor(colours, cv2.COLOR_RGB2GRAY), np.uint8)


def _redness(colours: Image) -> float:
    """The lips are a part of the mouth's region only, hence its upper quartile."""
    import cv2

    red = cv2.cvtColor(colours, cv2.COLOR_RGB2LAB)[:, :, 1].astype(np.float64)
    cheeks = np.concatenate([red[part].ravel() for part in CHEEKS])
    return float(np.percentile(red[MOUTH], 75) - np.median(cheeks))


def _warped(image: Image, matrix: NDArray[np.float64]) -> tuple[Image, NDArray[np.bool_]]:
    """The upright face in colour, and which of its pixels the picture has."""
    import cv2

    picture, matrix = _reduced(image, matrix)
    valid = cv2.warpAffine(
        np.full(picture.shape[:2], 255, np.uint8), matrix, (SIDE, SIDE), flags=cv2.INTER_NEAREST
    )
    warped = cv2.warpAffine(picture, matrix, (SIDE, SIDE), borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(warped, np.uint8), valid > 0


def _reduced(image: Image, matrix: NDArray[np.float64]) -> tuple[Image, NDArray[np.float64]]:
    """A large face averaged down first: warping alone would skip pixels and look sharp."""
    import cv2

    scale = float(np.hypot(matrix[0, 0], matrix[1, 0]))
    if scale >= 0.7:
        return np.ascontiguousarray(image), matrix
    height, width = image.shape[:2]
    size = max(1, round(width * scale)), max(1, round(height * scale))
    small = np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)
    scaled = matrix.copy()
    scaled[:, 0] *= width / size[0]
    scaled[:, 1] *= height / size[1]
    return small, scaled


@cache
def _skin() -> NDArray[np.bool_]:
    """The oval from the brows to the chin."""
    down, across = np.mgrid[:SIDE, :SIDE]
    oval: NDArray[np.bool_] = ((across - 64) / 38) ** 2 + ((down - 74) / 46) ** 2 <= 1
    return oval


def _imbalance(luma: Luma, valid: NDArray[np.bool_]) -> float:
    skin = _skin() & valid
    halves = [luma[:, side][skin[:, side]] for side in (slice(0, 64), slice(64, SIDE))]
    if not all(half.size for half in halves):
        return math.nan
    left, right = (float(half.mean()) for half in halves)
    return abs(left - right) / max(left + right, 1.0)


def _noise(luma: Luma, valid: NDArray[np.bool_]) -> float:
    """Edges are no noise: only the flattest quarter of the skin is looked at."""
    import cv2

    smooth = cv2.GaussianBlur(luma, (0, 0), 3).astype(np.float64)
    slope = np.hypot(*np.gradient(smooth))
    rest = luma.astype(np.float64) - cv2.medianBlur(luma, 3)
    skin = _skin() & valid
    flat = skin & (slope <= np.percentile(slope[skin], 25))
    return float(rest[flat].std())
