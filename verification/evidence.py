"""What the checks look at: the recording, followed and heard, and everything worked out from it.

    evidence.track, evidence.sound            # what was seen and heard
    evidence.facts                            # what the decoder noticed about the file
    evidence.straight                         # embeddings of the face, looking ahead

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
from verification.facts import MediaFacts
from verification.liveness.digits import window_of
from verification.media import Sound
from verification.speech.segments import Spans, spans, speech_of
from verification.tolerances import Tolerances
from verification.track import Still, Track
from verification.voices.contracts import Samples

if TYPE_CHECKING:
    from verification.liveness.earlier import Earlier
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
    """One recording, its challenge, and the models that look at it.

    `earlier` is who the person must be, where a cameo is renewed.
    """

    challenge: Challenge
    models: "Models"
    tolerances: Tolerances
    track: Track
    facts: MediaFacts
    sound: Sound
    progress: Progress
    earlier: "Earlier | None" = None

    @cached_property
    def faces(self) -> tuple[EmbeddedStill, ...]:
        """Every kept still with its embedding, in the order of time."""
        found = []
        for done, still in enumerate(self.track.stills, start=1):
            vector = self.models.faces.embed(still.image, still.face)
            found.append(EmbeddedStill(still=still, embedding=vector))
            self.progress("faces", done / len(self.track.stills))
        return tuple(found)

    @cached_property
    def every_face(self) -> tuple[EmbeddedStill, ...]:
        """`faces`, and the further stills of the steps that face the camera, in order of time."""
        embed = self.models.faces.embed
        more = [
            EmbeddedStill(still=still, embedding=embed(still.image, still.face))
            for still in self.track.more
        ]
        return tuple(sorted((*self.faces, *more), key=lambda one: one.still.time_s))

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
        """The probability of speech, 0 to 1, in each hop of the sound."""
        return self.models.activity.probabilities(self.sound.samples)

    @cached_property
    def speech(self) -> Spans:
        """Where somebody speaks, n x 2 in samples, as the pack's activity model hears it."""
        return spans(self.activity, self.models.thresholds.speech.value)

    @cached_property
    def said(self) -> Samples:
        """The speech in the windows of the digits alone, one after the other.

        Outside of them another voice may rightly be heard: the one that reads prompts out.
        """
        nothing = np.zeros(0, np.float32)
        windows = (
            window_of(self.speech, step, self.tolerances.digits) for step in self.challenge.digits
        )
        return np.concatenate(
            [nothing, *(speech_of(self.sound.samples, window) for window in windows)]
        )
