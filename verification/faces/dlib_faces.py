"""dlib's faces: HOG detector, 68 landmarks, ResNet descriptor (King, 2009 and 2017).

    faces = DlibFaces(landmarks=…, recognizer=…, sha256=component.sha256)
    largest = faces.detect(image)[0]
    again = faces.detect(a_moment_later, near=largest.box)
    distance = 1 - float(faces.embed(image, largest) @ enrolled)

The detector loses a face beyond about 40° of yaw and below a sixth of the picture's height.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from verification.faces.contracts import Box, Embedding, Face, Image
from verification.faces.geometry import five_of
from verification.sessions import UnreadableModel

NAME = "dlib-resnet-v1"
DETECT_LINES = 480
"""Pictures are reduced to this many lines for detection only: its time grows with the area."""

AROUND = 0.5
"""Around a box, the detector looks this far beyond it, in heights of the box: no head that is
looked at ten times a second moves farther meanwhile."""

NEAR_HEIGHT = 120
"""The box that a face is looked for around is reduced to this height: 80 would do to find it."""

LEAST_SCORE = 0.25
"""The detector's own limit is 0; up to 0.19 it takes badges and collars for small faces."""


class DlibFaces:
    """A `FaceModel` over dlib."""

    def __init__(self, *, landmarks: Path, recognizer: Path, sha256: str) -> None:
        import dlib

        self._dlib: Any = dlib
        self._detector = dlib.get_frontal_face_detector()
        try:
            self._predictor = dlib.shape_predictor(str(landmarks))
            self._recognizer = dlib.face_recognition_model_v1(str(recognizer))
        except RuntimeError as error:
            raise UnreadableModel(f"cannot load dlib's models: {error}") from error
        self._sha256 = sha256

    @property
    def name(self) -> str:
        """The recognizer's name, as it stands in templates."""
        return NAME

    @property
    def sha256(self) -> str:
        """Hash of the recognizer's weights."""
        return self._sha256

    def detect(self, image: Image, near: Box | None = None) -> list[Face]:
        """Every frontal face in `image`, or around `near`, the largest first, with landmarks."""
        image = np.ascontiguousarray(image)
        part = _whole(image) if near is None else _around(image, near)
        rectangles, scores, _ = self._detector.run(part.image, 0, LEAST_SCORE)
        found = [
            self._face(image, _placed(self._dlib, rectangle, part), score)
            for rectangle, score in zip(rectangles, scores, strict=True)
        ]
        return sorted(found, key=lambda face: face.height, reverse=True)

    def _face(self, image: Image, rectangle: Any, score: float) -> Face:  # noqa: ANN401 (untyped)
        shape = self._predictor(image, rectangle)
        points = np.array([(point.x, point.y) for point in shape.parts()], dtype=np.float32)
        box = (rectangle.left(), rectangle.top(), rectangle.right(), rectangle.bottom())
        sides = tuple(float(side) for side in box)
        return Face(
            box=(sides[0], sides[1], sides[2], sides[3]),
            score=float(score),
            five=five_of(points),
            landmarks=points,
        )

    def embed(self, image: Image, face: Face) -> Embedding:
        """The descriptor of `face`, 128 numbers brought to unit length."""
        if face.landmarks is None:
            raise ValueError("`face` has no landmarks: it was not found by this model")
        points = [self._dlib.point(round(float(x)), round(float(y))) for x, y in face.landmarks]
        rectangle = self._dlib.rectangle(*(round(side) for side in face.box))
        shape = self._dlib.full_object_detection(rectangle, points)
        contiguous = np.ascontiguousarray(image)
        found = self._recognizer.compute_face_descriptor(contiguous, shape)
        descriptor = np.array(found, dtype=np.float32)
        return np.asarray(descriptor / np.linalg.norm(descriptor), dtype=np.float32)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Part:
    """What the detector sees: its left and top in the picture, whose pixels it has in `scale`s."""

    image: Image
    left: int
    top: int
    scale: float


def _whole(image: Image) -> _Part:
    return _reduced(image, 0, 0, max(1.0, image.shape[0] / DETECT_LINES))


def _around(image: Image, near: Box) -> _Part:
    """The part around `near`; the whole where there is no part of the image around it."""
    height = near[3] - near[1]
    more = AROUND * height
    left, top = (max(0, round(side - more)) for side in near[:2])
    right, bottom = (max(0, round(side + more)) for side in near[2:])
    part = image[top:bottom, left:right]
    if min(part.shape[:2]) < 2:
        return _whole(image)
    return _reduced(part, left, top, max(1.0, height / NEAR_HEIGHT))


def _reduced(image: Image, left: int, top: int, scale: float) -> _Part:
    if scale > 1.0:
        import cv2

        lines, columns = (max(1, round(side / scale)) for side in image.shape[:2])
        small = cv2.resize(image, (columns, lines), interpolation=cv2.INTER_AREA)
        image = np.asarray(small, np.uint8)
    return _Part(image=np.ascontiguousarray(image), left=left, top=top, scale=scale)


def _placed(dlib: Any, rectangle: Any, part: _Part) -> Any:  # noqa: ANN401 (untyped library)
    """A rectangle that was found in the part, in the picture."""
    left, right = (round(x * part.scale) + part.left for x in (rectangle.left(), rectangle.right()))
    top, bottom = (round(y * part.scale) + part.top for y in (rectangle.top(), rectangle.bottom()))
    return dlib.rectangle(left, top, right, bottom)
