"""What a face model does, whichever library runs it.

template = FaceTemplate.made_by(model, model.embed(image, face))
"""

from dataclasses import dataclass
from typing import Protocol, Self

import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]
"""Height x width x 3, RGB, 8 bits."""

Points = NDArray[np.float32]
"""n x 2 pixel coordinates, x to the right and y down."""

Box = tuple[float, float, float, float]
"""Left, top, right and bottom, in pixels; it may reach beyond the image."""

Embedding = NDArray[np.float32]
"""A vector of unit length, one number a component."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Face:
    """One face in one image.

    `five` are the image-left eye, image-right eye, nose tip, image-left and image-right mouth
    corner. `landmarks` are the 68 iBUG points where the pack has a landmark model, else None.
    """

    box: Box
    score: float
    five: Points
    landmarks: Points | None

    @property
    def height(self) -> float:
        """Height of the box in pixels."""
        return self.box[3] - self.box[1]


@dataclass(frozen=True, slots=True, kw_only=True)
class FaceTemplate:
    """A face embedding bound to the model that made it; `model_sha256` is of the weights."""

    model: str
    model_sha256: str
    vector: tuple[float, ...]

    @classmethod
    def made_by(cls, model: "FaceModel", vector: Embedding) -> Self:
        """`vector`, an embedding by `model` or a mean of some, bound to it."""
        return cls(model=model.name, model_sha256=model.sha256, vector=tuple(map(float, vector)))


class PassiveModel(Protocol):
    """Tells a living face from a picture of one, in one image. Not for several threads at once."""

    @property
    def name(self) -> str:
        """The model's name, for reports."""
        ...

    @property
    def sha256(self) -> str:
        """Hash of the weights."""
        ...

    def score(self, image: Image, face: Face) -> float:
        """The probability that `face` lives, 0 to 1; NaN where the image shows too little of it."""
        ...


class FaceModel(Protocol):
    """Detector, landmarks and recognizer of one pack.

    Not safe for use by several threads at once. `detect` returns every face found, the largest
    first, and an empty list for none; with `near`, the box of a face a moment ago, it may leave
    out faces that do not touch that box, where that is quicker. `embed` takes a face that `detect`
    found in the same image. Thresholds are cosine distances of embeddings, 0 (same) to 2.
    """

    @property
    def name(self) -> str:
        """The recognizer's name, as it stands in templates."""
        ...

    @property
    def sha256(self) -> str:
        """Hash of the recognizer's weights."""
        ...

    def detect(self, image: Image, near: Box | None = None) -> list[Face]:
        """Every face in `image`, or at least around `near`, the largest first."""
        ...

    def embed(self, image: Image, face: Face) -> Embedding:
        """The embedding of `face`, of unit length."""
        ...
