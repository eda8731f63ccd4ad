"""Files for Chromium's fake camera and microphone, from the studio's footage.

devices = develop(footage, tmp_path, lead_s=10.0)
"""

import itertools
import wave
from collections.abc import Iterable, Iterator
from pathlib import Path

import cv2
import numpy as np

from tests.pages.browser import FakeDevices
from verification.faces.contracts import Image
from verification.studio.footage import SOUND_RATE, Footage, Sound

RATE = 30
"""Chromium plays motion JPEG at this rate, whatever was meant."""

TAIL_S = 3.0
"""How long the last frame stays, before the picture starts over."""


def develop(footage: Footage, folder: Path, *, lead_s: float) -> FakeDevices:
    """The footage after `lead_s` seconds of its first frame in silence."""
    if footage.fps != RATE or footage.sound is None:
        raise ValueError(f"footage for the browser has sound and {RATE} frames per second")
    picture, sound = folder / "camera.mjpeg", folder / "microphone.wav"
    write_picture(picture, _held(footage.shoot(), lead_s=lead_s))
    silence = np.zeros(round(lead_s * SOUND_RATE), np.float32)
    tail = np.zeros(round(TAIL_S * SOUND_RATE), np.float32)
    write_sound(sound, np.concatenate([silence, footage.sound, tail]))
    return FakeDevices(picture=picture, sound=sound)


def _held(frames: Iterator[Image], *, lead_s: float) -> Iterator[Image]:
    """Hold the first frame before, and the last one after."""
    first = last = next(frames)
    yield from itertools.repeat(first, round(lead_s * RATE) + 1)
    for last in frames:
        yield last
    yield from itertools.repeat(last, round(TAIL_S * RATE))


def write_picture(path: Path, frames: Iterable[Image]) -> None:
    """Motion JPEG: one JPEG file after the other."""
    with path.open("wb") as file:
        for frame in frames:
            _, jpeg = cv2.imencode(".jpg", cv2.cvtColor(frame, cv2.COLOR_RGB2BGR))
            file.write(jpeg.tobytes())


def write_sound(path: Path, sound: Sound) -> None:
    """A WAV file of 16 bit."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(SOUND_RATE)
        file.writeframes((np.clip(sound, -1, 1) * 32_767).astype("<i2").tobytes())
