"""Footage to a file, as browsers record it: WebM with VP8 and Opus, MP4 with H.264 and AAC.

encode(footage, Path("recording.webm"), Format.WEBM)
"""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from verification.faces.contracts import Image
from verification.studio.footage import SOUND_RATE, Footage, Sound
from verification.studio.take import Format

if TYPE_CHECKING:
    from av import AudioFrame, AudioStream, VideoFrame, VideoStream
    from av.container import OutputContainer

BLOCK = SOUND_RATE // 50
"""Samples handed to the encoder at once: 20 ms."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Codecs:
    """Encoders and their settings: the same frames give the same bytes.

    So one thread each; and libvpx has a negative speed, since it looks at how long a frame took
    where it is positive, and does less on a busy machine.
    """

    picture: str
    picture_options: dict[str, str]
    sound: str


CODECS = MappingProxyType(
    {
        Format.WEBM: Codecs(
            picture="libvpx",
            picture_options={"deadline": "realtime", "cpu-used": "-4", "threads": "1"},
            sound="libopus",
        ),
        Format.MP4: Codecs(
            picture="libx264",
            picture_options={"preset": "ultrafast", "threads": "1"},
            sound="aac",
        ),
    }
)


def encode(footage: Footage, path: Path, format: Format, *, bits_per_pixel: float = 0.11) -> None:
    """Write `footage` to `path`, picture and sound interleaved in time."""
    import av

    codecs = CODECS[format]
    options = {"fflags": "+bitexact"}
    with av.open(str(path), "w", format=format.value, options=options) as container:
        streams: list[VideoStream | AudioStream] = [
            _picture_stream(container, footage, codecs, bits_per_pixel)
        ]
        if footage.sound is not None:
            streams.append(_sound_stream(container, codecs))
        for kind, content in _interleaved(footage):
            container.mux(streams[kind].encode(content))
        for stream in streams:
            container.mux(stream.encode(None))


def _picture_stream(
    container: "OutputContainer", footage: Footage, codecs: Codecs, bits_per_pixel: float
) -> "VideoStream":
    added = container.add_stream(
        codecs.picture, rate=footage.fps, options=dict(codecs.picture_options)
    )
    stream = cast("VideoStream", added)
    stream.width, stream.height = footage.size
    stream.pix_fmt = "yuv420p"
    stream.bit_rate = round(footage.size[0] * footage.size[1] * footage.fps * bits_per_pixel)
    return stream


def _sound_stream(container: "OutputContainer", codecs: Codecs) -> "AudioStream":
    added = container.add_stream(codecs.sound, rate=SOUND_RATE, layout="mono")
    stream = cast("AudioStream", added)
    stream.bit_rate = 64_000
    return stream


def _interleaved(footage: Footage) -> Iterator[tuple[int, Any]]:
    """Frames (0) and blocks of sound (1) in the order of their time."""
    sound = np.zeros(0, np.float32) if footage.sound is None else footage.sound
    heard = 0
    for index, image in enumerate(footage.shoot()):
        if index not in footage.lost:
            yield 0, _video_frame(image, index)
        while heard < min(sound.size, (index + 1) * SOUND_RATE / footage.fps):
            yield 1, _audio_frame(sound, heard)
            heard += BLOCK
    for start in range(heard, sound.size, BLOCK):
        yield 1, _audio_frame(sound, start)


def _video_frame(image: Image, index: int) -> "VideoFrame":
    import av
    import cv2

    planes = cv2.cvtColor(image, cv2.COLOR_RGB2YUV_I420)
    frame = av.VideoFrame.from_ndarray(np.asarray(planes, np.uint8), format="yuv420p")
    frame.pts = index
    return frame


def _audio_frame(sound: Sound, start: int) -> "AudioFrame":
    """The block of sound that begins at sample `start`."""
    import av

    samples = (np.clip(sound[start : start + BLOCK], -1, 1) * 32_767).astype(np.int16)
    frame = av.AudioFrame.from_ndarray(samples[None], format="s16", layout="mono")
    frame.sample_rate, frame.pts = SOUND_RATE, start
    frame.time_base = Fraction(1, SOUND_RATE)
    return frame
