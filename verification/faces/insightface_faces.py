"""InsightFace's faces: SCRFD detector, 3D landmarks where the pack has them, ArcFace recognizer.

    faces = InsightFaces(pack_dir / "faces", sha256=component.sha256)

`FaceAnalysis` loads whatever ONNX files lie in a directory and downloads a pack when there is
none. Neither can happen here: the caller has verified every file of the pack, and the directory
is refused when it is absent.
"""

import math
import warnings
from pathlib import Path
from typing import Any

import numpy as np

from verification.faces.contracts import Box, Embedding, Face, Image
from verification.sessions import UnreadableModel, session_options

NAME = "insightface-arcface"
LONG_SIDES = (384, 128)
"""The longer side of what the detector sees, in pixels: the first, and where that shows no face,
the second, for a face that fills the picture. 640 x 640, as in the library's examples, costs 3.6
times as much as 16:9 at 384, and found no face more in 176 frames of talking people."""
STRIDE = 32
"""The detector's sides are multiples of it."""
_TASKS = ["detection", "landmark_3d_68", "recognition"]


class InsightFaces:
    """A `FaceModel` over `insightface.app.FaceAnalysis`."""

    def __init__(self, directory: Path, *, sha256: str, threads: int = 1) -> None:
        models = _load(directory, threads)
        self._detector = models["detection"]
        self._landmarks = models.get("landmark_3d_68")
        self._recognizer = models["recognition"]
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
        """Every face in `image`, the largest first."""
        del near  # a part of the picture costs the detector as much as the whole
        bgr = _bgr(image)
        for long_side in LONG_SIDES:
            size = detector_size(bgr, long_side)
            boxes, points = self._detector.detect(bgr, input_size=size)
            if len(boxes):
                break
        else:
            return []
        found = [self._face(bgr, box, five) for box, five in zip(boxes, points, strict=True)]
        return sorted(found, key=lambda face: face.height, reverse=True)

    def _face(self, bgr: Image, box: Any, five: Any) -> Face:  # noqa: ANN401 (untyped library)
        landmarks = None
        if self._landmarks is not None:
            solid = self._landmarks.get(bgr, _library_face(bbox=box[:4], kps=five))
            landmarks = np.array(solid[:, :2], dtype=np.float32)
        left, top, right, bottom, score = (float(number) for number in box[:5])
        return Face(
            box=(left, top, right, bottom),
            score=score,
            five=np.array(five, dtype=np.float32),
            landmarks=landmarks,
        )

    def embed(self, image: Image, face: Face) -> Embedding:
        """The embedding of `face`, of unit length."""
        with warnings.catch_warnings():
            # the library aligns faces with a call that scikit-image means to rename
            warnings.simplefilter("ignore", FutureWarning)
            found = self._recognizer.get(_bgr(image), _library_face(kps=face.five))
        vector = np.array(found, dtype=np.float32).ravel()
        return np.asarray(vector / np.linalg.norm(vector), dtype=np.float32)


def detector_size(image: Image, long_side: int) -> tuple[int, int]:
    """Width and height for the detector: the picture's shape, so that little of it is padding.

    >>> detector_size(np.zeros((720, 1280, 3), np.uint8), 384)
    (384, 224)
    """
    lines, columns = image.shape[:2]
    scale = long_side / max(lines, columns)
    return _rounded_up(columns * scale), _rounded_up(lines * scale)


def _rounded_up(side: float) -> int:
    return max(1, math.ceil(side / STRIDE - 1e-6)) * STRIDE


def _load(directory: Path, threads: int) -> dict[str, Any]:
    if not directory.is_dir():
        raise UnreadableModel(f"no directory `{directory}`")
    options = session_options(threads)
    from insightface.app import FaceAnalysis

    providers = ["CPUExecutionProvider"]
    try:
        analysis = FaceAnalysis(
            str(directory.resolve()),
            allowed_modules=_TASKS,
            providers=providers,
            sess_options=options,
        )
        analysis.prepare(ctx_id=-1, det_size=(LONG_SIDES[0], LONG_SIDES[0]))
    except Exception as error:  # the library raises assertions and its runtime's own types
        raise UnreadableModel(f"insightface cannot load `{directory}`: {error!r}") from error
    models: dict[str, Any] = analysis.models
    if missing := {"detection", "recognition"} - set(models):
        raise UnreadableModel(f"no `{min(missing)}` model in `{directory}`")
    return models


def _library_face(**values: object) -> Any:  # noqa: ANN401 (untyped library)
    from insightface.app.common import Face as LibraryFace

    return LibraryFace(**values)


def _bgr(image: Image) -> Image:
    return np.ascontiguousarray(image[:, :, ::-1])
