"""The ECAPA-TDNN speaker encoder (Desplanques et al., 2020) as SpeechBrain trained it on VoxCeleb.

`cameo models build ecapa` exports the encoder to ONNX once; the features are computed here.

    voice = EcapaVoice(path, sha256=component.sha256)
    similarity = float(voice.embed(one) @ voice.embed(other))
"""

from pathlib import Path

import numpy as np

from verification.sessions import open_session
from verification.voices.contracts import SAMPLE_RATE, Embedding, Samples, UnusableVoice
from verification.voices.filterbanks import normalized_bands

NAME = "ecapa-tdnn-voxceleb"
BANDS = 80
DIMENSION = 192
LEAST_SAMPLES = SAMPLE_RATE // 2
SILENCE = 1e-6
"""Root mean square below which there is no sound at all."""


class EcapaVoice:
    """A `VoiceModel` over the exported encoder."""

    def __init__(self, path: Path, *, sha256: str, threads: int = 1) -> None:
        self._session = open_session(path, threads=threads)
        self._sha256 = sha256

    @property
    def name(self) -> str:
        """The encoder's name, as it stands in templates."""
        return NAME

    @property
    def sha256(self) -> str:
        """Hash of the checkpoint that the encoder was exported from."""
        return self._sha256

    def embed(self, samples: Samples) -> Embedding:
        """The embedding, 192 numbers of unit length.

        Raises `UnusableVoice` below 0.5 s of sound or where there is none at all.
        """
        if samples.ndim != 1 or samples.size < LEAST_SAMPLES:
            raise UnusableVoice(f"needs {LEAST_SAMPLES} samples of speech, got `{samples.size}`")
        loudness = float(np.sqrt(np.mean(np.square(samples, dtype=np.float64))))
        if not np.isfinite(loudness) or loudness < SILENCE:
            raise UnusableVoice("the sound is silent")
        bands = normalized_bands(samples, bands=BANDS)
        found = self._session.run(None, {"bands": bands[None]})[0][0]
        return np.asarray(found, dtype=np.float32)
