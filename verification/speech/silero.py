"""Silero VAD: the probability of speech every 32 ms.

    activity = SileroActivity(pack_dir / "silero_vad.onnx")
    speech = activity.probabilities(samples) > 0.5

The model sees 512 new samples at a time with the 64 before them, and carries a state from one
chunk to the next; every call starts from silence.
"""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from verification.sessions import open_session
from verification.speech.contracts import ACTIVITY_HOP
from verification.voices.contracts import SAMPLE_RATE, Samples

CONTEXT = 64
STATE_SHAPE = (2, 1, 128)


class SileroActivity:
    """A `VoiceActivity` over Silero's ONNX model."""

    def __init__(self, path: Path, *, threads: int = 1) -> None:
        self._session = open_session(path, threads=threads)

    def probabilities(self, samples: Samples) -> NDArray[np.float32]:
        """The probability of speech in each hop of 512 samples, the last one padded."""
        hops = -(-samples.size // ACTIVITY_HOP)
        padded = np.zeros(CONTEXT + hops * ACTIVITY_HOP, dtype=np.float32)
        padded[CONTEXT : CONTEXT + samples.size] = samples
        state = np.zeros(STATE_SHAPE, dtype=np.float32)
        rate = np.array(SAMPLE_RATE, dtype=np.int64)
        found = np.zeros(hops, dtype=np.float32)
        for hop in range(hops):
            start = hop * ACTIVITY_HOP
            chunk = padded[None, start : start + CONTEXT + ACTIVITY_HOP]
            feed = {"input": chunk, "state": state, "sr": rate}
            probability, state = self._session.run(None, feed)
            found[hop] = probability[0, 0]
        return found
