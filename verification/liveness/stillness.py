"""The picture goes on: it is neither one frozen frame nor the same clip again and again.

A camera is never still: its noise and the person's sway change every frame. And nobody who
follows a challenge does the same thing again and again.

>>> from verification.track import Track
>>> check_picture_goes_on(Track.empty(), StillnessTolerances()).code
'picture_frozen'
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from verification.report import Check, Outcome
from verification.track import Curve, Mask, Track

if TYPE_CHECKING:
    from verification.evidence import Evidence

NAME = "picture_goes_on"
SHORTEST_LOOP_S = 0.8


@dataclass(frozen=True, slots=True, kw_only=True)
class StillnessTolerances:
    """Differences are mean absolute grey levels of thumbnails.

    Two frames are one and the same where they differ by less than `alike`, and the same but for
    the camera's noise below `repeated`. `frozen_s` seconds of the one and the same frame are a
    frozen picture; a loop is `looped_share` of frames that repeat the one a fixed lag before.
    Measured: talking people 0.2 to 8 from frame to frame and above 1.2 at any longer lag; a frozen
    picture below 0.01; a loop, encoded anew, about 0.3. In 30 genuine studio sessions at 0.08 to
    0.2 bits a pixel no two changes in a row are below 0.05; 15 in a row were below 0.15, in H.264
    of a smooth face with hardly any noise.

    Under noise or light of its own a loop differs by more. Then its movement gives it away: the
    correlation of all changes with those of a fixed time before is at least `echoed`. Measured:
    genuine sessions up to 0.15, loops under fresh noise from 0.92 on.
    """

    alike: float = 0.05
    frozen_s: float = 1.0
    repeated: float = 0.6
    looped_share: float = 0.8
    echoed: float = 0.7


def judge(evidence: "Evidence") -> Check:
    """Whether the picture neither stands still nor repeats itself."""
    return check_picture_goes_on(evidence.track, evidence.tolerances.stillness)


def check_picture_goes_on(track: Track, tolerances: StillnessTolerances) -> Check:
    """`picture_frozen` (score: seconds), `picture_looped` (share or correlation), or a pass."""
    frozen_s = longest_freeze(track, tolerances)
    if frozen_s >= tolerances.frozen_s or track.times.size < 2:
        return _result("picture_frozen", frozen_s, tolerances.frozen_s)
    looped = most_repeated(track, tolerances)
    if looped >= tolerances.looped_share:
        return _result("picture_looped", looped, tolerances.looped_share)
    echoed = most_echoed(track)
    if echoed >= tolerances.echoed:
        return _result("picture_looped", echoed, tolerances.echoed)
    return _result(None, looped, tolerances.looped_share)


def longest_freeze(track: Track, tolerances: StillnessTolerances) -> float:
    """Seconds of the longest run of frames each alike to the one before it."""
    same = _differences(track.thumbnails, 1) < tolerances.alike
    longest = start = 0.0
    for index, alike in enumerate(same):
        if not alike:
            start = float(track.times[index + 1])
        elif index == 0 or not same[index - 1]:
            start = float(track.times[index])
        if alike:
            longest = max(longest, float(track.times[index + 1]) - start)
    return longest


def most_repeated(track: Track, tolerances: StillnessTolerances) -> float:
    """The largest share of frames that repeat the one some fixed lag before them."""
    return max(
        (_share(_differences(track.thumbnails, lag) < tolerances.repeated) for lag in _lags(track)),
        default=0.0,
    )


def most_echoed(track: Track) -> float:
    """The highest correlation of all movement with that of some fixed time before, 0 to 1.

    Movement is what changes within two frames, so that a loop need not last a whole number of
    them, less the change of light over the whole frame.
    """
    lags = _lags(track)
    if not lags:
        return 0.0
    moved = track.thumbnails[2:] - track.thumbnails[:-2]
    moved = (moved - moved.mean(axis=(1, 2), keepdims=True)).reshape(len(moved), -1)
    energy = np.concatenate([[0.0], np.cumsum(np.square(moved).sum(axis=1, dtype=np.float64))])
    return max(0.0, *(_correlation(moved, energy, lag) for lag in lags))


def _correlation(moved: NDArray[np.float32], energy: Curve, lag: int) -> float:
    """Of every movement with the one `lag` before; `energy` is their running sum of squares."""
    shared = float(np.einsum("ij,ij->", moved[lag:], moved[:-lag], dtype=np.float64))
    both = (energy[-1] - energy[lag]) * energy[len(moved) - lag]
    return shared / float(np.sqrt(both)) if both > 0 else 0.0


def _lags(track: Track) -> range:
    """How many frames a loop may last: from `SHORTEST_LOOP_S` to half the recording."""
    count = track.times.size
    if count < 4:
        return range(0)
    step_s = float(np.median(np.diff(track.times)))
    first = max(1, round(SHORTEST_LOOP_S / max(step_s, 1e-3)))
    return range(first, min(count // 2 + 1, count - 3))


def _differences(thumbnails: NDArray[np.float32], lag: int) -> Curve:
    """Mean absolute difference, in grey levels, of each frame and the one `lag` before it."""
    if len(thumbnails) <= lag:
        return np.zeros(0)
    changes = np.abs(thumbnails[lag:] - thumbnails[:-lag])
    return np.asarray(changes.mean(axis=(1, 2)), np.float64)


def _share(of: Mask) -> float:
    return float(of.mean()) if of.size else 0.0


def _result(code: str | None, score: float, threshold: float) -> Check:
    outcome = Outcome.FAIL if code else Outcome.PASS
    return Check(name=NAME, outcome=outcome, code=code, score=score, threshold=threshold)
