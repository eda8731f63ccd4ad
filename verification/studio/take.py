"""How a recording is to be made.

>>> Take().size, Take().format.value
((1280, 720), 'webm')
"""

from dataclasses import dataclass, field
from enum import StrEnum

from verification.studio.actors import Actor, astronaut
from verification.studio.conditions import Framing, Light
from verification.studio.speakers import SyntheticVoice, Voice


class Format(StrEnum):
    """`webm` is VP8 with Opus, as Chrome records; `mp4` is H.264 with AAC, as Safari does."""

    WEBM = "webm"
    MP4 = "mp4"


@dataclass(frozen=True, slots=True, kw_only=True)
class Take:
    """Who, in which voice, for which camera, and which attack, if any.

    `other` is the second person of attacks that need one; None is a stranger made from `actor`.
    `size` is width and height, both even. `noise` is the sensor's, as a standard deviation of 255,
    `room` how much louder than usual the room is. The person answers every prompt `delay_ms` later
    than usual. `bits_per_pixel` is the encoder's; 0.11 is 2.5 Mbit/s at 720p and 25 frames per
    second, as Chrome records. The frames of a session that is `kept` stay in memory, one session at
    a time, for the next take of it.
    """

    actor: Actor = field(default_factory=astronaut)
    voice: Voice = field(default_factory=SyntheticVoice)
    other: Actor | None = None
    size: tuple[int, int] = (1280, 720)
    fps: int = 25
    noise: float = 1.5
    light: Light = field(default_factory=Light)
    framing: Framing = field(default_factory=Framing)
    room: float = 1.0
    delay_ms: int = 0
    bits_per_pixel: float = 0.11
    format: Format = Format.WEBM
    attack: str | None = None
    kept: bool = False
