"""The faces in pictures, each with what the recognizer makes of it.

    for seen in faces_in(models.faces, frames):
        seen.embeddings

A face that goes on from frame to frame of a clip is one face; of its frames the few in which it is
largest are embedded.

    >>> overlap((0, 0, 10, 10), (0, 5, 10, 15))
    0.3333333333333333
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from verification.faces.contracts import Embedding, Face, FaceModel
from verification.media import Frame

Box = tuple[float, float, float, float]
GOES_ON = 0.3
"""Overlap (intersection over union) of a face with itself in the next sampled frame, at least."""
LOST_AFTER_S = 1.2
EMBEDDED = 3
"""Frames of one face that are embedded, the largest ones."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SeenFace:
    """One face: where it is largest, and its embeddings there and where it is nearly as large.

    `box` is left, top, right, bottom as shares of the picture's width and height.
    """

    time_s: float
    box: Box
    embeddings: tuple[Embedding, ...]


@dataclass(slots=True, kw_only=True, eq=False)
class _Followed:
    """A face on its way through the frames."""

    last_s: float
    last: Box
    best: list[tuple[float, float, Box, Embedding]] = field(default_factory=list)

    def take(self, faces: FaceModel, frame: Frame, face: Face, box: Box) -> None:
        self.last_s, self.last = frame.time_s, box
        smallest = min((one[0] for one in self.best), default=0.0)
        if len(self.best) < EMBEDDED or face.height > smallest:
            vector = faces.embed(frame.image, face)
            self.best.append((face.height, frame.time_s, box, vector))
            self.best = sorted(self.best, key=lambda one: one[0], reverse=True)[:EMBEDDED]


def faces_in(faces: FaceModel, frames: Iterable[Frame]) -> list[SeenFace]:
    """Every face of a still or a clip, in the order in which they appear."""
    followed: list[_Followed] = []
    for frame in frames:
        height, width = frame.image.shape[:2]
        free = [one for one in followed if frame.time_s - one.last_s <= LOST_AFTER_S]
        for face in faces.detect(frame.image):
            left, top, right, bottom = face.box
            box = (left / width, top / height, right / width, bottom / height)
            going_on = max(free, key=lambda one: overlap(one.last, box), default=None)
            if going_on is None or overlap(going_on.last, box) < GOES_ON:
                going_on = _Followed(last_s=frame.time_s, last=box)
                followed.append(going_on)
            else:
                free.remove(going_on)
            going_on.take(faces, frame, face, box)
    return [_seen(one) for one in followed]


def _seen(followed: _Followed) -> SeenFace:
    _, time_s, box, _ = followed.best[0]
    return SeenFace(time_s=time_s, box=box, embeddings=tuple(one[3] for one in followed.best))


def overlap(one: Box, other: Box) -> float:
    """Intersection over union of two boxes."""
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    shared = max(0.0, width) * max(0.0, height)
    both = sum((box[2] - box[0]) * (box[3] - box[1]) for box in (one, other))
    return shared / (both - shared) if both > shared else 0.0
