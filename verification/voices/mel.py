"""Mel spectrogram and partial utterances as the GE2E encoder was trained on.

The encoder wants what librosa's `melspectrogram` gives with its defaults (periodic Hann window,
centred frames, zero padding, power spectrum, Slaney's mel scale and area normalisation) and no
logarithm: 25 ms windows every 10 ms, 40 bands.

>>> mel_spectrogram(np.zeros(16_000, dtype=np.float32)).shape
(101, 40)
"""

from functools import cache

import numpy as np
from numpy.typing import NDArray

from verification.voices.contracts import SAMPLE_RATE, Samples

WINDOW = 400
HOP = 160
BANDS = 40

LINEAR_HZ = 200 / 3
"""Slaney's scale is linear, this many Hz per mel, up to `BREAK_HZ`."""
BREAK_HZ = 1_000.0
LOG_STEP = np.log(6.4) / 27
"""Above `BREAK_HZ` 27 mels span a factor of 6.4."""


def mel_spectrogram(samples: Samples) -> NDArray[np.float32]:
    """Frames x `BANDS` of mel power, one frame per `HOP` samples and one more."""
    padded = np.pad(samples.astype(np.float64), WINDOW // 2)
    frames = np.lib.stride_tricks.sliding_window_view(padded, WINDOW)[::HOP]
    power = np.abs(np.fft.rfft(frames * _hann(), axis=1)) ** 2
    return np.asarray(power @ mel_filters().T, dtype=np.float32)


@cache
def mel_filters() -> NDArray[np.float64]:
    """`BANDS` x (`WINDOW` / 2 + 1) triangles of unit area (Slaney, Auditory Toolbox, 1998)."""
    top = _hz_to_mel(np.array(SAMPLE_RATE / 2))
    edges = _mel_to_hz(np.linspace(0.0, float(top), BANDS + 2))
    bins = np.fft.rfftfreq(WINDOW, 1 / SAMPLE_RATE)
    ramps = edges[:, None] - bins[None, :]
    widths = np.diff(edges)[:, None]
    rising, falling = -ramps[:-2] / widths[:-1], ramps[2:] / widths[1:]
    triangles = np.maximum(0.0, np.minimum(rising, falling))
    return np.asarray(triangles * (2 / (edges[2:] - edges[:-2]))[:, None])


@cache
def _hann() -> NDArray[np.float64]:
    """Periodic, not symmetric."""
    return np.hanning(WINDOW + 1)[:-1]


def _hz_to_mel(hz: NDArray[np.float64]) -> NDArray[np.float64]:
    above = BREAK_HZ / LINEAR_HZ + np.log(np.maximum(hz, BREAK_HZ) / BREAK_HZ) / LOG_STEP
    return np.where(hz < BREAK_HZ, hz / LINEAR_HZ, above)


def _mel_to_hz(mel: NDArray[np.float64]) -> NDArray[np.float64]:
    at_break = BREAK_HZ / LINEAR_HZ
    above = BREAK_HZ * np.exp(LOG_STEP * (np.maximum(mel, at_break) - at_break))
    return np.where(mel < at_break, mel * LINEAR_HZ, above)
