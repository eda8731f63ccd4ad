"""Log mel filter banks as SpeechBrain's models were trained on, in numpy.

What its `Fbank` and its sentence normalisation compute together: periodic Hamming windows of 25 ms
every 10 ms, centred on zero padding, power, symmetric triangles on O'Shaughnessy's mel scale whose
width is the distance to the band below, decibels no further than 80 below the loudest, and each
band less its own mean. `cameo models build ecapa` proves that the two agree.

>>> normalized_bands(np.zeros(16_000, np.float32), bands=80).shape
(101, 80)
"""

from functools import cache

import numpy as np
from numpy.typing import NDArray

from verification.voices.contracts import SAMPLE_RATE, Samples

WINDOW = 400
HOP = 160
LEAST_POWER = 1e-10
RANGE_DB = 80.0


def normalized_bands(samples: Samples, *, bands: int) -> NDArray[np.float32]:
    """Frames x `bands` in decibels less each band's mean; one frame per `HOP` and one more."""
    padded = np.pad(samples.astype(np.float64), WINDOW // 2)
    frames = np.lib.stride_tricks.sliding_window_view(padded, WINDOW)[::HOP]
    power = np.abs(np.fft.rfft(frames * _hamming(), axis=1)) ** 2
    decibels = 10 * np.log10(np.maximum(power @ _triangles(bands), LEAST_POWER))
    decibels = np.maximum(decibels, decibels.max() - RANGE_DB)
    return np.asarray(decibels - decibels.mean(axis=0), np.float32)


@cache
def _triangles(bands: int) -> NDArray[np.float64]:
    """(`WINDOW` / 2 + 1) x `bands` weights."""
    top = 2_595 * np.log10(1 + SAMPLE_RATE / 2 / 700)
    edges = 700 * (10 ** (np.linspace(0.0, top, bands + 2) / 2_595) - 1)
    widths = np.diff(edges)[:-1]
    bins = np.linspace(0.0, SAMPLE_RATE / 2, WINDOW // 2 + 1)
    slopes = np.abs(bins[:, None] - edges[None, 1:-1]) / widths[None, :]
    return np.asarray(np.maximum(0.0, 1.0 - slopes))


@cache
def _hamming() -> NDArray[np.float64]:
    """Periodic, not symmetric."""
    return np.hamming(WINDOW + 1)[:-1]
