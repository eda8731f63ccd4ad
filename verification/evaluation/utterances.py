"""Embed every utterance of a directory: what is speech in it, as the verifier would.

hearing = Hearing(seconds=4.0)
attempts = list(embed_utterances(utterances_of(samples, join=1), models, hearing, seed=1))
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

import numpy as np

from verification.evaluation.embedded import Attempt
from verification.evaluation.samples import Sample
from verification.evaluation.sounds import joined, mixed, read_sound
from verification.speech.segments import spans, speech_of
from verification.voices.contracts import SAMPLE_RATE, Samples

if TYPE_CHECKING:
    from verification.packs.loading import Models

LEAST_S = 1.0
"""Seconds of speech that a voice is enrolled from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hearing:
    """How utterances are heard: their first `seconds` of speech (None: all of it), over `noises`
    that are `snr_db` quieter."""

    seconds: float | None = None
    noises: tuple[Samples, ...] = ()
    snr_db: float = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Utterance:
    """One or several files of one speaker that make a sample together."""

    files: tuple[Sample, ...]

    @property
    def subject(self) -> str:
        """Whose voice it is."""
        return self.files[0].subject

    @property
    def name(self) -> str:
        """The first file's."""
        return f"{self.subject}/{self.files[0].path.name}"


def utterances_of(samples: Sequence[Sample], *, join: int, seed: int = 0) -> list[Utterance]:
    """`join` files make an utterance, drawn from the speaker's at random, none used twice."""
    rng = np.random.default_rng(seed)
    found: list[Utterance] = []
    for _, group in groupby(samples, key=lambda sample: sample.subject):
        files = list(group)
        if join > 1:
            files = [files[index] for index in rng.permutation(len(files))]
        starts = range(0, len(files) - join + 1, join)
        found += [Utterance(files=tuple(files[start : start + join])) for start in starts]
    return found


def embed_utterances(
    utterances: Iterable[Utterance], models: "Models", hearing: Hearing, *, seed: int
) -> Iterator[Attempt]:
    """One attempt an utterance. `sound_unreadable` and `too_little_speech` fail to enroll."""
    rng = np.random.default_rng(seed)
    for utterance in utterances:
        sounds = [read_sound(file.path) for file in utterance.files]
        whole = [sound for sound in sounds if sound is not None and sound.size]
        if len(whole) < len(sounds):
            yield _failed(utterance, "sound_unreadable")
            continue
        speech = _heard(_noisy(joined(whole), hearing, rng), models, hearing)
        if speech.size < min(LEAST_S, hearing.seconds or LEAST_S) * SAMPLE_RATE:
            yield _failed(utterance, "too_little_speech")
            continue
        vector = models.voice.embed(speech)
        yield Attempt(subject=utterance.subject, name=utterance.name, embedding=vector)


def _noisy(samples: Samples, hearing: Hearing, rng: np.random.Generator) -> Samples:
    if not hearing.noises:
        return samples
    noise = hearing.noises[int(rng.integers(len(hearing.noises)))]
    return mixed(samples, noise, snr_db=hearing.snr_db, at=int(rng.integers(noise.size)))


def _heard(samples: Samples, models: "Models", hearing: Hearing) -> Samples:
    """What is speech, up to the length that is wanted."""
    found = spans(models.activity.probabilities(samples), models.thresholds.speech.value)
    speech = speech_of(samples, found)
    return speech if hearing.seconds is None else speech[: round(hearing.seconds * SAMPLE_RATE)]


def _failed(utterance: Utterance, failure: str) -> Attempt:
    return Attempt(subject=utterance.subject, name=utterance.name, embedding=None, failure=failure)
