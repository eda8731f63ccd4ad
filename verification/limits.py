"""What a recording may cost: the bounds that hold before and while it is decoded.

>>> Limits().for_challenge(13_000).shortest_s
12.0
"""

from dataclasses import dataclass, replace

MEGABYTE = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Bounds of one recording, all inclusive.

    `largest_bytes`: size of the file. `shortest_s`, `longest_s`: length in seconds.
    `longest_side_px`, `shortest_side_px`: the frame's longer and shorter side, in pixels, so
    that a phone held upright is judged as one held sideways. `frames_per_s`: mean frame rate.
    `sampled_per_s`, `sampled_side_px`: how many frames a second are kept, and the shorter side
    to which these are scaled down. `sound_packets_per_s`: mean rate of the sound track's packets;
    Opus, in packets of 2.5 ms (RFC 6716, 2.1.4), has 400. `decode_s`: wall-clock seconds for
    decoding alone, and `cpu_s` processor seconds of the child. `survey_s`: seconds of both kinds
    for the first look at an upload.
    `address_space_bytes`: virtual memory of the child that decodes.
    """

    largest_bytes: int = 200 * MEGABYTE
    shortest_s: float = 3.0
    longest_s: float = 60.0
    longest_side_px: int = 1920
    shortest_side_px: int = 240
    frames_per_s: float = 61.0
    sampled_per_s: float = 10.0
    sampled_side_px: int = 480
    sound_packets_per_s: float = 500.0
    decode_s: float = 60.0
    cpu_s: int = 120
    survey_s: float = 5.0
    address_space_bytes: int = 2_000 * MEGABYTE

    @property
    def packets_per_s(self) -> float:
        """Mean rate of the packets of both tracks."""
        return self.frames_per_s + self.sound_packets_per_s

    def for_challenge(self, duration_ms: int) -> "Limits":
        """These limits, with the recording at least as long as the challenge less a second."""
        return replace(self, shortest_s=max(0.1, duration_ms / 1000 - 1.0))
