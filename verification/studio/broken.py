"""Files that are no proper recordings, each named for what is wrong with it.

    for name, make in BROKEN.items():
        make(directory / name)

None of them is a danger to make; `points_elsewhere_*` name the address that they are given.
"""

import struct
import wave
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType

import numpy as np

from verification.faces.contracts import Image
from verification.studio.encoding import encode
from verification.studio.footage import SOUND_RATE, Footage, Pose, Sound
from verification.studio.take import Format

ELSEWHERE = "http://127.0.0.1:9/never.ts"
"""What the playlists point at: the discard port of this machine."""


def plain_footage(
    *, size: tuple[int, int], frames: int, fps: int, sound: bool = True, loudness: float = 0.1
) -> Footage:
    """A grey picture that changes a little, and a hum: proper media without any content."""

    def shoot() -> Iterator[Image]:
        for index in range(frames):
            yield np.full((size[1], size[0], 3), 100 + index % 50, np.uint8)

    poses = (Pose(),) * frames
    hum = _hum(frames * SOUND_RATE // fps, loudness) if sound else None
    return Footage(size=size, fps=fps, poses=poses, shoot=shoot, sound=hum)


def _hum(samples: int, loudness: float) -> Sound:
    seconds = np.arange(samples) / SOUND_RATE
    return np.asarray(loudness * np.sin(2 * np.pi * 220 * seconds), np.float32)


def zero_bytes(path: Path) -> None:
    """An empty file."""
    path.write_bytes(b"")


def random_bytes(path: Path) -> None:
    """64 KiB of noise."""
    path.write_bytes(np.random.default_rng(0).bytes(65_536))


def plain_text(path: Path) -> None:
    """Prose where a video should be."""
    path.write_text("this is not a video\n" * 500)


def truncated_webm(path: Path) -> None:
    """A WebM file that ends in its middle."""
    _cut(path, Format.WEBM, 0.4)


def truncated_mp4(path: Path) -> None:
    """An MP4 file that ends before its index."""
    _cut(path, Format.MP4, 0.4)


def header_only_webm(path: Path) -> None:
    """The first 200 bytes of a WebM file."""
    _cut(path, Format.WEBM, 0.0, at_least=200)


def _cut(path: Path, format: Format, part: float, *, at_least: int = 0) -> None:
    encode(plain_footage(size=(320, 240), frames=50, fps=25), path, format)
    whole = path.read_bytes()
    path.write_bytes(whole[: max(at_least, int(len(whole) * part))])


def no_audio_track(path: Path) -> None:
    """Picture only."""
    encode(plain_footage(size=(320, 240), frames=50, fps=25, sound=False), path, Format.WEBM)


def no_video_track(path: Path) -> None:
    """Sound only, as a WAV file."""
    with wave.open(str(path), "wb") as recording:
        recording.setparams((1, 2, SOUND_RATE, 0, "NONE", "not compressed"))
        recording.writeframes(np.asarray(_hum(SOUND_RATE * 2, 0.1) * 32_767, "<i2").tobytes())


def frames_of_8k(path: Path) -> None:
    """Three frames of 7680 x 4320 with sound."""
    encode(plain_footage(size=(7680, 4320), frames=3, fps=3), path, Format.MP4)


def ten_minutes(path: Path) -> None:
    """Ten minutes of tiny frames with sound."""
    encode(plain_footage(size=(240, 240), frames=600, fps=1, loudness=0.0), path, Format.MP4)


def one_frame(path: Path) -> None:
    """A single frame."""
    encode(plain_footage(size=(320, 240), frames=1, fps=25), path, Format.WEBM)


def still_image(path: Path) -> None:
    """A PNG picture."""
    import cv2

    _, content = cv2.imencode(".png", np.full((180, 320, 3), 120, np.uint8))
    path.write_bytes(content.tobytes())


def huge_claimed_duration(path: Path) -> None:
    """A WebM file of two seconds whose header claims thirty years."""
    encode(plain_footage(size=(320, 240), frames=50, fps=25), path, Format.WEBM)
    content = bytearray(path.read_bytes())
    duration_at = content.index(b"\x44\x89\x88") + 3
    struct.pack_into(">d", content, duration_at, 1e12)
    path.write_bytes(bytes(content))


def points_elsewhere_concat(path: Path) -> None:
    """An FFmpeg concat playlist."""
    path.write_text("ffconcat version 1.0\nfile '/etc/passwd'\nfile '" + ELSEWHERE + "'\n")


def points_elsewhere_hls(path: Path) -> None:
    """An HLS playlist with an address in it."""
    lines = ("#EXTM3U", "#EXT-X-TARGETDURATION:10", "#EXTINF:10,", ELSEWHERE, "#EXT-X-ENDLIST")
    path.write_text("\n".join(lines) + "\n")


def points_elsewhere_dash(path: Path) -> None:
    """An MPEG-DASH manifest with an address in it."""
    path.write_text(
        '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" '
        'mediaPresentationDuration="PT10S"><Period><AdaptationSet mimeType="video/mp4">'
        f'<Representation id="1" bandwidth="1"><BaseURL>{ELSEWHERE}</BaseURL></Representation>'
        "</AdaptationSet></Period></MPD>"
    )


def points_elsewhere_sdp(path: Path) -> None:
    """A session description that asks to listen on the network."""
    lines = ("v=0", "o=- 0 0 IN IP4 127.0.0.1", "s=-", "c=IN IP4 127.0.0.1", "t=0 0")
    path.write_text("\r\n".join((*lines, "m=video 5004 RTP/AVP 96", "a=rtpmap:96 VP8/90000", "")))


def points_elsewhere_dref(path: Path) -> None:
    """A QuickTime file whose media lies in another file (ISO/IEC 14496-12, 8.7.2)."""
    encode(plain_footage(size=(320, 240), frames=160, fps=10), path, Format.MP4)
    content = path.read_bytes()
    local = struct.pack(">I4sI", 12, b"url ", 1)
    location = ELSEWHERE.encode() + b"\0"
    remote = struct.pack(">I4sI", 12 + len(location), b"url ", 0) + location
    path.write_bytes(_grown(content, local, remote))


def _grown(content: bytes, old: bytes, new: bytes) -> bytes:
    """`content` with each `old` box replaced, and the boxes around it made larger to match."""
    grown = bytearray(content)
    at = grown.find(old)
    while at >= 0:
        for start in _around(bytes(grown), at):
            size = struct.unpack_from(">I", grown, start)[0]
            struct.pack_into(">I", grown, start, size + len(new) - len(old))
        grown[at : at + len(old)] = new
        at = grown.find(old, at + len(new))
    return bytes(grown)


def _around(content: bytes, at: int) -> Iterator[int]:
    """Where each container box begins that holds position `at`."""
    for kind in (b"moov", b"trak", b"mdia", b"minf", b"dinf", b"dref"):
        start = content.find(kind) - 4
        while start >= 0:
            size = struct.unpack_from(">I", content, start)[0]
            if start < at < start + size:
                yield start
            found = content.find(kind, start + 8)
            start = found - 4 if found >= 0 else -1


BROKEN: Mapping[str, Callable[[Path], None]] = MappingProxyType(
    {
        make.__name__: make
        for make in (
            zero_bytes,
            random_bytes,
            plain_text,
            truncated_webm,
            truncated_mp4,
            header_only_webm,
            no_audio_track,
            no_video_track,
            frames_of_8k,
            ten_minutes,
            one_frame,
            still_image,
            huge_claimed_duration,
            points_elsewhere_concat,
            points_elsewhere_hls,
            points_elsewhere_dash,
            points_elsewhere_sdp,
            points_elsewhere_dref,
        )
    }
)
"""Every broken file by the name of its defect."""
