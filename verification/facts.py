"""What the decoder noticed on its way through every frame, not only those that are kept.

`verification.liveness.integrity` judges it. The facts come from the child process that decodes and
may have been chosen by whoever made the file: they are bounded there, and believed no further.

>>> facts = MediaFacts.regular(seconds=2.0, frames_per_s=25)
>>> facts.times.size, facts.sound_rate
(50, 48000)
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]
"""One value per decoded frame, in the order in which the decoder gave them out."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MediaFacts:
    """The n decoded frames and the sound of one recording, in seconds from its start.

    `times`: when each frame is shown. `changes`: mean absolute difference of its luma, scaled
    down to 64 x 36 and less its mean, from the frame before, in grey levels; 0 for the first.
    `echoes`: seconds since the last frame with exactly the same luma, NaN where there is none and
    where the frame is all of one grey. `resized`: how often the frames change their size or pixel
    format. `sound_rate` in hertz and `sound_channels` are those of the sound as it was recorded.
    `sound_from_s`, `sound_until_s`: where it begins and ends. `sound_gaps_s`: all that is missing
    within, `longest_gap_s`: the longest piece of that. `overlap_s`: the most by which sound is
    put where there was sound already.
    """

    times: Values
    changes: Values
    echoes: Values
    resized: int
    sound_rate: int
    sound_channels: int
    sound_from_s: float
    sound_until_s: float
    sound_gaps_s: float
    longest_gap_s: float
    overlap_s: float

    @classmethod
    def regular(cls, *, seconds: float, frames_per_s: float) -> "MediaFacts":
        """Those of a recording with nothing the matter: even times, small changes, no gap."""
        count = round(seconds * frames_per_s)
        times = np.arange(count) / frames_per_s
        return cls(
            times=times,
            changes=1.0 + 0.5 * np.sin(3 * times),
            echoes=np.full(count, np.nan),
            resized=0,
            sound_rate=48_000,
            sound_channels=1,
            sound_from_s=0.0,
            sound_until_s=seconds,
            sound_gaps_s=0.0,
            longest_gap_s=0.0,
            overlap_s=0.0,
        )
