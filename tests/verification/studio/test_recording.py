import hashlib
from dataclasses import replace
from pathlib import Path

import av
import numpy as np
import pytest

from verification.challenge import Challenge
from verification.studio.footage import SOUND_RATE, Footage
from verification.studio.recording import record, shoot
from verification.studio.take import Format, Take

CODECS = {Format.WEBM: {"vp8", "opus"}, Format.MP4: {"h264", "aac"}}


def digest(footage: Footage) -> str:
    seen = hashlib.sha256()
    for frame in footage.shoot():
        seen.update(frame.tobytes())
    seen.update(b"" if footage.sound is None else footage.sound.tobytes())
    return seen.hexdigest()


def test_a_seed_fixes_every_frame_and_sample(challenge: Challenge, take: Take) -> None:
    first, again = (shoot(challenge, take=take, seed=3) for _ in range(2))
    other = shoot(challenge, take=take, seed=4)
    assert digest(first) == digest(again) == digest(first)
    assert digest(other) != digest(first)


def test_picture_and_sound_last_as_long_as_the_challenge(challenge: Challenge, take: Take) -> None:
    footage = shoot(challenge, take=take, seed=3)
    frames = list(footage.shoot())
    assert len(frames) == len(footage.poses) == 56
    assert {frame.shape for frame in frames} == {(180, 320, 3)}
    assert footage.sound is not None
    assert footage.sound.size == SOUND_RATE * challenge.duration_ms // 1000


@pytest.mark.parametrize("format", list(Format))
def test_a_file_decodes_to_what_was_shot(
    challenge: Challenge, take: Take, tmp_path: Path, format: Format
) -> None:
    path = tmp_path / f"recording.{format}"
    footage = record(challenge, path, take=replace(take, format=format), seed=3)
    with av.open(str(path)) as container:
        assert {stream.codec_context.name for stream in container.streams} == CODECS[format]
        frames = list(container.decode(video=0))
    times = np.array([float(frame.time or 0) for frame in frames])
    assert np.allclose(np.diff(times), 0.1, atol=0.002)
    assert len(frames) == 56
    for decoded, shot in zip(frames, footage.shoot(), strict=True):
        difference = decoded.to_ndarray(format="rgb24").astype(int) - shot
        assert np.abs(difference).mean() < 12


@pytest.mark.parametrize("format", list(Format))
def test_sound_in_the_file_is_in_step_with_what_was_said(
    challenge: Challenge, take: Take, tmp_path: Path, format: Format
) -> None:
    path = tmp_path / f"recording.{format}"
    footage = record(challenge, path, take=replace(take, format=format), seed=3)
    with av.open(str(path)) as container:
        resampler = av.AudioResampler("flt", "mono", SOUND_RATE)
        blocks = [b for frame in container.decode(audio=0) for b in resampler.resample(frame)]
    heard = np.concatenate([block.to_ndarray()[0] for block in blocks])
    assert footage.sound is not None
    assert abs(heard.size - footage.sound.size) < SOUND_RATE / 10
    for said in challenge.digits:
        window = slice(said.start_ms * 48, said.end_ms * 48)
        assert np.abs(peak(heard[window]) - peak(footage.sound[window])) < 0.03


def peak(sound: np.ndarray[tuple[int, ...], np.dtype[np.float32]]) -> float:
    """The middle of the sound's energy, in seconds."""
    power = sound.astype(np.float64) ** 2
    return float((power * np.arange(power.size)).sum() / power.sum() / SOUND_RATE)
