"""A genuine session: one person who does and says what the challenge asks.

footage = genuine(challenge, Take(), seed=1)
"""

from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache

import numpy as np

from verification.challenge import Challenge
from verification.faces.contracts import Image
from verification.studio.actors import Actor
from verification.studio.camera import filmed
from verification.studio.conditions import Framing
from verification.studio.footage import Footage, Pose, Sound
from verification.studio.movement import follow
from verification.studio.sitter import Sitter
from verification.studio.sound import mouth_openings, room_noise, spoken
from verification.studio.take import Take


def genuine(challenge: Challenge, take: Take, *, seed: int, speech: Sound | None = None) -> Footage:
    """The session as it should be; `speech` is what is heard, else the digits in their windows."""
    challenge = delayed(challenge, take.delay_ms)
    if speech is None:
        speech = speech_of(challenge, take, seed=seed)
    poses = talking(follow(challenge, fps=take.fps, seed=seed), speech, take.fps)

    def shoot() -> Iterator[Image]:
        if take.kept:
            return iter(_kept(replace(take, attack=None), poses, seed))
        return _filmed(take, poses, seed)

    sound = speech + room_noise(speech.size, seed=seed) * np.float32(take.room)
    return Footage(size=take.size, fps=take.fps, poses=poses, shoot=shoot, sound=sound)


def _filmed(take: Take, poses: tuple[Pose, ...], seed: int) -> Iterator[Image]:
    frames = portrait(take.actor, take.size, poses, take.framing)
    return filmed(frames, noise=take.noise, seed=seed)


@lru_cache(maxsize=1)
def _kept(take: Take, poses: tuple[Pose, ...], seed: int) -> tuple[Image, ...]:
    """The frames of one session: a third of a megabyte each at 480x270."""
    return tuple(_filmed(take, poses, seed))


def delayed(challenge: Challenge, late_ms: int) -> Challenge:
    """What a person does who answers every prompt `late_ms` later than others."""
    steps = tuple(replace(step, start_ms=step.start_ms + late_ms) for step in challenge.steps)
    return replace(challenge, steps=steps)


def speech_of(challenge: Challenge, take: Take, *, seed: int) -> Sound:
    """The digits of the challenge in the take's voice, without the room."""
    return spoken(challenge.digits, challenge.duration_ms, voice_of=lambda _: take.voice, seed=seed)


def talking(poses: tuple[Pose, ...], speech: Sound, fps: int) -> tuple[Pose, ...]:
    """`poses` with the mouth following `speech`."""
    openings = mouth_openings(speech, len(poses), fps).tolist()
    return tuple(
        replace(pose, mouth=opening) for pose, opening in zip(poses, openings, strict=True)
    )


def portrait(
    actor: Actor, size: tuple[int, int], poses: tuple[Pose, ...], framing: Framing | None = None
) -> Iterator[Image]:
    """One frame of `actor` for each pose, before the camera's noise."""
    sitter = seated(actor, size, framing or Framing())
    return (sitter.draw(pose) for pose in poses)


@lru_cache(maxsize=4)
def seated(actor: Actor, size: tuple[int, int], framing: Framing | None = None) -> Sitter:
    """The actor before the camera: cutting a person out of a still takes half a second."""
    return Sitter(actor, size, framing)
