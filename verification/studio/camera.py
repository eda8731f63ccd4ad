"""What a webcam adds to a scene: noise.

for frame in filmed(frames, noise=1.5, seed=1):
    ...
"""

from collections.abc import Iterable, Iterator

import numpy as np

from verification.faces.contracts import Image
from verification.studio.footage import generator

SLACK = 64
"""The noise field is this much larger than a frame; each frame sees another part of it."""


def filmed(frames: Iterable[Image], *, noise: float, seed: int) -> Iterator[Image]:
    """`frames` with sensor noise of standard deviation `noise`, of 255."""
    import cv2

    rng = generator(seed, "sensor")
    field: np.ndarray[tuple[int, ...], np.dtype[np.int16]] | None = None
    for frame in frames:
        height, width = frame.shape[:2]
        if field is None:
            drawn = rng.standard_normal((height + SLACK, width + SLACK, 3), np.float32) * noise
            field = np.rint(drawn).astype(np.int16)
        top, left = rng.integers(0, SLACK, 2)
        part = field[top : top + height, left : left + width]
        yield np.asarray(cv2.add(frame, part, dtype=cv2.CV_8U), np.uint8)
