"""dlib's faces: HOG detector, 68 landmarks, ResNet descriptor (King, 2009 and 2017).

    faces = DlibFaces(landmarks=…, recognizer=…, sha256=component.sha256)
    largest = faces.detect(image)[0]
    distance = 1 - float(faces.embed(image, largest) @ enrolled)

The detector loses a face beyond about 40° of yaw and below a sixth of the picture's height.
"""

from pathlib import Path
from typing import Any

import numpy as np

from verification.faces.contracts import Embedding, Face, Image, Points
from verification.sessions import UnreadableModel

NAME = "dlib-resnet-v1"
DETECT_LINES = 480
"""Pictures are reduced to this many lines for detection only: its time grows with the area."""

LEAST_SCORE = 0.25
"""The detector's own limit is 0; up to 0.19 it takes badges and collars for small faces."""

_LEFT_EYE, _RIGHT_EYE = slice(36, 42), slice(42, 48)
_NOSE_TIP, _LEFT_CORNER, _RIGHT_CORNER = 30, 48, 54


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

    def detect(self, image: Image) -> list[Face]:
        """Every frontal face in `image`, the largest first, each with its 68 landmarks."""
        image = np.ascontiguousarray(image)
        small, scale = _reduced(image)
        rectangles, scores, _ = self._detector.run(small, 0, LEAST_SCORE)
        found = [
            self._face(image, _enlarged(self._dlib, rectangle, scale), score)
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


def five_of(landmarks: Points) -> Points:
    """Eye centres, nose tip and mouth corners of the 68 iBUG points, image-left first."""
    return np.stack(
        [
            landmarks[_LEFT_EYE].mean(axis=0),
            landmarks[_RIGHT_EYE].mean(axis=0),
            landmarks[_NOSE_TIP],
            landmarks[_LEFT_CORNER],
            landmarks[_RIGHT_CORNER],
        ]
    ).astype(np.float32)


def _reduced(image: Image) -> tuple[Image, float]:
    """The picture for the detector, and how many of its pixels make one of those."""
    lines, columns = image.shape[:2]
    scale = max(1.0, lines / DETECT_LINES)
    if scale == 1.0:
        return image, scale
    import cv2

    size = (max(1, round(columns / scale)), DETECT_LINES)
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8), scale


def _enlarged(dlib: Any, rectangle: Any, scale: float) -> Any:  # noqa: ANN401 (untyped library)
    sides = (rectangle.left(), rectangle.top(), rectangle.right(), rectangle.bottom())
    return dlib.rectangle(*(round(side * scale) for side in sides))
