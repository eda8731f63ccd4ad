"""What differs from one session to the next besides the person: light, and where they sit.

>>> Light().is_plain, Framing().face
(True, 0.36)
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from verification.faces.contracts import Image

LIT = 128
"""What a side light multiplies by, as a whole number: 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Light:
    """How a frame is exposed: `gain` and `gamma` of its values, 0 to 1, and a light from a side.

    `side` is -1 to 1: the image's left or right edge gets so much more light than the middle, and
    the other edge so much less.
    """

    gain: float = 1.0
    gamma: float = 1.0
    side: float = 0.0

    @property
    def is_plain(self) -> bool:
        """Whether it changes nothing."""
        return self == Light()


@dataclass(frozen=True, slots=True, kw_only=True)
class Framing:
    """Where the face is at rest.

    `face` is from the brows to the chin, as a part of the frame's height; `across` and `down` are
    where its middle is, as parts of the frame's width and height.
    """

    face: float = 0.36
    across: float = 0.5
    down: float = 0.43


def lit(frames: Iterable[Image], light: Light) -> Iterator[Image]:
    """`frames` under `light`."""
    if light.is_plain:
        yield from frames
        return
    import cv2

    curve = _curve(light)
    field: NDArray[np.uint8] | None = None
    for frame in frames:
        shown = cv2.LUT(frame, curve)
        if light.side:
            field = _field(frame.shape, light.side) if field is None else field
            shown = cv2.multiply(shown, field, scale=1 / LIT)
        yield np.asarray(shown, np.uint8)


def _curve(light: Light) -> NDArray[np.uint8]:
    """What becomes of each value."""
    values = light.gain * (np.arange(256) / 255) ** light.gamma
    return np.asarray(np.rint(np.clip(values, 0, 1) * 255), np.uint8)


def _field(shape: tuple[int, ...], side: float) -> NDArray[np.uint8]:
    """How much light falls on each pixel, in parts of `LIT`."""
    across = 1.0 + side * np.linspace(-1.0, 1.0, shape[1])
    return np.ascontiguousarray(
        np.broadcast_to(np.clip(across * LIT, 0, 255).astype(np.uint8)[None, :, None], shape)
    )
