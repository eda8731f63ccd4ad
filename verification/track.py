"""One face followed through a recording, as arrays over the sampled frames.

>>> track = Track.empty()
>>> track.times.size, bool(track.present.any())
(0, False)
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from verification.challenge import Step
from verification.faces.contracts import Face, Image

Curve = NDArray[np.float64]
"""One value per sampled frame; NaN where there is none."""

Mask = NDArray[np.bool_]
"""One truth value per sampled frame."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Still:
    """A frame kept whole for the recognizer, with the face in it and the step it shows."""

    step: Step
    time_s: float
    image: Image
    face: Face


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Track:
    """The followed face over the n sampled frames, in the order of time.

    `times`: seconds from the start of the recording. `yaw`, `pitch`: as in
    `verification.faces.geometry`. `height`: of the face box over the frame's shorter side.
    `rival`: the second face's height over the first one's, 0 for none. `light`: mean luma of the
    face, 0 to 255. `sharpness`: variance of the Laplacian of the face scaled to 112 pixels.
    `thumbnails`: n x 36 x 64 grey levels of the whole frame. `landmarks`: n x 68 x 2 iBUG points in
    pixels of the sampled frame, NaN where there is no face or the pack has no landmarks. `stills`
    has the best frame of each step, `more` further ones of the steps that face the camera, at other
    moments: a template is made of both.
    """

    times: Curve
    yaw: Curve
    pitch: Curve
    height: Curve
    rival: Curve
    light: Curve
    sharpness: Curve
    thumbnails: NDArray[np.float32]
    landmarks: NDArray[np.float32]
    stills: tuple[Still, ...]
    more: tuple[Still, ...] = ()

    @classmethod
    def empty(cls) -> "Track":
        """The track of a recording without a single frame."""
        none = np.zeros(0)
        return cls(
            times=none,
            yaw=none,
            pitch=none,
            height=none,
            rival=none,
            light=none,
            sharpness=none,
            thumbnails=np.zeros((0, 36, 64), np.float32),
            landmarks=np.zeros((0, 68, 2), np.float32),
            stills=(),
        )

    @property
    def present(self) -> Mask:
        """Where a face was found."""
        return np.isfinite(self.height)

    @property
    def has_landmarks(self) -> bool:
        """Whether the pack finds landmarks: in no face or in all of them."""
        return bool(np.isfinite(self.landmarks).any())

    def between(self, start_s: float, end_s: float) -> Mask:
        """The frames of a span of time, its start in and its end out."""
        return (self.times >= start_s) & (self.times < end_s)
