"""Decode a recording under limits: frames sampled at a steady rate, sound in media time.

FFmpeg, through PyAV, reads from an open file object and knows no protocol, so that nothing in
the file can make it open another file or an address. Formats and codecs are allow-lists. The
frames come as they are decoded, so that memory does not grow with the recording.

    with path.open("rb") as file:
        for part in decode(file, Limits()):
            ...                              # Frame, Frame, ..., MediaFacts, and Sound at the end

`verification.cage` runs this same function in a child process.

    >>> import io
    >>> next(decode(io.BytesIO(b"#EXTM3U"), Limits()))
    Traceback (most recent call last):
    ...
    verification.media.MediaError: the file is neither webm nor mp4
"""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any, BinaryIO, NoReturn

import numpy as np

from verification.containers import Container, mp4_is_whole, mp4_points_elsewhere, sniff
from verification.errors import VerificationError
from verification.faces.contracts import Image
from verification.facts import MediaFacts
from verification.limits import Limits
from verification.resampling import Resampler
from verification.soundtrack import JITTER_S, Soundtrack
from verification.tallying import Tally
from verification.voices.contracts import SAMPLE_RATE, Samples

if TYPE_CHECKING:
    import av.container

VIDEO_CODECS = ("vp8", "vp9", "av1", "h264", "hevc")
AUDIO_CODECS = ("opus", "vorbis", "aac", "pcm_s16le", "pcm_f32le")
DECODERS = ("libdav1d", "libvpx", "libvpx-vp9", "libopus", "libvorbis")
"""Decoders that FFmpeg may choose for the codecs above under another name."""
SLACK_S = 1.0
ROUNDING_S = 0.002
"""Timestamps come in whole milliseconds at best."""


class MediaError(VerificationError):
    """The recording cannot be used. `code` is one of `media_…`, as in `verification.remedies`."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Frame:
    """One sampled frame, upright, `time_s` seconds after the start of the recording."""

    time_s: float
    image: Image


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sound:
    """All of the sound, on the same clock as the frames, and how long the recording is."""

    samples: Samples
    duration_s: float


Part = Frame | MediaFacts | Sound


def decode(
    file: BinaryIO, limits: Limits, *, clock: Callable[[], float] = time.monotonic
) -> Iterator[Part]:
    """Yield the sampled frames in the order of time, then one `MediaFacts` and one `Sound`.

    Raises `MediaError` as soon as a limit is broken; what came before it must not be used.
    """
    deadline = clock() + limits.decode_s
    container_kind = _require_container(file, limits)
    with as_media_errors(), _open(file, container_kind, limits) as container:
        video, audio = _streams_of(container, limits)
        reading = _Reading(container=container, limits=limits)
        for packet in _packets_of(container, (video, audio), limits):
            if clock() > deadline:
                raise MediaError("media_timeout", f"decoding took over {limits.decode_s:g} s")
            for frame in packet.decode():
                taken = reading.take(frame)
                if taken is not None:
                    paused = clock()
                    yield taken
                    deadline += clock() - paused
        sound = reading.finish()
        yield reading.tally.finish()
        yield sound


def survey(file: BinaryIO, limits: Limits, *, clock: Callable[[], float] = time.monotonic) -> None:
    """Raise the `MediaError` that can be found without decoding: a first look at an upload.

    Container, tracks, codecs, stated frame size, length, and that both tracks have something in
    them. What passes can still prove damaged when it is decoded.
    """
    deadline = clock() + limits.survey_s
    container_kind = _require_container(file, limits)
    with as_media_errors(), _open(file, container_kind, limits) as container:
        video, audio = _streams_of(container, limits)
        origin_s = (container.start_time or 0) / 1e6
        last_s = {"video": -1.0, "audio": -1.0}
        for packet in _packets_of(container, (video, audio), limits):
            if clock() > deadline:
                raise MediaError("media_timeout", f"reading took over {limits.survey_s:g} s")
            if packet.pts is None or packet.time_base is None:
                continue
            time_s = float(packet.pts * packet.time_base) - origin_s
            if time_s > limits.longest_s:
                raise MediaError("media_too_long", f"over {limits.longest_s:g} s")
            last_s[packet.stream.type] = max(last_s[packet.stream.type], time_s)
    if last_s["audio"] < 0:
        raise MediaError("media_no_audio", "the sound track is empty")
    if last_s["video"] < limits.shortest_s:
        raise MediaError(
            "media_too_short",
            f"{max(0.0, last_s['video']):.1f} s; at least {limits.shortest_s:.1f} s",
        )


def _require_container(file: BinaryIO, limits: Limits) -> Container:
    size = file.seek(0, os.SEEK_END)
    if size == 0:
        raise MediaError("media_empty", "the file is empty")
    if size > limits.largest_bytes:
        raise MediaError("media_too_large", f"{size} bytes; at most {limits.largest_bytes}")
    kind = sniff(file)
    if kind is None:
        raise MediaError("media_not_video", "the file is neither webm nor mp4")
    if kind is Container.MP4 and not mp4_is_whole(file):
        raise MediaError("media_truncated", "the mp4 file ends before its index or its data")
    if kind is Container.MP4 and mp4_points_elsewhere(file):
        raise MediaError("media_external_reference", "the file points to another file or address")
    file.seek(0)
    return kind


def _open(file: BinaryIO, kind: Container, limits: Limits) -> "av.container.InputContainer":
    """Open with every door shut: named format, no protocol, listed codecs, bounded pixels."""
    import av

    options = {
        "protocol_whitelist": "none",
        "codec_whitelist": ",".join((*VIDEO_CODECS, *AUDIO_CODECS, *DECODERS)),
        "max_pixels": str(limits.longest_side_px**2),
        "max_streams": "8",
        # of the decoders that FFmpeg tries out to learn what the streams are
        "threads": "1",
    }
    if kind is Container.MP4:
        options["enable_drefs"] = "0"
    return av.open(
        nameless(file), mode="r", format=kind.value, options=options, io_open=refuse_reference
    )


class nameless:  # noqa: N801 (used like a function)
    """A file object without a name, because FFmpeg resolves references against names."""

    def __init__(self, file: BinaryIO) -> None:
        self.read = file.read
        self.seek = file.seek
        self.tell = file.tell


def refuse_reference(url: str, flags: int, options: dict[str, str]) -> NoReturn:
    """Refuse to open what a file points to."""
    del url, flags, options
    raise MediaError("media_external_reference", "the file points to another file or address")


@contextmanager
def as_media_errors() -> Iterator[None]:
    """Turn what FFmpeg raises about a file into `MediaError`."""
    import av.error

    try:
        yield
    except (av.error.FFmpegError, ValueError, OverflowError, ZeroDivisionError) as error:
        raise MediaError("media_corrupt", f"the file cannot be decoded: {error}") from error


def _streams_of(container: "av.container.InputContainer", limits: Limits) -> tuple[Any, Any]:
    """The one video and the one audio stream, checked before anything of them is decoded."""
    video, audio = container.streams.video, container.streams.audio
    if not video:
        raise MediaError("media_no_video", "the file has no picture")
    if not audio:
        raise MediaError("media_no_audio", "the file has no sound track")
    if len(video) > 1 or len(audio) > 1:
        raise MediaError("media_several_tracks", "the file has several pictures or sound tracks")
    _require_codec(video[0], VIDEO_CODECS)
    _require_codec(audio[0], AUDIO_CODECS)
    _require_size(video[0].width, video[0].height, limits)
    _require_duration(container, limits)
    for stream in (video[0], audio[0]):
        # the process that decodes may start no thread
        stream.codec_context.thread_count = 1
    return video[0], audio[0]


def _packets_of(
    container: "av.container.InputContainer", streams: tuple[Any, Any], limits: Limits
) -> Iterator[Any]:
    """The packets in the order of the file, and no more than a recording can have."""
    most = limits.packets_per_s * (limits.longest_s + SLACK_S)
    for count, packet in enumerate(container.demux(*streams), start=1):
        if count > most:
            raise MediaError("media_too_many_packets", f"over {most:.0f} packets")
        yield packet


def _require_codec(stream: Any, allowed: tuple[str, ...]) -> None:  # noqa: ANN401 (PyAV's union)
    context = stream.codec_context
    codec = context.codec.canonical_name if context is not None else "unknown"
    if codec not in allowed:
        raise MediaError("media_codec_refused", f"codec `{codec}` is not one of {allowed}")


def _require_size(width: int, height: int, limits: Limits) -> None:
    if max(width, height) > limits.longest_side_px:
        raise MediaError("media_frame_too_large", f"frames of {width}x{height} pixels")
    if min(width, height) < limits.shortest_side_px:
        raise MediaError("media_frame_too_small", f"frames of {width}x{height} pixels")


def _require_duration(container: "av.container.InputContainer", limits: Limits) -> None:
    """A stated length over the limit is believed; the true one is counted while decoding."""
    if container.duration is not None and container.duration / 1e6 > limits.longest_s + SLACK_S:
        raise MediaError("media_too_long", f"{container.duration / 1e6:.0f} s")


class _Reading:
    """What has been decoded so far, and the limits that hold while it goes on."""

    def __init__(self, *, container: "av.container.InputContainer", limits: Limits) -> None:
        self.tally = Tally(longest_s=limits.longest_s + SLACK_S)
        self._limits = limits
        self._origin_s = (container.start_time or 0) / 1e6
        self._sound = Soundtrack(longest_s=limits.longest_s + SLACK_S)
        self._resampler: Resampler | None = None
        self._placed_s = 0.0
        self._heard_until_s = 0.0
        self._seen_until_s = 0.0
        self._frames = 0
        self._heard = False
        self._next_sample_s = 0.0

    def take(self, frame: Any) -> Frame | None:  # noqa: ANN401 (PyAV's union of frames)
        """Account for one decoded frame; return it if it is a picture to keep."""
        import av

        if frame.pts is None or frame.time_base is None:
            return None
        time_s = float(frame.pts * Fraction(frame.time_base)) - self._origin_s
        self._require_time(time_s)
        if isinstance(frame, av.VideoFrame):
            return self._take_picture(frame, max(0.0, time_s))
        self._take_sound(frame, max(0.0, time_s))
        return None

    def _require_time(self, time_s: float) -> None:
        if time_s > self._limits.longest_s:
            raise MediaError("media_too_long", f"over {self._limits.longest_s:g} s")
        if time_s < -SLACK_S:
            raise MediaError("media_corrupt", "timestamps before the start of the recording")

    def _take_picture(self, frame: Any, time_s: float) -> Frame | None:  # noqa: ANN401
        _require_size(frame.width, frame.height, self._limits)
        self._frames += 1
        self._seen_until_s = max(self._seen_until_s, time_s)
        if self._frames > self._limits.frames_per_s * (self._seen_until_s + SLACK_S):
            most = self._limits.frames_per_s
            raise MediaError("media_too_many_frames", f"over {most:g} frames a second")
        self.tally.see(frame, time_s)
        if time_s < self._next_sample_s - ROUNDING_S:
            return None
        step = 1.0 / self._limits.sampled_per_s
        # keeps to the grid where frames are late, and skips what a gap left out
        self._next_sample_s = max(self._next_sample_s + step, time_s + step / 2)
        return Frame(time_s=time_s, image=_upright(frame, self._limits.sampled_side_px))

    def _take_sound(self, frame: Any, time_s: float) -> None:  # noqa: ANN401
        if self._resampler is not None and abs(time_s - self._heard_until_s) > JITTER_S:
            self._flush_sound()
        if self._resampler is None:
            self._resampler = Resampler(frame)
            self._placed_s = time_s
        self._heard_until_s = time_s + frame.samples / frame.sample_rate
        self._heard = True
        self.tally.hear(frame, time_s)
        self._place(self._resampler.take(frame))

    def _flush_sound(self) -> None:
        if self._resampler is not None:
            self._place(self._resampler.take(None))
            self._resampler = None

    def _place(self, samples: Samples) -> None:
        if samples.size:
            self._sound.place(self._placed_s, samples)
            self._placed_s += samples.size / SAMPLE_RATE

    def finish(self) -> Sound:
        """The sound, once the lengths are known to be allowed."""
        self._flush_sound()
        if not self._frames:
            raise MediaError("media_no_video", "not one frame could be decoded")
        if not self._heard:
            raise MediaError("media_no_audio", "the sound track is empty")
        if self._seen_until_s < self._limits.shortest_s:
            seen, shortest = self._seen_until_s, self._limits.shortest_s
            raise MediaError("media_too_short", f"{seen:.1f} s; at least {shortest:.1f} s")
        duration_s = max(self._seen_until_s, self._sound.seconds)
        return Sound(samples=self._sound.samples(), duration_s=duration_s)


def _upright(frame: Any, side_px: int) -> Image:  # noqa: ANN401
    """RGB, scaled down so that the shorter side is `side_px`, turned as the metadata say."""
    scale = min(1.0, side_px / min(frame.width, frame.height))
    width, height = round(frame.width * scale), round(frame.height * scale)
    image = frame.reformat(width, height, "rgb24", interpolation="AREA", threads=1).to_ndarray()
    # PyAV's `rotation` is counter-clockwise, and so is numpy's
    turned = np.rot90(image, k=round(frame.rotation / 90) % 4)
    return np.ascontiguousarray(turned, dtype=np.uint8)
