"""Cut a person out of a still, and what the still's room looks like without them.

mask = person(image, landmarks)
room = empty_room(image, mask)
"""

import numpy as np
from numpy.typing import NDArray

from verification.faces.contracts import Image, Points
from verification.studio.relief import FaceFrame, frame_of

Mask = NDArray[np.float32]
"""Height x width, 0 room to 1 person."""


def person(image: Image, landmarks: Points) -> Mask:
    """Where the person is, by GrabCut started from the face and the shoulders under it."""
    import cv2

    labels = _guess(image.shape[:2], frame_of(landmarks))
    cv2.setRNGSeed(0)
    room, figure = np.zeros((1, 65)), np.zeros((1, 65))
    cv2.grabCut(image, labels, (0, 0, 0, 0), room, figure, 4, cv2.GC_INIT_WITH_MASK)
    inside = np.isin(labels, (cv2.GC_FGD, cv2.GC_PR_FGD)).astype(np.uint8)
    closed = cv2.morphologyEx(inside, cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8))
    solid = _largest(np.asarray(closed, np.uint8))
    smaller = cv2.erode(solid, np.ones((3, 3), np.uint8))
    return np.asarray(cv2.GaussianBlur(smaller.astype(np.float32), (0, 0), 1.2), np.float32)


def _guess(shape: tuple[int, int], frame: FaceFrame) -> NDArray[np.uint8]:
    """GrabCut's labels: the face is certain, hair and shoulders are likely, far away is room."""
    import cv2

    rows, columns = np.mgrid[: shape[0], : shape[1]]
    pixels = np.stack([columns.ravel(), rows.ravel()], axis=1)
    x, y = (axis.reshape(shape) for axis in frame.from_pixels(pixels).T)
    labels = np.full(shape, cv2.GC_BGD, np.uint8)
    shoulders = (y > 1.2) & (np.abs(x) < 0.9 + 1.9 * (y - 1.2))
    labels[(np.hypot(x / 2.4, (y + 0.1) / 2.7) < 1) | shoulders] = cv2.GC_PR_BGD
    trunk = (y > 1.7) & (np.abs(x) < 0.8 + 1.2 * (y - 1.7))
    labels[(np.hypot(x / 1.6, (y + 0.1) / 2.0) < 1) | trunk] = cv2.GC_PR_FGD
    chest = (y > 1.4) & (np.abs(x) < 0.5)
    labels[(np.hypot(x / 0.9, (y - 0.4) / 1.4) < 1) | chest] = cv2.GC_FGD
    return labels


def _largest(mask: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The largest connected part, with its holes filled."""
    import cv2

    outlines, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    largest = max(outlines, key=cv2.contourArea)
    filled = cv2.drawContours(np.zeros_like(mask), [largest], -1, (1,), cv2.FILLED)
    return np.asarray(filled, np.uint8)


def empty_room(image: Image, mask: Mask) -> Image:
    """The still's background out of focus, spread over where the person was."""
    import cv2

    blur = max(image.shape) / 20
    away = 1.0 - cv2.dilate(mask, np.ones((9, 9), np.uint8))
    weight = cv2.GaussianBlur(away, (0, 0), blur) + 1e-4
    mean = image.reshape(-1, 3).mean(axis=0)
    lit = cv2.GaussianBlur(image * away[..., None], (0, 0), blur) + 1e-4 * mean
    return np.asarray(np.clip(lit / weight[..., None], 0, 255), np.uint8)
