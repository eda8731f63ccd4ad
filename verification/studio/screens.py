"""A picture before the camera: a print held by hand, flat or bent, or the screen of a device.

frame = held(printed(picture), room, Pose(yaw=20.0))
frame = bent(printed(picture), room, Pose(yaw=20.0), bend=Bend(radius=90.0))
frame = glare(held(on_screen(picture), room, Pose()))
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from verification.faces.contracts import Image
from verification.studio.footage import Pose
from verification.studio.pixels import Grid, over, sampled
from verification.studio.sitter import Sitter
from verification.studio.turning import rotation

FILL = 0.94
"""Height of the picture with its border, as a part of the frame's."""

CUT_EDGE = (30, 26, 24)
"""The shadow round a hole in paper, RGB."""

DISTANCE = 2.6
"""From the camera to the picture, in heights of the frame."""


def portrait_part(frame: Image) -> Image:
    """The middle of a frame, as a portrait photograph would show it."""
    height, width = frame.shape[:2]
    half = min(round(height * 0.45), width // 2)
    return np.ascontiguousarray(frame[:, width // 2 - half : width // 2 + half])


def with_eyes(sitter: Sitter, eyes: float) -> Image:
    """A print of the sitter that is cut open at the eyes: 0 open to 1 closed behind it."""
    import cv2

    seen = sitter.draw(Pose(eyes=eyes))
    points = sitter.frame.to_pixels(sitter.face)
    for eye in (points[36:42], points[42:48]):
        middle, half = eye.mean(axis=0), np.ptp(eye[:, 0]) / 2 * 1.25
        rim = max(1, round(half * 0.12))
        place, around = (round(middle[0]), round(middle[1])), (round(half), round(half * 0.7))
        cv2.ellipse(seen, place, around, 0, 0, 360, CUT_EDGE, rim)
    return printed(portrait_part(seen))


def printed(picture: Image) -> Image:
    """A photograph on paper: flatter contrast, a white border."""
    import cv2

    paper = cv2.convertScaleAbs(picture, alpha=0.86, beta=18)
    edge = round(picture.shape[0] * 0.03)
    return _bordered(np.asarray(paper, np.uint8), edge, (235, 233, 228))


def on_screen(picture: Image) -> Image:
    """The picture on a display: its pixel grid, which beats with the camera's, and a dark bezel."""
    import cv2

    lit = cv2.multiply(picture, _pixel_grid(picture.shape[:2]), scale=1 / 235)
    edge = round(picture.shape[0] * 0.04)
    return _bordered(np.asarray(lit, np.uint8), edge, (14, 14, 16))


def _bordered(picture: Image, edge: int, colour: tuple[int, int, int]) -> Image:
    height, width = picture.shape[:2]
    bordered = np.full((height + 2 * edge, width + 2 * edge, 3), colour, np.uint8)
    bordered[edge : edge + height, edge : edge + width] = picture
    return bordered


@lru_cache(maxsize=4)
def _pixel_grid(shape: tuple[int, int]) -> Image:
    """Stripes of red, green and blue, with dark lines between the rows."""
    rows, columns = np.mgrid[: shape[0], : shape[1]]
    stripes = np.stack([columns % 3 == colour for colour in range(3)], axis=2)
    brightness = np.where(stripes, 255, 205) * np.where(rows % 3 == 2, 0.8, 1.0)[..., None]
    return np.asarray(brightness, np.uint8)


def held(picture: Image, room: Image, pose: Pose) -> Image:
    """`picture` in `room`, turned about its middle as `pose` says."""
    import cv2

    size = room.shape[1], room.shape[0]
    homography = _seen(picture.shape[:2], size, pose)
    drawn = cv2.warpPerspective(picture, homography, size, flags=cv2.INTER_LINEAR)
    whole = np.full(picture.shape[:2], 255, np.uint8)
    alpha = cv2.warpPerspective(whole, homography, size, flags=cv2.INTER_LINEAR)
    return over(room, np.asarray(drawn, np.uint8), np.asarray(alpha, np.uint8))


@dataclass(frozen=True, slots=True, kw_only=True)
class Bend:
    """A cylinder that paper is bent round, towards the camera.

    `radius` is in pixels of the picture. The axis stands upright unless the bend is `lying`.
    """

    radius: float
    lying: bool = False


def bent(picture: Image, room: Image, pose: Pose, *, bend: Bend) -> Image:
    """`picture` in `room`, bent, then turned about its middle as `pose` says."""
    size = room.shape[1], room.shape[0]
    scale = _fitted(picture.shape[:2], size)
    points, met = _met(size, pose, bend.radius * scale, across=1 if bend.lying else 0)
    where = points / scale + np.array(picture.shape[1::-1], np.float32) / 2
    inside = met & np.all((where >= 0) & (where < picture.shape[1::-1]), axis=2)
    alpha = np.where(inside, 255, 0).astype(np.uint8)
    return over(room, sampled(picture, where.astype(np.float32)), alpha)


def _met(
    size: tuple[int, int], pose: Pose, radius: float, *, across: int
) -> tuple[Grid, NDArray[np.bool_]]:
    """What each pixel's ray meets on the paper, from its middle, and whether it meets any.

    The paper curves along its axis `across`: 0 to the sides, 1 up and down.
    """
    (width, height), turn = size, rotation(pose).astype(np.float32)
    away = np.float32(DISTANCE * height)
    right, down = np.array(pose.shift) * 0.18 * height
    x = np.arange(width, dtype=np.float32) - np.float32(width / 2 + right)
    y = np.arange(height, dtype=np.float32)[:, None] - np.float32(height / 2 + down)
    rays = [x * turn[0, axis] + y * turn[1, axis] - away * turn[2, axis] for axis in range(3)]
    start = away * turn[2]
    aside, deep = rays[across], rays[2]
    from_axis = start[across], start[2] + np.float32(radius)
    square = aside**2 + deep**2
    half = from_axis[0] * aside + from_axis[1] * deep
    beyond = from_axis[0] ** 2 + from_axis[1] ** 2 - np.float32(radius) ** 2
    inner = half**2 - square * beyond
    far = (-half - np.sqrt(np.maximum(inner, 0))) / square
    points = [start[axis] + rays[axis] * far for axis in range(2)]
    round_it = np.arctan2(points[across], from_axis[1] + deep * far)
    points[across] = np.float32(radius) * round_it
    return np.stack(points, axis=2), inner > 0


def _fitted(shape: tuple[int, int], size: tuple[int, int]) -> float:
    """Pixels of the frame for one of the picture."""
    return min(FILL * size[1] / shape[0], FILL * size[0] / shape[1])


def _seen(shape: tuple[int, int], size: tuple[int, int], pose: Pose) -> NDArray[np.float64]:
    """The homography from the picture's pixels to the frame's."""
    import cv2

    (tall, wide), (width, height) = shape, size
    corners = np.array([[0, 0], [wide, 0], [wide, tall], [0, tall]], np.float64)
    flat = (corners - (wide / 2, tall / 2)) * _fitted(shape, size)
    turned = np.column_stack([flat, np.zeros(4)]) @ rotation(pose).T
    away = DISTANCE * height
    shift = np.array(pose.shift) * 0.18 * height
    seen = turned[:, :2] * (away / (away - turned[:, 2:])) + shift + (width / 2, height / 2)
    source, target = corners.astype(np.float32), seen.astype(np.float32)
    return np.asarray(cv2.getPerspectiveTransform(source, target), np.float64)


def glare(frame: Image) -> Image:
    """The reflection of a lamp on glass, and the slight blur of filming a display."""
    import cv2

    soft = cv2.GaussianBlur(frame, (0, 0), 0.6)
    return np.asarray(cv2.add(soft, _lamp(frame.shape[:2])), np.uint8)


@lru_cache(maxsize=4)
def _lamp(shape: tuple[int, int]) -> Image:
    rows, columns = np.mgrid[: shape[0], : shape[1]]
    across, down = columns / shape[1] - 0.66, rows / shape[0] - 0.2
    light = 70 * np.exp(-((across / 0.09) ** 2) - (down / 0.14) ** 2)
    return np.repeat(light[..., None], 3, axis=2).astype(np.uint8)
