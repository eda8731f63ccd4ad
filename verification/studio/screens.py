"""A flat picture before the camera: a print held by hand, or the screen of a device.

frame = held(printed(picture), room, Pose(yaw=20.0))
frame = glare(held(on_screen(picture), room, Pose()))
"""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from verification.faces.contracts import Image
from verification.studio.footage import Pose
from verification.studio.pixels import over
from verification.studio.turning import rotation

FILL = 0.94
"""Height of the picture with its border, as a part of the frame's."""

DISTANCE = 2.6
"""From the camera to the picture, in heights of the frame."""


def portrait_part(frame: Image) -> Image:
    """The middle of a frame, as a portrait photograph would show it."""
    height, width = frame.shape[:2]
    half = min(round(height * 0.45), width // 2)
    return np.ascontiguousarray(frame[:, width // 2 - half : width // 2 + half])


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


def _seen(shape: tuple[int, int], size: tuple[int, int], pose: Pose) -> NDArray[np.float64]:
    """The homography from the picture's pixels to the frame's."""
    import cv2

    (tall, wide), (width, height) = shape, size
    corners = np.array([[0, 0], [wide, 0], [wide, tall], [0, tall]], np.float64)
    scale = min(FILL * height / tall, FILL * width / wide)
    flat = (corners - (wide / 2, tall / 2)) * scale
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
