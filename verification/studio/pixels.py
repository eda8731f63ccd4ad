"""Three things that every picture of the studio is made with.

sampled: a picture looked up at given places; placed: a picture moved and zoomed into another
size; over: one picture laid over another.

    drawn = over(room, sampled(texture, where), sampled(alpha, where))
"""

from typing import Any, TypeVar, cast

import numpy as np
from numpy.typing import NDArray

from verification.faces.contracts import Image

Grid = NDArray[np.float32]
Alpha = NDArray[np.uint8]
"""Height x width, 0 transparent to 255 opaque."""

Picture = TypeVar("Picture", NDArray[np.uint8], NDArray[np.float32])


def sampled(picture: Picture, where: Grid) -> Picture:
    """`picture` at the pixels `where`, height x width x 2, of x and y; its edge lies around it."""
    import cv2

    one_map = cast("Any", None)  # cv2's types do not know that two channels need no second map
    drawn = cv2.remap(picture, where, one_map, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(drawn, picture.dtype)


def placed(
    picture: Picture, size: tuple[int, int], *, zoom: float, shift: tuple[float, float]
) -> Picture:
    """`picture` zoomed, then shifted, in a frame of `size`; its edge lies around it."""
    import cv2

    matrix = np.array([[zoom, 0.0, shift[0]], [0.0, zoom, shift[1]]])
    drawn = cv2.warpAffine(
        picture, matrix, size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
    )
    return np.asarray(drawn, picture.dtype)


def over(below: Image, above: Image, alpha: Alpha) -> Image:
    """`above` over `below`, in whole numbers."""
    import cv2

    cover = cv2.merge([alpha, alpha, alpha])
    kept = cv2.multiply(below, cv2.bitwise_not(cover), scale=1 / 255)
    return np.asarray(cv2.add(cv2.multiply(above, cover, scale=1 / 255), kept), np.uint8)
