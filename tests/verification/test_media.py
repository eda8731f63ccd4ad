"""Decoding under limits: what comes out of good files, and how bad ones are refused."""

import io
import itertools
import random
import struct
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any, BinaryIO

import av
import numpy as np
import pytest

from verification.containers import mp4_is_whole, mp4_points_elsewhere, sniff
from verification.facts import MediaFacts
from verification.limits import Limits
from verification.media import Frame, MediaError, Sound, decode, survey
from verification.soundtrack import Soundtrack

LIMITS = Limits(longest_s=8.0)
Clips = Callable[..., Path]
UPRIGHT = struct.pack(">9i", 65536, 0, 0, 0, 65536, 0, 0, 0, 1 << 30)
CLOCKWISE = struct.pack(">9i", 0, 65536, 0, -65536, 0, 0, 360 << 16, 0, 1 << 30)


def decoded(data: bytes | Path, limits: Limits = LIMITS) -> tuple[list[Frame], Sound]:
    file = io.BytesIO(data if isinstance(data, bytes) else data.read_bytes())
    *frames, facts, sound = decode(file, limits)
    assert isinstance(facts, MediaFacts)
    assert isinstance(sound, Sound)
    return [frame for frame in frames if isinstance(frame, Frame)], sound


def code_of(data: bytes | Path, limits: Limits = LIMITS) -> str:
    with pytest.raises(MediaError) as caught:
        decoded(data, limits)
    assert str(caught.value)
    return caught.value.code


@pytest.mark.parametrize("name", ["webm", "mp4"])
def test_frames_come_ten_a_second_on_the_clock_of_the_sound(
    name: str, request: pytest.FixtureRequest
) -> None:
    frames, sound = decoded(request.getfixturevalue(name))
    times = [frame.time_s for frame in frames]
    assert times == pytest.approx([index / 10 for index in range(40)], abs=0.03)
    assert frames[0].image.shape == (360, 640, 3)
    assert sound.duration_s == pytest.approx(4.0, abs=0.05)
    assert np.argmax(np.abs(sound.samples) > 0.1) / 16_000 == pytest.approx(2.0, abs=0.03)


def test_the_bar_stands_where_its_time_says(webm: Path) -> None:
    frames, _ = decoded(webm)
    for frame in frames[5:35]:
        brightest = int(frame.image[:, :, 0].mean(axis=0).argmax())
        assert brightest == pytest.approx(frame.time_s * 160 + 8, abs=12)


def test_large_frames_are_scaled_down_by_the_shorter_side(make_clip: Clips, tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "tall.webm", seconds=1.0, size=(720, 1280), fps=10)
    frames, _ = decoded(clip, replace(LIMITS, shortest_s=0.5))
    assert frames[0].image.shape == (853, 480, 3)


def test_a_phone_held_upright_is_turned_as_its_matrix_says(mp4: Path) -> None:
    data = mp4.read_bytes()
    at = data.index(b"tkhd") + 44
    assert data[at : at + 36] == UPRIGHT
    frames, _ = decoded(data[:at] + CLOCKWISE + data[at + 36 :])
    assert frames[0].image.shape == (640, 360, 3)
    rows = frames[0].image[:, :, 0].mean(axis=1)
    assert rows[:12].min() > 180
    assert rows[40:].max() < 120


def test_a_webm_without_duration_is_counted(make_clip: Clips, tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "live.webm", options={"live": "1"})
    assert decoded(clip)[1].duration_s == pytest.approx(4.0, abs=0.05)
    assert code_of(clip, replace(LIMITS, longest_s=3.5)) == "media_too_long"


def test_sound_that_starts_late_is_late(make_clip: Clips, tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "late.webm", sound_starts_s=1.0)
    samples = decoded(clip)[1].samples
    assert not samples[:15_500].any()
    assert np.abs(samples[17_000:20_000]).max() > 0.2


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "media_empty"),
        (b"just some words, and no video at all", "media_not_video"),
        (b"ffconcat version 1.0\nfile '/etc/passwd'\n", "media_not_video"),
        (b"#EXTM3U\n#EXTINF:9,\nhttp://127.0.0.1:9/a.ts\n#EXT-X-ENDLIST\n", "media_not_video"),
        (b"v=0\no=- 0 0 IN IP4 127.0.0.1\nm=video 9 RTP/AVP 96\n", "media_not_video"),
        (b"RIFF\x00\x00\x00\x00AVI LIST", "media_not_video"),
        (random.Random(1).randbytes(50_000), "media_not_video"),
        (bytes.fromhex("1a45dfa3") + random.Random(2).randbytes(50_000), "media_corrupt"),
        (b"\0\0\0\x10ftypisom\0\0\0\0" + random.Random(3).randbytes(900), "media_truncated"),
        (b"\0\0\0\x10ftypisom\0\0\0\0\0\0\0\x08moov", "media_no_video"),
    ],
    ids=["empty", "text", "concat", "hls", "sdp", "avi", "noise", "ebml", "ftyp", "no-index"],
)
def test_what_is_no_recording_is_refused(content: bytes, code: str) -> None:
    assert code_of(content) == code


def test_a_cut_or_spoiled_webm_is_refused(webm: Path) -> None:
    data = webm.read_bytes()
    noise = random.Random(4).randbytes(40_000)
    assert code_of(data[: len(data) // 2]) == "media_too_short"
    assert code_of(data[:600] + noise) in {"media_no_video", "media_corrupt"}
    assert code_of(data[: len(data) // 2] + noise) in {"media_too_short", "media_corrupt"}


def test_a_cut_or_spoiled_mp4_is_refused(mp4: Path) -> None:
    data = mp4.read_bytes()
    middle = len(data) // 2
    noise = random.Random(5).randbytes(3_000)
    assert code_of(data[:middle]) == "media_truncated"
    assert code_of(data[:middle] + noise + data[middle + 3_000 :]) == "media_corrupt"


@pytest.mark.parametrize(
    ("spoilt", "limits", "code"),
    [
        ({"codecs": ("libvpx", None)}, {}, "media_no_audio"),
        ({"codecs": (None, "libopus")}, {}, "media_no_video"),
        ({"seconds": 1.0}, {}, "media_too_short"),
        ({"seconds": 4.0}, {"longest_s": 2.0}, "media_too_long"),
        ({"seconds": 0.1, "size": (7680, 4320), "fps": 10}, {}, "media_frame_too_large"),
        ({"size": (160, 120)}, {}, "media_frame_too_small"),
        ({"seconds": 3.5, "size": (320, 240), "fps": 80}, {}, "media_too_many_frames"),
        ({}, {"largest_bytes": 1_000}, "media_too_large"),
        ({}, {"decode_s": 0.0}, "media_timeout"),
        ({}, {"frames_per_s": 25.0, "sound_packets_per_s": 0.0}, "media_too_many_packets"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_limits_hold(
    spoilt: dict[str, object],
    limits: dict[str, float],
    code: str,
    make_clip: Clips,
    tmp_path: Path,
) -> None:
    clip = make_clip(tmp_path / "clip.webm", **spoilt)
    assert code_of(clip, replace(LIMITS, **limits)) == code  # type: ignore[arg-type]  # likewise


def many_packets(count: int) -> bytes:
    """A WebM of one-byte frames of Opus, and nothing else: `count` of them within a second."""
    file = io.BytesIO()
    stream: Any
    with av.open(file, "w", format="webm") as container:
        video: Any = container.add_stream("libvpx", rate=5)
        video.width, video.height = 320, 240
        sound: Any = container.add_stream("libopus", rate=48_000, layout="mono")
        image = av.VideoFrame.from_ndarray(np.zeros((240, 320, 3), np.uint8), format="rgb24")
        container.mux(video.encode(image))
        for at in range(count):
            packet = av.Packet(b"\x00")
            packet.stream, packet.time_base = sound, Fraction(1, 1_000)
            packet.pts = packet.dts = at * 1_000 // count
            container.mux(packet)
        for stream in (video, sound):
            container.mux(stream.encode(None))
    return file.getvalue()


@pytest.mark.parametrize("look", [survey, decode])
def test_a_flood_of_packets_is_cut_off(
    look: Callable[[BinaryIO, Limits], Iterator[object] | None],
) -> None:
    flood = io.BytesIO(many_packets(60_000))
    started = time.process_time()
    with pytest.raises(MediaError) as caught:
        list(look(flood, Limits()) or ())
    assert caught.value.code == "media_too_many_packets"
    assert time.process_time() - started < Limits().survey_s


def test_the_survey_has_a_time_of_its_own(webm: Path) -> None:
    with webm.open("rb") as file:
        survey(file, replace(LIMITS, decode_s=0.0))
        with pytest.raises(MediaError) as caught:
            survey(file, replace(LIMITS, survey_s=0.0))
    assert caught.value.code == "media_timeout"


@pytest.mark.parametrize("codecs", [("mpeg4", "aac"), ("libx264", "libmp3lame")])
def test_other_codecs_are_refused(
    codecs: tuple[str, str], make_clip: Clips, tmp_path: Path
) -> None:
    clip = make_clip(tmp_path / "clip.mp4", seconds=1.0, codecs=codecs)
    assert code_of(clip) == "media_codec_refused"


def test_a_second_picture_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "two.webm"
    stream: Any
    with av.open(str(path), "w") as container:
        streams: list[Any] = [container.add_stream("libvpx", rate=5) for _ in range(2)]
        sound = container.add_stream("libopus", rate=48_000, layout="mono")
        for stream in streams:
            stream.width, stream.height = 320, 240
        for stream, shade in itertools.product(streams, (10, 200)):
            image = np.full((240, 320, 3), shade, np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="rgb24")))
        silence = np.zeros((1, 960), np.float32)
        frame = av.AudioFrame.from_ndarray(silence, format="flt", layout="mono")
        frame.sample_rate = 48_000
        container.mux(sound.encode(frame))
        for stream in (*streams, sound):
            container.mux(stream.encode(None))
    assert code_of(path) == "media_several_tracks"


def test_a_file_that_points_elsewhere_is_refused(mp4: Path) -> None:
    pointing = with_external_reference(mp4.read_bytes(), b"/etc/passwd")
    asked: list[str] = []

    def note(url: str, _flags: int, _options: dict[str, str]) -> None:
        asked.append(url)
        raise FileNotFoundError

    # the control: FFmpeg with that door open does ask for the file
    doors = {"enable_drefs": "1", "use_absolute_path": "1"}
    with pytest.raises(FileNotFoundError):
        av.open(io.BytesIO(pointing), mode="r", format="mp4", options=doors, io_open=note)
    assert asked == ["/etc/passwd"]
    assert code_of(pointing) == "media_external_reference"


def with_external_reference(data: bytes, target: bytes) -> bytes:
    """The mp4 with its first data reference replaced by a QuickTime alias to `target`."""
    alias = bytearray(150)
    alias[10:12] = b"\x01V"
    alias[50:52] = b"\x01f"
    records = struct.pack(">hH", 2, len(target)) + target + bytes(len(target) % 2)
    body = bytes(4) + bytes(alias) + records + struct.pack(">hH", -1, 0)
    entry = struct.pack(">I4s", 8 + len(body), b"alis") + body
    old = struct.pack(">I4sI", 12, b"url ", 1)
    at = data.index(old)
    spoilt = bytearray(data[:at] + entry + data[at + len(old) :])
    for kind in (b"moov", b"trak", b"mdia", b"minf", b"dinf", b"dref"):
        size_at = data.rindex(kind, 0, at) - 4
        size = struct.unpack_from(">I", spoilt, size_at)[0]
        struct.pack_into(">I", spoilt, size_at, size + len(entry) - len(old))
    return bytes(spoilt)


@pytest.mark.parametrize("kinds", [(b"moov",), (b"trak", b"minf"), (b"dinf", b"dref")])
def test_a_reference_under_boxes_with_long_sizes_is_found(
    kinds: tuple[bytes, ...], mp4: Path
) -> None:
    assert not mp4_points_elsewhere(io.BytesIO(with_long_sizes(mp4.read_bytes(), kinds)))
    pointing = with_external_reference(mp4.read_bytes(), b"/etc/passwd")
    spoilt = with_long_sizes(pointing, kinds)
    assert mp4_is_whole(io.BytesIO(spoilt))
    assert mp4_points_elsewhere(io.BytesIO(spoilt))
    assert code_of(spoilt) == "media_external_reference"


def with_long_sizes(data: bytes, kinds: tuple[bytes, ...]) -> bytes:
    """The mp4, whose first boxes of these `kinds` say their size in 64 bits."""
    path = (b"moov", b"trak", b"mdia", b"minf", b"dinf", b"dref")
    spoilt = bytearray(data)
    for depth in reversed(range(len(path))):
        if path[depth] not in kinds:
            continue
        at, above = 0, []
        for kind in path[: depth + 1]:
            at = spoilt.index(kind, at) - 4
            above.append(at)
        size = struct.unpack_from(">I", spoilt, at)[0]
        spoilt[at : at + 8] = struct.pack(">I4sQ", 1, path[depth], size + 8)
        for parent in above[:-1]:
            grown = struct.unpack_from(">I", spoilt, parent)[0] + 8
            struct.pack_into(">I", spoilt, parent, grown)
    return bytes(spoilt)


def test_boxes_beyond_the_end_are_not_whole() -> None:
    assert sniff(io.BytesIO(b"\0\0\0\x08ftyp")) is None
    assert not mp4_is_whole(io.BytesIO(struct.pack(">I4sQ", 1, b"ftyp", 1 << 60)))
    assert not mp4_is_whole(io.BytesIO(struct.pack(">I4s", 4, b"ftyp")))
    assert not mp4_is_whole(io.BytesIO(struct.pack(">I4sQ", 1, b"moov", 15)))
    assert mp4_is_whole(io.BytesIO(struct.pack(">I4sI4s", 8, b"ftyp", 0, b"moov")))


def test_a_soundtrack_survives_what_is_not_a_number() -> None:
    track = Soundtrack(longest_s=1.0)
    track.place(0.0, np.array([np.nan, np.inf, -np.inf, 0.5], np.float32))
    track.place(0.9, np.ones(16_000, np.float32))
    assert track.samples()[:4].tolist() == [0.0, 1.0, -1.0, 0.5]
    assert track.seconds == 1.0


@pytest.mark.parametrize("seed", range(12))
def test_flipped_bytes_never_crash_the_decoder(seed: int, webm: Path, mp4: Path) -> None:
    rng = random.Random(seed)
    data = bytearray((webm if seed % 2 else mp4).read_bytes())
    for _ in range(40):
        data[rng.randrange(len(data))] = rng.randrange(256)
    try:
        frames, sound = decoded(bytes(data))
    except MediaError:
        return
    assert frames
    assert np.isfinite(sound.samples).all()
