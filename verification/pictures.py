"""Decode the pictures of an upload, stills or a silent clip, for faces to be looked for in them.

    for frame in pictures(file, SCANNED):
        ...                                  # one frame of a still, some of a clip

The same doors are shut as for recordings (`verification.media`), and a sound track is not looked
at. Run by `verification.cage` alone: image decoders are no safer than those of video.

    >>> import io
    >>> still_kind(io.BytesIO(b"\\x89PNG\\r\\n\\x1a\\n" + bytes(20)))
    <Still.PNG: 'png_pipe'>
    >>> still_kind(io.BytesIO(b"GIF89a" + bytes(20))) is None
    True
"""

import os
import time
from collections.abc import Callable, Iterator
from enum import StrEnum
from fractions import Fraction
from typing import Any, BinaryIO

import numpy as np

from verification.containers import Container, mp4_is_whole, mp4_points_elsewhere, sniff
from verification.faces.contracts import Image
from verification.limits import MEGABYTE, Limits
from verification.media import (
    DECODERS,
    SLACK_S,
    VIDEO_CODECS,
    Frame,
    MediaError,
    as_media_errors,
    nameless,
    refuse_reference,
)

STILL_CODECS = ("mjpeg", "png", "webp")
HEAD_BYTES = 64
SCANNED = Limits(
    largest_bytes=100 * MEGABYTE,
    shortest_s=0.0,
    longest_s=120.0,
    longest_side_px=8192,
    shortest_side_px=32,
    sampled_per_s=2.0,
    sampled_side_px=1080,
)
"""What a still or a clip to look for faces in may be."""


class Still(StrEnum):
    """A format of still pictures; the value is FFmpeg's name for its demuxer."""

    JPEG = "jpeg_pipe"
    PNG = "png_pipe"
    WEBP = "webp_pipe"


def still_kind(file: BinaryIO) -> Still | None:
    """The format by the first bytes, or None for anything else."""
    file.seek(0)
    head = file.read(HEAD_BYTES)
    if head.startswith(b"\xff\xd8\xff"):
        return Still.JPEG
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return Still.PNG
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return Still.WEBP
    return None


def pictures(
    file: BinaryIO, limits: Limits, *, clock: Callable[[], float] = time.monotonic
) -> Iterator[Frame]:
    """Yield the still at 0 s, or the sampled frames of a clip in the order of time.

    Raises `MediaError` as soon as a limit is broken; what came before it must not be used.
    """
    size = file.seek(0, os.SEEK_END)
    if size == 0:
        raise MediaError("media_empty", "the file is empty")
    if size > limits.largest_bytes:
        raise MediaError("media_too_large", f"{size} bytes; at most {limits.largest_bytes}")
    kind = still_kind(file)
    with as_media_errors():
        if kind is not None:
            yield _still(file, kind, limits)
        else:
            yield from _clip(file, limits, clock)


def _still(file: BinaryIO, kind: Still, limits: Limits) -> Frame:
    _require_one_picture(file, kind, limits)
    with _opened(file, kind.value, STILL_CODECS, limits) as container:
        (stream,) = container.streams.video[:1] or (None,)
        _require_stream(stream, STILL_CODECS, limits)
        for frame in container.decode(stream):
            return Frame(time_s=0.0, image=_upright(frame, limits))
    raise MediaError("media_corrupt", "the picture cannot be decoded")


def _require_one_picture(file: BinaryIO, kind: Still, limits: Limits) -> None:
    """What moves has more pictures than the first, in which faces could hide, and what is cut
    off has less of it."""
    file.seek(0)
    if kind is Still.JPEG:
        whole = file.read(limits.largest_bytes)
        # ITU-T T.81, B.1.1.3: the end of the image comes after the start of the last scan
        if whole.rfind(b"\xff\xd9") < whole.rfind(b"\xff\xda"):
            raise MediaError("media_truncated", "the jpeg ends before its picture does")
        return
    mark = {Still.PNG: b"acTL", Still.WEBP: b"ANIM"}.get(kind)
    # a size is given, since reading to the end would ask for the file's status
    if mark is not None and mark in file.read(limits.largest_bytes):
        raise MediaError("media_codec_refused", "an animated picture: send a clip")


def _clip(file: BinaryIO, limits: Limits, clock: Callable[[], float]) -> Iterator[Frame]:
    kind = sniff(file)
    if kind is None:
        raise MediaError("media_not_video", "the file is no jpeg, png, webp, webm or mp4")
    if kind is Container.MP4 and not mp4_is_whole(file):
        raise MediaError("media_truncated", "the mp4 file ends before its index or its data")
    if kind is Container.MP4 and mp4_points_elsewhere(file):
        raise MediaError("media_external_reference", "the file points to another file or address")
    deadline, next_s, frames = clock() + limits.decode_s, 0.0, 0
    with _opened(file, kind.value, (*VIDEO_CODECS, *DECODERS), limits) as container:
        streams = container.streams.video
        if len(streams) > 1:
            raise MediaError("media_several_tracks", "the file has several pictures")
        stream = streams[0] if streams else None
        _require_stream(stream, VIDEO_CODECS, limits)
        for frame in container.decode(stream):
            frames += 1
            if clock() > deadline:
                raise MediaError("media_timeout", f"decoding took over {limits.decode_s:g} s")
            time_s = _time_of(frame, container, limits)
            if frames > limits.frames_per_s * (time_s + SLACK_S):
                raise MediaError("media_too_many_frames", f"over {limits.frames_per_s:g} a second")
            if time_s < next_s:
                continue
            next_s = time_s + 1.0 / limits.sampled_per_s
            paused = clock()
            yield Frame(time_s=time_s, image=_upright(frame, limits))
            deadline += clock() - paused
    if not frames:
        raise MediaError("media_no_video", "not one frame could be decoded")


def _opened(file: BinaryIO, format: str, codecs: tuple[str, ...], limits: Limits) -> Any:  # noqa: ANN401 (PyAV's container)
    """Open with every door shut, as `verification.media` does."""
    import av

    options = {
        "protocol_whitelist": "none",
        "codec_whitelist": ",".join(codecs),
        "max_pixels": str(limits.longest_side_px**2),
        "max_streams": "8",
        "threads": "1",
        # what is damaged is refused: a decoder that guesses could paint a face away
        "err_detect": "explode",
    }
    if format == Container.MP4:
        options["enable_drefs"] = "0"
    file.seek(0)
    return av.open(
        nameless(file), mode="r", format=format, options=options, io_open=refuse_reference
    )


def _require_stream(stream: Any, codecs: tuple[str, ...], limits: Limits) -> None:  # noqa: ANN401
    if stream is None:
        raise MediaError("media_no_video", "the file has no picture")
    context = stream.codec_context
    codec = context.codec.canonical_name if context is not None else "unknown"
    if codec not in codecs:
        raise MediaError("media_codec_refused", f"codec `{codec}` is not one of {codecs}")
    context.thread_count = 1
    _require_size(stream.width, stream.height, limits)


def _require_size(width: int, height: int, limits: Limits) -> None:
    if max(width, height) > limits.longest_side_px:
        raise MediaError("media_frame_too_large", f"{width}x{height} pixels")
    # a still's size may be known only once it is decoded
    if 0 < min(width, height) < limits.shortest_side_px:
        raise MediaError("media_frame_too_small", f"{width}x{height} pixels")


def _time_of(frame: Any, container: Any, limits: Limits) -> float:  # noqa: ANN401
    if frame.pts is None or frame.time_base is None:
        raise MediaError("media_corrupt", "a frame without a time")
    time_s = float(frame.pts * Fraction(frame.time_base)) - (container.start_time or 0) / 1e6
    if time_s > limits.longest_s:
        raise MediaError("media_too_long", f"over {limits.longest_s:g} s")
    if time_s < -SLACK_S:
        raise MediaError("media_corrupt", "timestamps before the start of the recording")
    return max(0.0, time_s)


def _upright(frame: Any, limits: Limits) -> Image:  # noqa: ANN401
    """RGB, scaled down so that the shorter side is within the limit, turned as metadata say."""
    _require_size(frame.width, frame.height, limits)
    scale = min(1.0, limits.sampled_side_px / min(frame.width, frame.height))
    size = max(1, round(frame.width * scale)), max(1, round(frame.height * scale))
    image = frame.reformat(*size, "rgb24", interpolation="AREA", threads=1).to_ndarray()
    turned = np.rot90(image, k=round(frame.rotation / 90) % 4)
    return np.ascontiguousarray(turned, dtype=np.uint8)
