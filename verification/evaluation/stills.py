"""Embed every still of a directory, the largest face in each.

attempts = list(embed_stills(samples, models.faces, enlarge=3.0))
"""

from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np

from verification.evaluation.embedded import Attempt
from verification.evaluation.samples import Sample
from verification.faces.contracts import FaceModel, Image


def embed_stills(
    samples: Iterable[Sample], faces: FaceModel, *, enlarge: float = 1.0, margin: float = 0.0
) -> Iterator[Attempt]:
    """One attempt a still. `picture_unreadable` and `no_face` are failures to enroll.

    `enlarge` zooms each still before a face is looked for, and `margin` puts that share of its
    size around it: detectors miss small faces and those that fill the picture.
    """
    for sample in samples:
        name = f"{sample.subject}/{sample.path.name}"
        image = read_still(sample.path, enlarge=enlarge, margin=margin)
        if image is None:
            yield _failed(sample, name, "picture_unreadable")
            continue
        found = faces.detect(image)
        if not found:
            yield _failed(sample, name, "no_face")
            continue
        vector = faces.embed(image, found[0])
        yield Attempt(subject=sample.subject, name=name, embedding=vector)


def _failed(sample: Sample, name: str, failure: str) -> Attempt:
    return Attempt(subject=sample.subject, name=name, embedding=None, failure=failure)


def read_still(path: Path, *, enlarge: float = 1.0, margin: float = 0.0) -> Image | None:
    """The picture in RGB, zoomed, its edge continued around it; None for what is no picture."""
    import cv2

    content = np.fromfile(path, np.uint8)
    picture = cv2.imdecode(content, cv2.IMREAD_COLOR) if content.size else None
    if picture is None:
        return None
    if enlarge != 1.0:
        picture = cv2.resize(picture, None, fx=enlarge, fy=enlarge, interpolation=cv2.INTER_CUBIC)
    if margin:
        down, across = (round(side * margin) for side in picture.shape[:2])
        picture = cv2.copyMakeBorder(picture, down, down, across, across, cv2.BORDER_REPLICATE)
    return np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB), np.uint8)
