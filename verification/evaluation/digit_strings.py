"""Strings of recorded digits, said in the windows of challenges and heard as the verifier hears.

    room = Room(noises=tuple(noises_in(directory)), snr_db=10.0)
    for string in hear_strings(speakers, plan, models, tolerances, room, strings=150, seed=0):
        string.said, string.scores

Each string is one person's. Its digits stand where a challenge of this deployment's plan has them,
after the time that people need to react, in a quiet room.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from verification.challenge import Challenge
from verification.drawing import ChallengePlan, make_challenge
from verification.evaluation.digit_takes import Speaker
from verification.evaluation.sounds import looped, loudness
from verification.evaluation.strings import Scores
from verification.liveness.digits import DigitTolerances, scores_of, windows_of
from verification.speech.segments import spans
from verification.studio.footage import SOUND_RATE
from verification.studio.sound import REACTION_S, SPEECH_RMS, room_noise
from verification.studio.speakers import resampled
from verification.voices.contracts import SAMPLE_RATE, Samples

if TYPE_CHECKING:
    from verification.packs.loading import Models


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """Where the digits are said: a quiet room, and one of `noises` that is `snr_db` quieter.

    The difference is that of the noise and the digits, not of the pauses between them.
    """

    noises: tuple[Samples, ...] = ()
    snr_db: float = 10.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SpokenString:
    """What somebody said, and ten scores for each digit; None for too little speech in a window."""

    speaker: str
    said: tuple[int, ...]
    scores: tuple[Scores | None, ...]


def hear_strings(
    speakers: Sequence[Speaker],
    plan: ChallengePlan,
    models: "Models",
    tolerances: DigitTolerances,
    room: Room,
    *,
    strings: int,
    seed: int,
) -> Iterator[SpokenString]:
    """`strings` of each speaker, every one for a challenge of its own."""
    rng = np.random.default_rng(seed)
    for speaker in speakers:
        for _ in range(strings):
            challenge = make_challenge(random.Random(int(rng.integers(2**63))), plan)
            sound = in_room(said_in_windows(challenge, speaker, rng), room, rng)
            yield SpokenString(
                speaker=speaker.name,
                said=tuple(step.digit for step in challenge.digits),
                scores=tuple(heard(sound, challenge, models, tolerances)),
            )


def heard(
    sound: Samples, challenge: Challenge, models: "Models", tolerances: DigitTolerances
) -> list[Scores | None]:
    """The scores that the check of digits judges, for every digit and not only the one asked."""
    activity = models.activity.probabilities(sound)
    least = models.thresholds.speech.value
    faint = spans(activity, least * tolerances.faint)
    windows = windows_of(spans(activity, least), faint, challenge, tolerances)
    return scores_of(sound, windows, models.digits, tolerances)


def said_in_windows(challenge: Challenge, speaker: Speaker, rng: np.random.Generator) -> Samples:
    """One of the speaker's recordings of each digit in its window, silence between."""
    sound = np.zeros(challenge.duration_ms * SAMPLE_RATE // 1000, np.float32)
    for step in challenge.digits:
        takes = speaker.takes[step.digit]
        said = takes[int(rng.integers(len(takes)))]
        spare = step.duration_ms / 1000 - said.size / SAMPLE_RATE
        reaction = min(rng.uniform(*REACTION_S), max(spare, 0.0))
        at = round((step.start_ms / 1000 + reaction) * SAMPLE_RATE)
        part = sound[at : at + said.size]
        part += said[: part.size] * np.float32(
            SPEECH_RMS * rng.uniform(0.85, 1.15) / loudness(said)
        )
    return sound


def in_room(sound: Samples, room: Room, rng: np.random.Generator) -> Samples:
    """`sound` with what else is heard."""
    found = sound + quiet_room(sound.size, seed=int(rng.integers(2**31)))
    if room.noises:
        noise = room.noises[int(rng.integers(len(room.noises)))]
        part = looped(noise, sound.size, at=int(rng.integers(noise.size)))
        if part.any():
            gain = SPEECH_RMS * 10 ** (-room.snr_db / 20) / loudness(part)
            found = found + part * np.float32(gain)
    return np.asarray(np.clip(found, -1, 1), np.float32)


def quiet_room(size: int, *, seed: int) -> Samples:
    """The studio's room at `SAMPLE_RATE`, `size` samples."""
    wide = SOUND_RATE // SAMPLE_RATE
    # whole seconds: spectra of lengths with large prime factors take ten times as long
    whole = -(-size // SAMPLE_RATE) * SOUND_RATE
    return resampled(room_noise(whole, seed=seed), wide * SOUND_RATE)[:size]
