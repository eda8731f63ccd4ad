"""A person in a room before a fixed camera, drawn in any pose.

sitter = Sitter(astronaut(), (1280, 720))
frame = sitter.draw(Pose(yaw=25.0))
"""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from verification.faces.contracts import Image
from verification.studio.actors import Actor, matte_of
from verification.studio.conditions import Framing
from verification.studio.expression import ExpressiveFace
from verification.studio.footage import Pose
from verification.studio.matting import empty_room
from verification.studio.pixels import Alpha, Picture, over, placed, sampled
from verification.studio.relief import FaceFrame, frame_of
from verification.studio.turning import Turning

ACROSS, DOWN = (-3.9, 3.9), (-3.0, 3.6)
"""What a moving head can reach from between its eyes, in eye distances."""


class Sitter:
    """One actor in one frame size. Not safe for use by several threads at once.

    `frame` are the face coordinates of the actor at rest in the picture, `face` the 68 landmarks
    in them, `room` the picture without the actor.
    """

    def __init__(self, actor: Actor, size: tuple[int, int], framing: Framing | None = None) -> None:
        self._size = size
        still = frame_of(actor.landmarks)
        self.face = still.from_pixels(actor.landmarks)
        self.frame = _seat(size, self.face, still.tilt, framing or Framing())
        self._margin = round(self.frame.unit)
        matte = matte_of(actor)
        self.room = self._cropped(self._enlarged(empty_room(actor.image, matte), still))
        texture = self._enlarged(actor.image, still)
        opaque = np.clip(self._enlarged(matte, still), 0, 1) * 255
        self._alpha = np.asarray(opaque, np.uint8)
        self._expressions = ExpressiveFace(texture, self._on_texture(), self.face)
        self._backdrop = over(self.room, self._cropped(texture), self._cropped(self._alpha))
        self._region, self._turning = self._moving_part()

    def draw(self, pose: Pose) -> Image:
        """The frame with the person in `pose`: a new array, height x width x 3."""
        texture = self._expressions.with_expression(eyes=pose.eyes, mouth=pose.mouth)
        where = self._turning.lookup(pose)
        head, alpha = sampled(texture, where), sampled(self._alpha, where)
        frame = self._backdrop.copy()
        frame[self._region] = over(self.room[self._region], head, alpha)
        return frame

    def _moving_part(self) -> tuple[tuple[slice, slice], Turning]:
        (width, height), (across, down) = self._size, self.frame.origin
        columns = _span(across, ACROSS, self.frame.unit, width)
        rows = _span(down, DOWN, self.frame.unit, height)
        turning = Turning(
            self._on_texture(),
            self.face,
            rows=(rows[0] + self._margin, rows[1] + self._margin),
            columns=(columns[0] + self._margin, columns[1] + self._margin),
        )
        return (slice(*rows), slice(*columns)), turning

    def _on_texture(self) -> FaceFrame:
        """The face coordinates on the texture, which has a margin around the frame."""
        across, down = self.frame.origin
        return replace(self.frame, origin=(across + self._margin, down + self._margin))

    def _enlarged(self, picture: Picture, still: FaceFrame) -> Picture:
        """`picture` at the frame's scale, with the margin on each side."""
        zoom = self.frame.unit / still.unit
        across, down = self._on_texture().origin
        width, height = (length + 2 * self._margin for length in self._size)
        shift = across - still.origin[0] * zoom, down - still.origin[1] * zoom
        return placed(picture, (width, height), zoom=zoom, shift=shift)

    def _cropped(self, picture: NDArray[np.uint8]) -> Alpha:
        margin = self._margin
        return np.ascontiguousarray(picture[margin:-margin, margin:-margin])


def _seat(
    size: tuple[int, int], face: NDArray[np.floating], tilt: float, framing: Framing
) -> FaceFrame:
    """Where the face is at rest, its head within the picture."""
    width, height = size
    tall = float(face[8, 1] - face[17:27, 1].mean())
    unit = min(framing.face * height, 0.45 * width) / tall
    return FaceFrame(origin=(width * framing.across, height * framing.down), unit=unit, tilt=tilt)


def _span(middle: float, reach: tuple[float, float], unit: float, limit: int) -> tuple[int, int]:
    low, high = (round(middle + edge * unit) for edge in reach)
    return max(0, low), min(limit, high)
