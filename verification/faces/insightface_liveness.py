"""InsightFace's add-on `liveness`: tells a living face from a picture of one.

    passive = InsightFaceLiveness(pack_dir / "passive/liveness.onnx", sha256=component.sha256)
    passive.score(image, face)                   # 0 (a picture of a face) to 1 (a face)

The library's own class aligns, crops and judges. It would fetch the weights by itself; here it
only ever gets a session over a file that the pack has verified.
"""

import math
from pathlib import Path
from typing import Any

import numpy as np

from verification.faces.appearance import alignment_of
from verification.faces.contracts import Face, Image
from verification.sessions import UnreadableModel, open_session

NAME = "insightface-liveness"


class InsightFaceLiveness:
    """A `PassiveModel` over `insightface.addons.Liveness`."""

    def __init__(self, path: Path, *, sha256: str, threads: int = 1) -> None:
        self._model = _opened(path, threads)
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
        """The library's live score; NaN where it refuses the crop, or the points are no face."""
        if alignment_of(face) is None:
            return math.nan
        result = self._model.predict(np.ascontiguousarray(image[:, :, ::-1]), face.five)
        score = result["live_score"]
        return math.nan if score is None else float(score)


def _opened(path: Path, threads: int) -> Any:  # noqa: ANN401 (the library has no types)
    session = open_session(path, threads=threads)
    from insightface.addons import Liveness

    try:
        return Liveness(str(path), session=session)
    except RuntimeError as error:
        raise UnreadableModel(f"no liveness model: `{path.name}`: {error}") from error
