"""What a camera and a microphone deliver, before it is encoded.

>>> poses = (Pose(yaw=20.0), Pose())
>>> poses[0].yaw, poses[1].mouth
(20.0, 0.0)
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from verification.faces.contracts import Image

SOUND_RATE = 48_000
"""Samples per second of all sound in the studio, as Opus wants it."""

Sound = NDArray[np.float32]
"""Mono sound at `SOUND_RATE`, full scale at ±1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pose:
    """A person in one frame.

    `yaw`, `pitch` and `roll` are degrees: positive towards the person's own left (image right), up
    and clockwise in the image. `shift` is in eye distances, right and down. `eyes` is 0 open to 1
    closed, `mouth` is 0 at rest to 1 wide open.
    """

    yaw: float = 0.0
    pitch: float = 0.0
    roll: float = 0.0
    shift: tuple[float, float] = (0.0, 0.0)
    eyes: float = 0.0
    mouth: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Footage:
    """Frames, sound, and what the person before the camera really did.

    `shoot` starts the frames anew each time it is called, and always delivers the same ones.
    `poses` holds one entry per frame, of the person or picture that is in view; `sound` is None
    where there is no sound track at all. The frames in `lost` never reach the file: time goes on
    without them.
    """

    size: tuple[int, int]
    fps: int
    poses: tuple[Pose, ...]
    shoot: Callable[[], Iterator[Image]]
    sound: Sound | None
    lost: frozenset[int] = frozenset()

    @property
    def seconds(self) -> float:
        """How long the picture lasts."""
        return len(self.poses) / self.fps


def generator(seed: int, part: str) -> np.random.Generator:
    """Randomness of one part of a recording, so that parts do not disturb one another.

    >>> bool(generator(1, "blinks").random() == generator(1, "turns").random())
    False
    """
    return np.random.default_rng([seed, *part.encode()])
