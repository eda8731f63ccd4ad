"""Gather the facts about a recording while it is decoded, at a fraction of what decoding costs.

tally = Tally(longest_s=61.0)
tally.see(video_frame, time_s)
tally.hear(audio_frame, time_s)
tally.finish()                       # -> verification.facts.MediaFacts
"""

import zlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

from verification.facts import MediaFacts

SIZE = (64, 36)
FLAT = 1.0
"""Grey levels of standard deviation below which a frame shows nothing: a covered lens."""


class Tally:
    """Looks at each decoded frame once, in the order in which the decoder gives them out.

    Nothing is noted beyond `longest_s`.
    """

    def __init__(self, *, longest_s: float) -> None:
        self._longest_s = longest_s
        self._times: list[float] = []
        self._changes: list[float] = []
        self._echoes: list[float] = []
        self._seen: dict[int, float] = {}
        self._last: NDArray[np.float32] | None = None
        self._kind: tuple[int, int, str] | None = None
        self._resized = 0
        self._sound: tuple[int, int] = (0, 0)
        self._from_s: float | None = None
        self._until_s = 0.0
        self._gaps_s = self._longest_gap_s = self._overlap_s = 0.0

    def see(self, frame: Any, time_s: float) -> None:  # noqa: ANN401 (PyAV's frame)
        """Account for a decoded picture."""
        small = frame.reformat(*SIZE, "gray", interpolation="AREA", threads=1).to_ndarray()
        grey = small.astype(np.float32)
        grey -= grey.mean()
        last = self._last
        self._changes.append(0.0 if last is None else float(np.abs(grey - last).mean()))
        self._times.append(time_s)
        self._echoes.append(self._echo_of(frame, time_s) if grey.std() >= FLAT else np.nan)
        self._last = grey
        kind = (frame.width, frame.height, frame.format.name)
        self._resized += self._kind is not None and kind != self._kind
        self._kind = kind

    def _echo_of(self, frame: Any, time_s: float) -> float:  # noqa: ANN401 (likewise)
        """Seconds since the last frame that was the same in every bit of its luma."""
        plane = frame.planes[0]
        # beyond the width a line holds whatever was in memory
        rows = np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)
        digest = zlib.crc32(np.ascontiguousarray(rows[: frame.height, : frame.width]).data)
        before = self._seen.get(digest)
        self._seen[digest] = time_s
        return np.nan if before is None else time_s - before

    def hear(self, frame: Any, time_s: float) -> None:  # noqa: ANN401 (likewise)
        """Account for a decoded piece of sound."""
        if self._from_s is None:
            self._from_s = self._until_s = time_s
            self._sound = (frame.sample_rate, len(frame.layout.channels))
        missing = time_s - self._until_s
        self._gaps_s += max(0.0, missing)
        self._longest_gap_s = max(self._longest_gap_s, missing)
        self._overlap_s = max(self._overlap_s, -missing)
        end_s = min(self._longest_s, time_s + frame.samples / frame.sample_rate)
        self._until_s = max(self._until_s, end_s)

    def finish(self) -> MediaFacts:
        """All that was noticed."""
        rate, channels = self._sound
        return MediaFacts(
            times=np.array(self._times),
            changes=np.array(self._changes),
            echoes=np.array(self._echoes),
            resized=self._resized,
            sound_rate=rate,
            sound_channels=channels,
            sound_from_s=self._from_s or 0.0,
            sound_until_s=self._until_s,
            sound_gaps_s=self._gaps_s,
            longest_gap_s=self._longest_gap_s,
            overlap_s=self._overlap_s,
        )
