"""Digits said in their windows, the room's noise, and how wide the mouth opens for them.

speech = spoken(challenge.digits, duration_ms, voice_of=lambda index: voice, seed=1)
sound = speech + room_noise(speech.size, seed=1)
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from verification.challenge import SpokenDigit
from verification.studio.footage import SOUND_RATE, Sound, generator
from verification.studio.speakers import Voice

REACTION_S = (0.25, 0.40)
"""Between the prompt and the digit."""

SPEECH_RMS = 0.08
"""Loudness of a digit: -22 dB of full scale."""

ROOM_RMS = 0.0012
"""Loudness of the room: -58 dB of full scale."""


def spoken(
    digits: tuple[SpokenDigit, ...],
    duration_ms: int,
    *,
    voice_of: Callable[[int], Voice],
    seed: int,
) -> Sound:
    """Each digit in its window, silence between; `voice_of` the digit's index says it."""
    rng = generator(seed, "speech")
    speech = np.zeros(duration_ms * SOUND_RATE // 1000, np.float32)
    for index, digit in enumerate(digits):
        said = voice_of(index).say(digit.digit, rng)
        said = said * (SPEECH_RMS * rng.uniform(0.85, 1.15) / np.sqrt(np.mean(said**2)))
        spare = digit.duration_ms / 1000 - said.size / SOUND_RATE - 0.05
        reaction = min(rng.uniform(*REACTION_S), max(spare, 0.0))
        at = round((digit.start_ms / 1000 + reaction) * SOUND_RATE)
        part = speech[at : at + said.size]
        part += said[: part.size]
    return np.asarray(np.clip(speech, -1, 1), np.float32)


def room_noise(size: int, *, seed: int) -> Sound:
    """Soft noise with more low than high tones, `size` samples."""
    white = generator(seed, "room").standard_normal(size, np.float32)
    kernel = np.exp(-np.arange(64) / 12).astype(np.float32)
    noise = np.convolve(white, kernel, "same")
    return np.asarray(noise * (ROOM_RMS / np.sqrt(np.mean(noise**2))), np.float32)


def mouth_openings(speech: Sound, frames: int, fps: int) -> NDArray[np.float64]:
    """0 to 1 for each of `frames`, following the loudness of `speech` around the frame's time."""
    padded = np.concatenate([speech, np.zeros(SOUND_RATE, np.float32)])
    energy = np.concatenate([[0.0], np.cumsum(padded.astype(np.float64) ** 2)])
    middle = (np.arange(frames) * SOUND_RATE / fps).astype(int)
    low = np.clip(middle - SOUND_RATE // 40, 0, padded.size)
    high = np.clip(middle + SOUND_RATE // 20, 0, padded.size)
    loudness = np.sqrt((energy[high] - energy[low]) / np.maximum(high - low, 1))
    opening = np.clip(loudness / (1.6 * SPEECH_RMS), 0, 1) ** 0.7
    return np.convolve(np.pad(opening, 1), [0.25, 0.5, 0.25], "valid") * 0.8
