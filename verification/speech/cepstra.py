"""Sound as PocketSphinx's acoustic models see it: 25 mel bands, 13 cepstra, and how they change.

The front end is the one that the US English model was trained on (its `feat.params`): windows of
25.6 ms every 10 ms, 130 to 6800 Hz, liftered cosines.

>>> bands = mel_bands(np.zeros(16_000, np.float32))
>>> bands.shape, streams(cepstra(bands)).shape
((98, 25), (98, 3, 13))
"""

from functools import cache

import numpy as np
from numpy.typing import NDArray

from verification.voices.contracts import SAMPLE_RATE, Samples

WINDOW = 410
HOP = 160
FFT = 512
BANDS = 25
CEPSTRA = 13
LOWEST_HZ, HIGHEST_HZ = 130.0, 6_800.0
EMPHASIS = 0.97
LIFTER = 22
FULL_SCALE = 32_768.0
LEAST_POWER = 1e-4

Numbers = NDArray[np.float64]


def mel_bands(samples: Samples) -> Numbers:
    """Frames x `BANDS` of log power; at least `WINDOW` samples are needed."""
    loud = np.asarray(samples, np.float64) * FULL_SCALE
    emphasized = np.append(loud[:1], loud[1:] - EMPHASIS * loud[:-1])
    frames = np.lib.stride_tricks.sliding_window_view(emphasized, WINDOW)[::HOP]
    power = np.abs(np.fft.rfft(frames * np.hamming(WINDOW), FFT, axis=1)) ** 2
    return np.asarray(np.log(np.maximum(power @ mel_filters().T, LEAST_POWER)))


@cache
def mel_filters() -> Numbers:
    """`BANDS` x (`FFT` / 2 + 1) triangles of unit area, their edges on the bins of the spectrum."""
    step = SAMPLE_RATE / FFT
    mels = np.linspace(_hz_to_mel(LOWEST_HZ), _hz_to_mel(HIGHEST_HZ), BANDS + 2)
    edges = np.round(700 * (10 ** (mels / 2595) - 1) / step) * step
    low, middle, high = edges[:-2, None], edges[1:-1, None], edges[2:, None]
    bins = np.arange(FFT // 2 + 1) * step
    ramps = np.minimum((bins - low) / (middle - low), (high - bins) / (high - middle))
    return np.asarray(np.maximum(0.0, ramps) * (2 / (high - low)))


@cache
def cosines() -> Numbers:
    """`CEPSTRA` x `BANDS`: the orthonormal cosine transform with its lifter."""
    order = np.arange(CEPSTRA)[:, None]
    found = np.cos(np.pi * order * (np.arange(BANDS) + 0.5) / BANDS) * np.sqrt(2 / BANDS)
    found[0] *= np.sqrt(0.5)
    lifter = 1 + LIFTER / 2 * np.sin(np.pi * np.arange(CEPSTRA) / LIFTER)
    return np.asarray(found * lifter[:, None])


def cepstra(bands: Numbers) -> Numbers:
    """Frames x `CEPSTRA`."""
    return np.asarray(bands @ cosines().T)


def streams(found: Numbers) -> Numbers:
    """Frames x 3 x `CEPSTRA`: the cepstra, how they change, and how that changes."""
    count = len(found)

    def moved(frames: int) -> Numbers:
        return found[np.clip(np.arange(count) + frames, 0, count - 1)]

    change = moved(2) - moved(-2)
    bend = (moved(3) - moved(-1)) - (moved(1) - moved(-3))
    return np.stack([found, change, bend], axis=1)


def without_bands(least: int) -> Numbers:
    """`CEPSTRA` x `CEPSTRA`: takes the bands from `least` on out of (mean-free) cepstra."""
    kept = (np.arange(BANDS) < least).astype(np.float64)
    return np.asarray((cosines() * kept) @ np.linalg.pinv(cosines()))


def _hz_to_mel(hz: float) -> float:
    return float(2595 * np.log10(1 + hz / 700))
