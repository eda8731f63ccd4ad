"""Where in a stretch of sound the speech is, from the probabilities of an activity model.

>>> from verification.speech.contracts import ACTIVITY_HOP
>>> hops = np.array([0, 0, 0.9, 0.9, 0, 0], np.float32)
>>> [span.tolist() for span in spans(hops, 0.5)]
[[1024, 2048]]
"""

import numpy as np
from numpy.typing import NDArray

from verification.speech.contracts import ACTIVITY_HOP
from verification.voices.contracts import SAMPLE_RATE, Samples

Spans = NDArray[np.int64]
"""n x 2 positions, start in and end out, in samples, in order."""


def spans(probabilities: NDArray[np.float32], least: float) -> Spans:
    """The stretches in which the probability of speech is at least `least`."""
    speech = np.concatenate([[False], probabilities >= least, [False]]).astype(np.int8)
    edges = np.flatnonzero(np.diff(speech))
    return edges.reshape(-1, 2).astype(np.int64) * ACTIVITY_HOP


def within(all_spans: Spans, start_s: float, end_s: float) -> Spans:
    """What of the spans lies between two times, in seconds."""
    if not len(all_spans):
        return all_spans
    first, last = round(start_s * SAMPLE_RATE), round(end_s * SAMPLE_RATE)
    cut = all_spans.clip(first, last)
    return cut[cut[:, 1] > cut[:, 0]]


def seconds(all_spans: Spans) -> float:
    """How much speech the spans hold."""
    return float((all_spans[:, 1] - all_spans[:, 0]).sum()) / SAMPLE_RATE


def speech_of(samples: Samples, all_spans: Spans) -> Samples:
    """The spans of `samples`, one after another."""
    pieces = [samples[start:end] for start, end in all_spans]
    return np.concatenate(pieces) if pieces else np.zeros(0, np.float32)
