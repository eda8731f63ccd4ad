"""What a voice model does, whichever library runs it.

>>> SAMPLE_RATE
16000
"""

from dataclasses import dataclass
from typing import Protocol, Self

import numpy as np
from numpy.typing import NDArray

from verification.errors import VerificationError

SAMPLE_RATE = 16_000
"""Samples per second of all sound inside this package."""

Samples = NDArray[np.float32]
"""Mono sound at `SAMPLE_RATE`, full scale at ±1."""

Embedding = NDArray[np.float32]
"""A vector of unit length."""


class UnusableVoice(VerificationError):
    """The sound is too short or too quiet to be anybody's."""

    code = "voice_unusable"


@dataclass(frozen=True, slots=True, kw_only=True)
class VoiceTemplate:
    """A voice embedding bound to the model that made it; `model_sha256` is of the weights."""

    model: str
    model_sha256: str
    vector: tuple[float, ...]

    @classmethod
    def made_by(cls, model: "VoiceModel", vector: Embedding) -> Self:
        """`vector`, an embedding by `model`, bound to it."""
        return cls(model=model.name, model_sha256=model.sha256, vector=tuple(map(float, vector)))


class VoiceModel(Protocol):
    """The speaker encoder of one pack. Similarity is the cosine of two embeddings."""

    @property
    def name(self) -> str:
        """The encoder's name, as it stands in templates."""
        ...

    @property
    def sha256(self) -> str:
        """Hash of the encoder's weights as they were fetched."""
        ...

    def embed(self, samples: Samples) -> Embedding:
        """The embedding of the speaker in `samples`, which hold at least 0.5 s of speech."""
        ...
