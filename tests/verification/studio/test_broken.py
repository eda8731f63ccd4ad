"""Each broken file is broken in the way its name says."""

from pathlib import Path

import av
import pytest
from av.error import FFmpegError

from verification.studio.broken import BROKEN, ELSEWHERE

UNREADABLE = (
    "zero_bytes",
    "random_bytes",
    "plain_text",
    "truncated_mp4",
    "header_only_webm",
)


def made(name: str, directory: Path) -> Path:
    BROKEN[name](directory / name)
    return directory / name


@pytest.mark.parametrize("name", UNREADABLE)
def test_what_cannot_be_read_at_all(name: str, tmp_path: Path) -> None:
    with pytest.raises((FFmpegError, OSError)):
        av.open(str(made(name, tmp_path)))


def test_a_truncated_file_ends_early(tmp_path: Path) -> None:
    with av.open(str(made("truncated_webm", tmp_path))) as container:
        assert container.duration is not None
        claimed = container.duration / 1_000_000 * 25
        assert len(list(container.decode(video=0))) < claimed - 5


@pytest.mark.parametrize(
    ("name", "streams"),
    [
        ("no_audio_track", ["video"]),
        ("no_video_track", ["audio"]),
        ("still_image", ["video"]),
        ("one_frame", ["video", "audio"]),
    ],
)
def test_what_lacks_a_part(name: str, streams: list[str], tmp_path: Path) -> None:
    with av.open(str(made(name, tmp_path))) as container:
        assert [stream.type for stream in container.streams] == streams


def test_what_is_too_large_or_too_long(tmp_path: Path) -> None:
    with av.open(str(made("frames_of_8k", tmp_path))) as container:
        assert (container.streams.video[0].width, container.streams.video[0].height) == (7680, 4320)
    for name, seconds in (("ten_minutes", 600), ("huge_claimed_duration", 10**9)):
        with av.open(str(made(name, tmp_path))) as container:
            assert container.duration == seconds * 1_000_000


def test_what_points_elsewhere_names_the_address(tmp_path: Path) -> None:
    for name in ("concat", "hls", "dash", "dref"):
        content = made(f"points_elsewhere_{name}", tmp_path).read_bytes()
        assert ELSEWHERE.encode() in content
    assert b"127.0.0.1" in made("points_elsewhere_sdp", tmp_path).read_bytes()


def test_a_grown_mp4_still_parses(tmp_path: Path) -> None:
    with av.open(str(made("points_elsewhere_dref", tmp_path))) as container:
        assert [stream.type for stream in container.streams] == ["video", "audio"]
