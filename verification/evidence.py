"""What the checks look at: the recording, followed and heard, and everything worked out from it.

    evidence.track, evidence.sound            # what was seen and heard
    evidence.straight                         # the face's embeddings, computed on first use

What costs time is worked out once, when the first check asks for it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from verification.challenge import Challenge, Turn
from verification.faces.contracts import Embedding
from verification.media import Sound
from verification.speech.segments import Spans, spans
from verification.tolerances import Tolerances
from verification.track import Still, Track

if TYPE_CHECKING:
    from verification.packs.loading import Models

Progress = Callable[[str, float], None]
"""Called with the name of a phase and how much of it is done, 0 to 1."""


@dataclass(frozen=True, kw_only=True, eq=False)
class EmbeddedStill:
    """A kept still and the embedding of the face in it."""

    still: Still
    embedding: Embedding


@dataclass(frozen=True, kw_only=True, eq=False)
class Evidence:
    """One recording, its challenge, and the models that look at it."""

    challenge: Challenge
    models: "Models"
    tolerances: Tolerances
    track: Track
    sound: Sound
    progress: Progress

    @cached_property
    def faces(self) -> tuple[EmbeddedStill, ...]:
        """Every kept still with its embedding, in the order of time."""
        found = []
        for done, still in enumerate(self.track.stills, start=1):
            vector = self.models.faces.embed(still.image, still.face)
            found.append(EmbeddedStill(still=still, embedding=vector))
            self.progress("faces", done / len(self.track.stills))
        return tuple(found)

    @property
    def straight(self) -> list[Embedding]:
        """Embeddings of the stills that look into the camera."""
        return [one.embedding for one in self.faces if not isinstance(one.still.step, Turn)]

    @property
    def turned(self) -> list[Embedding]:
        """Embeddings of the stills in turns."""
        return [one.embedding for one in self.faces if isinstance(one.still.step, Turn)]

    @cached_property
    def activity(self) -> NDArray[np.float32]:
        """The probability of speech in each hop of the sound."""
        return self.models.activity.probabilities(self.sound.samples)

    @cached_property
    def speech(self) -> Spans:
        """Where somebody speaks, as the pack's activity model hears it."""
        return spans(self.activity, self.models.thresholds.speech.value)
