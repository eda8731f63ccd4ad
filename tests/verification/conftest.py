"""Small recordings made on the spot, whole and spoiled."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

RATE = 48_000


def write_clip(
    path: Path,
    *,
    seconds: float = 4.0,
    size: tuple[int, int] = (320, 240),
    fps: int = 20,
    codecs: tuple[str | None, str | None] = ("libvpx", "libopus"),
    tone_from_s: float = 0.0,
    sound_starts_s: float = 0.0,
    options: dict[str, str] | None = None,
) -> Path:
    """A bright bar walking to the right over grey, and a tone; neither face nor speech."""
    with av.open(str(path), "w", options=options or {}) as container:
        # PyAV types what it returns as a union of all streams
        video: Any = None
        audio: Any = None
        if codecs[0]:
            video = container.add_stream(codecs[0], rate=fps)
            video.width, video.height, video.pix_fmt = size[0], size[1], "yuv420p"
            # a positive speed of libvpx depends on how busy the machine is
            video.options = {"cpu-used": "-8", "deadline": "realtime", "preset": "ultrafast"}
        if codecs[1]:
            audio = container.add_stream(codecs[1], rate=RATE, layout="mono")
        if video is not None:
            for index in range(round(seconds * fps)):
                image = np.full((size[1], size[0], 3), 90, np.uint8)
                left = round(index / fps * size[0] / seconds)
                image[:, left : left + 16] = 250
                frame = av.VideoFrame.from_ndarray(image, format="rgb24")
                container.mux(video.encode(frame))
            container.mux(video.encode(None))
        if audio is not None:
            count = round((seconds - sound_starts_s) * RATE)
            at = np.arange(count) / RATE + sound_starts_s
            tone = (0.3 * np.sin(2 * np.pi * 440 * at) * (at >= tone_from_s)).astype(np.float32)
            for start in range(0, count, 960):
                piece = tone[start : start + 960][None, :]
                frame_of_sound = av.AudioFrame.from_ndarray(piece, format="flt", layout="mono")
                frame_of_sound.sample_rate = RATE
                frame_of_sound.pts = start + round(sound_starts_s * RATE)
                container.mux(audio.encode(frame_of_sound))
            container.mux(audio.encode(None))
    return path


@pytest.fixture(scope="session")
def make_clip() -> Callable[..., Path]:
    return write_clip


@pytest.fixture(scope="session")
def webm(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_clip(
        tmp_path_factory.mktemp("media") / "clip.webm", size=(640, 360), tone_from_s=2.0
    )


@pytest.fixture(scope="session")
def mp4(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("media") / "clip.mp4"
    return write_clip(path, codecs=("libx264", "aac"), size=(640, 360), tone_from_s=2.0)
