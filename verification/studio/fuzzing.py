"""Recordings spoilt at random, the same ones for the same number.

    originals = encoded_originals(directory)
    for number in range(2_000):
        spoilt = spoil(originals, number)
        spoilt.name, spoilt.content

>>> spoil({"plain": bytes(range(256)) * 8}, 5) == spoil({"plain": bytes(range(256)) * 8}, 5)
True
"""

import os
import random
import struct
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from verification.studio.footage import SOUND_RATE

if TYPE_CHECKING:
    from av import AudioStream, VideoStream

SIZE, FRAMES, FPS = (256, 240), 24, 12
"""Of the originals: two seconds, so that thousands can be tried."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Encoding:
    """A container with FFmpeg's options for it, and the encoders of picture and sound."""

    container: str
    picture: str
    sound: str
    options: tuple[tuple[str, str], ...] = ()


QUICKLY: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "libvpx": {"deadline": "realtime", "cpu-used": "-8"},
        "libvpx-vp9": {"deadline": "realtime", "cpu-used": "8"},
        "libx264": {"preset": "ultrafast"},
        "libx265": {"preset": "ultrafast", "x265-params": "log-level=none:pools=1"},
        "libsvtav1": {"preset": "12", "svtav1-params": "lp=1"},
    }
)
"""Options of each encoder that cost little time. VP8 has a negative speed: a positive one looks at
the clock, and gives other bytes on a busy machine."""

ENCODINGS: Mapping[str, Encoding] = MappingProxyType(
    {
        "vp8_opus_webm": Encoding(container="webm", picture="libvpx", sound="libopus"),
        "vp9_opus_webm": Encoding(container="webm", picture="libvpx-vp9", sound="libopus"),
        "av1_opus_webm": Encoding(container="webm", picture="libsvtav1", sound="libopus"),
        "live_webm": Encoding(
            container="webm", picture="libvpx", sound="libopus", options=(("live", "1"),)
        ),
        "h264_pcm_matroska": Encoding(container="matroska", picture="libx264", sound="pcm_s16le"),
        "h264_aac_mp4": Encoding(container="mp4", picture="libx264", sound="aac"),
        "hevc_aac_mp4": Encoding(container="mp4", picture="libx265", sound="aac"),
        "vp9_opus_mp4": Encoding(container="mp4", picture="libvpx-vp9", sound="libopus"),
        "fragmented_mp4": Encoding(
            container="mp4",
            picture="libx264",
            sound="aac",
            options=(("movflags", "frag_keyframe+empty_moov+default_base_moof"),),
        ),
    }
)
"""What browsers and phones record, and what else is let in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoilt:
    """A spoilt file; `name` tells its original and what was done to it."""

    name: str
    content: bytes


def encoded_originals(directory: Path) -> dict[str, bytes]:
    """A small recording in each of `ENCODINGS`, by name. Written to `directory` on the way."""
    found = {}
    for name, encoding in ENCODINGS.items():
        path = directory / name
        with _usual_scheduling():
            _write(path, encoding)
        found[name] = path.read_bytes()
    return found


@contextmanager
def _usual_scheduling() -> Iterator[None]:
    """Leave the thread as it was: for root, SVT-AV1 puts it under SCHED_FIFO at 99.

    Children inherit that, and starve everybody; a BLAS that spins starves its own threads.
    """
    if not hasattr(os, "sched_setscheduler"):  # another system than Linux
        yield
        return
    policy, parameters = os.sched_getscheduler(0), os.sched_getparam(0)
    try:
        yield
    finally:
        os.sched_setscheduler(0, policy, parameters)


def _write(path: Path, encoding: Encoding) -> None:
    import av

    options = {"fflags": "+bitexact", **dict(encoding.options)}
    with av.open(str(path), "w", format=encoding.container, options=options) as container:
        quick = {"threads": "1", **QUICKLY[encoding.picture]}
        added = container.add_stream(encoding.picture, rate=FPS, options=quick)
        video = cast("VideoStream", added)
        (video.width, video.height), video.pix_fmt, video.gop_size = SIZE, "yuv420p", 8
        audio = cast(
            "AudioStream", container.add_stream(encoding.sound, rate=SOUND_RATE, layout="mono")
        )
        for index in range(FRAMES):
            container.mux(video.encode(_picture(index)))
            container.mux(audio.encode(_sound(index)))
        for stream in (video, audio):
            container.mux(stream.encode(None))


def _picture(index: int) -> Any:  # noqa: ANN401 (PyAV is imported where it is used)
    import av

    image = np.random.default_rng(index).integers(98, 102, (SIZE[1], SIZE[0], 3), np.uint8)
    image[:, index * 8 : index * 8 + 24] = 230
    return av.VideoFrame.from_ndarray(image, format="rgb24")


def _sound(index: int) -> Any:  # noqa: ANN401 (as above)
    import av

    count = SOUND_RATE // FPS
    at = np.arange(index * count, (index + 1) * count) / SOUND_RATE
    tone = np.asarray(3_000 * np.sin(2 * np.pi * 300 * at), np.int16)
    frame = av.AudioFrame.from_ndarray(tone[None], format="s16", layout="mono")
    frame.sample_rate, frame.pts = SOUND_RATE, index * count
    return frame


def spoil(originals: Mapping[str, bytes], number: int) -> Spoilt:
    """The spoilt file of this number: one original, and one to three things done to it."""
    rng = random.Random(number)
    name = sorted(originals)[number % len(originals)]
    content = bytearray(originals[name])
    done = [rng.choice(WAYS) for _ in range(rng.choice((1, 1, 1, 2, 3)))]
    for way in done:
        if content:
            way(content, rng)
    if content == originals[name]:
        # two zeros may have changed places, for instance
        content[rng.randrange(len(content))] ^= 0xFF
    ways = "+".join(way.__name__ for way in done)
    return Spoilt(name=f"{number}:{name}:{ways}", content=bytes(content))


def flipped_bits(content: bytearray, rng: random.Random) -> None:
    """Up to 200 single bits anywhere."""
    for _ in range(rng.choice((1, 5, 40, 200))):
        content[rng.randrange(len(content))] ^= 1 << rng.randrange(8)


def flipped_headers(content: bytearray, rng: random.Random) -> None:
    """A few bytes where the headers are."""
    for _ in range(rng.choice((1, 4, 16))):
        content[rng.randrange(min(len(content), 900))] = rng.randrange(256)


def truncated(content: bytearray, rng: random.Random) -> None:
    """The end is missing."""
    del content[rng.randrange(len(content)) :]


def cut_out(content: bytearray, rng: random.Random) -> None:
    """A piece is missing."""
    start, end = _piece(content, rng)
    del content[start:end]


def repeated(content: bytearray, rng: random.Random) -> None:
    """A piece comes twice, the second time anywhere."""
    start, end = _piece(content, rng)
    at = rng.randrange(len(content))
    content[at:at] = content[start:end]


def noisy(content: bytearray, rng: random.Random) -> None:
    """A piece is noise."""
    start, end = _piece(content, rng)
    content[start:end] = rng.randbytes(end - start)


def blank(content: bytearray, rng: random.Random) -> None:
    """A piece is all zeros or all ones."""
    start, end = _piece(content, rng)
    content[start:end] = bytes([rng.choice((0, 255))]) * (end - start)


def absurd_numbers(content: bytearray, rng: random.Random) -> None:
    """Lengths, counts and sizes in headers are as large, or as negative, as they can be."""
    marks = [mark for mark in (*TABLES, *ELEMENTS) if mark in content]
    for mark in rng.sample(marks, min(len(marks), rng.choice((1, 2, 4)))):
        at = content.index(mark) + len(mark) + rng.choice((0, 1, 4, 8, 12))
        number = rng.choice(ABSURD)
        content[at : at + len(number)] = number


def absurd_box_sizes(content: bytearray, rng: random.Random) -> None:
    """The boxes of an MP4 file claim other sizes; elsewhere four bytes change."""
    places = [at for at, _ in boxes_of(content)] or [rng.randrange(len(content))]
    for at in rng.sample(places, min(len(places), rng.choice((1, 2, 3)))):
        content[at : at + 4] = struct.pack(">I", rng.choice(SIZES))


def swapped_boxes(content: bytearray, rng: random.Random) -> None:
    """Two boxes of an MP4 file, or two pieces of another one, have changed places."""
    found = [(at, at + size) for at, size in boxes_of(content) if at + size <= len(content)]
    one, other = sorted(
        rng.sample(found, 2) if len(found) > 1 else [_piece(content, rng), _piece(content, rng)]
    )
    if one[1] <= other[0]:
        first, second = content[slice(*one)], content[slice(*other)]
        content[slice(*other)] = first
        content[slice(*one)] = second


def renamed_boxes(content: bytearray, rng: random.Random) -> None:
    """Boxes bear the names of others; in other files a known mark becomes another."""
    places = [content.index(name) for name in BOXES if name in content]
    for at in rng.sample(places, min(len(places), 2)):
        content[at : at + 4] = rng.choice(BOXES)
    marks = [mark for mark in ELEMENTS if mark in content]
    if not places and marks:
        mark, other = rng.choice(marks), rng.choice(ELEMENTS)
        at = content.index(mark)
        content[at : at + len(mark)] = other


def deeply_nested(content: bytearray, rng: random.Random) -> None:
    """The same box within itself, thousands of times."""
    depth = rng.choice((50, 2_000))
    name = rng.choice((b"moov", b"trak", b"mdia", b"udta", b"meta"))
    nest = b"".join(struct.pack(">I4s", 8 * (depth - level), name) for level in range(depth))
    at = struct.unpack_from(">I", content)[0] if len(content) >= 4 else 0
    at = min(at, len(content))
    content[at:at] = nest


def _piece(content: bytearray, rng: random.Random) -> tuple[int, int]:
    start = rng.randrange(len(content))
    return start, min(len(content), start + rng.choice((1, 16, 400, 6_000)))


def boxes_of(content: bytes | bytearray) -> Iterator[tuple[int, int]]:
    """Where known boxes of an MP4 file begin, and the sizes that they claim."""
    if content[4:8] != b"ftyp":
        return
    for name in BOXES:
        at = content.find(name) - 4
        while at >= 0:
            yield at, struct.unpack_from(">I", content, at)[0]
            found = content.find(name, at + 8)
            at = found - 4 if found >= 0 else -1


BOXES = (
    *(b"moov", b"trak", b"mdia", b"minf", b"stbl", b"mdat", b"moof", b"traf", b"edts", b"dinf"),
    *(b"mvhd", b"tkhd", b"mdhd", b"hdlr", b"stsd", b"stts", b"stsc", b"stsz", b"stco", b"ctts"),
    *(b"elst", b"trun", b"tfhd", b"tfdt", b"mvex", b"avcC", b"hvcC", b"esds", b"dref", b"url "),
)
"""Of ISO/IEC 14496-12, 14496-14 and 14496-15."""

TABLES = BOXES[10:]
"""Boxes that hold numbers."""

ELEMENTS = tuple(
    bytes.fromhex(mark)
    for mark in (
        *("1a45dfa3", "18538067", "1549a966", "1654ae6b", "1f43b675", "1c53bb6b", "114d9b74"),
        *("2ad7b1", "4489", "23e383", "b0", "ba", "b5", "9f", "63a2", "86", "e7", "a3", "d7"),
    )
)
"""EBML header, segment, information, tracks, cluster, cues, seek head; time scale, duration, frame
duration, width, height, sampling frequency, channels, codec data and name, time, block, number
(RFC 9559)."""

SIZES = (0, 1, 2, 7, 8, 9, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF)
ABSURD = (
    *(
        b"\xff" * 4,
        b"\x7f\xff\xff\xff",
        b"\x80\0\0\0",
        bytes(4),
        b"\xff" * 8,
        b"\x01" + b"\xff" * 7,
    ),
    *(b"\x88" + b"\xff" * 8, b"\x88" + struct.pack(">d", 1e300), b"\x84\xff\xff\xff\xff"),
    *(b"\x88" + struct.pack(">d", float("nan")), b"\x82\xff\xff", b"\x81\0", b"\0\0\0\x01" * 2),
)

Way = Callable[[bytearray, random.Random], None]

WAYS: tuple[Way, ...] = (
    flipped_bits,
    flipped_headers,
    truncated,
    cut_out,
    repeated,
    noisy,
    blank,
    absurd_numbers,
    absurd_box_sizes,
    swapped_boxes,
    renamed_boxes,
    deeply_nested,
)
"""What can be done to a file, each by its name."""
