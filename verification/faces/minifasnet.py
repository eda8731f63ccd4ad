"""MiniFASNet: tells a living face from a print or a screen (Minivision, 2020; Apache-2.0).

    passive = MiniFasNet({2.7: pack / "passive/v2.onnx", 4.0: pack / "passive/v1se.onnx"},
                         sha256=component.sha256)
    passive.score(image, face)                   # 0 (a picture of a face) to 1 (a face)

Each network looks at the face with another share of its surroundings, which is its scale; their
probabilities are averaged. The networks know boxes that end at the hairline and the chin: detectors
disagree about boxes, so that this one is laid around the five points.
"""

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from verification.faces.appearance import alignment_of
from verification.faces.contracts import Face, Image
from verification.sessions import UnreadableModel, open_session

NAME = "minifasnet"
SIDE = 80
CLASSES = 3
LIVE = 1
"""Of the three classes; the other two are pictures of a face, by kind."""

CENTRE, WIDTH, HEIGHT = (64.0, 65.0), 88.0, 125.0
"""The box in the upright face of `verification.faces.appearance`: the median of what SCRFD, which
the networks' own detector is close to, finds in 179 frames."""

Box = tuple[float, float, float, float]


class MiniFasNet:
    """A `PassiveModel` over one or several MiniFASNets, by their scale."""

    def __init__(self, networks: Mapping[float, Path], *, sha256: str, threads: int = 1) -> None:
        if not networks:
            raise UnreadableModel("no network of MiniFASNet is given")
        self._networks = {scale: _opened(path, threads) for scale, path in sorted(networks.items())}
        self._sha256 = sha256

    @property
    def name(self) -> str:
        """The model's name, for reports."""
        return NAME

    @property
    def sha256(self) -> str:
        """Hash of the weights."""
        return self._sha256

    def score(self, image: Image, face: Face) -> float:
        """The mean probability of `LIVE`; NaN for a face without five points in the image."""
        box = box_around(face)
        if box is None:
            return math.nan
        bgr = np.ascontiguousarray(image[:, :, ::-1])
        found = [
            _probability(session, surroundings(bgr, box, scale))
            for scale, session in self._networks.items()
        ]
        return float(np.mean(found))


def box_around(face: Face) -> Box | None:
    """Left, top, right, bottom of the face, laid around its five points; None where there are none.

    Width and height are at least one pixel.
    """
    matrix = alignment_of(face)
    if matrix is None:
        return None
    scale = max(float(np.hypot(matrix[0, 0], matrix[1, 0])), 1e-3)
    across, down = np.linalg.solve(matrix[:, :2], np.array(CENTRE) - matrix[:, 2])
    half = max(WIDTH / scale / 2, 0.5), max(HEIGHT / scale / 2, 0.5)
    return (across - half[0], down - half[1], across + half[0], down + half[1])


def surroundings(bgr: Image, box: Box, scale: float) -> Image:
    """The box made `scale` times as large, as 80 x 80 pixels.

    A window larger than the image is reduced to fit; one that reaches beyond an edge is moved in.
    """
    import cv2

    lines, columns = bgr.shape[:2]
    width, height = box[2] - box[0], box[3] - box[1]
    factor = min(scale, (columns - 1) / width, (lines - 1) / height)
    width, height = width * factor, height * factor
    left = _moved_in((box[0] + box[2] - width) / 2, width, columns)
    top = _moved_in((box[1] + box[3] - height) / 2, height, lines)
    right, bottom = max(left + 1, int(left + width)), max(top + 1, int(top + height))
    window = bgr[top:bottom, left:right]
    return np.asarray(cv2.resize(window, (SIDE, SIDE)), np.uint8)


def _moved_in(start: float, length: float, limit: int) -> int:
    return int(min(max(start, 0.0), limit - length))


def _opened(path: Path, threads: int) -> Any:  # noqa: ANN401 (the library has no types)
    session = open_session(path, threads=threads)
    taken, given = session.get_inputs()[0].shape, session.get_outputs()[0].shape
    if taken[1:] != [3, SIDE, SIDE] or given[1:] != [CLASSES]:
        raise UnreadableModel(f"no MiniFASNet: `{path.name}` takes `{taken}` and gives `{given}`")
    return session


def _probability(session: Any, window: Image) -> float:  # noqa: ANN401 (the library has no types)
    """The probability of `LIVE`. The networks were trained on levels of 0 to 255, not scaled."""
    levels = window.transpose(2, 0, 1)[None].astype(np.float32)
    logits = session.run(None, {session.get_inputs()[0].name: levels})[0][0]
    return float(_softmax(np.asarray(logits, np.float64))[LIVE])


def _softmax(logits: NDArray[np.float64]) -> NDArray[np.float64]:
    powers = np.exp(logits - logits.max())
    return np.asarray(powers / powers.sum(), np.float64)
