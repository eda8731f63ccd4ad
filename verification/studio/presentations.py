"""Attacks on who or what is before the camera.

footage = replay(challenge, take, seed)
"""

import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import chain, cycle, islice

import numpy as np

from verification.challenge import Challenge
from verification.drawing import make_challenge
from verification.faces.contracts import Image
from verification.studio.actors import Actor
from verification.studio.camera import filmed
from verification.studio.footage import SOUND_RATE, Footage, Pose, Sound
from verification.studio.movement import follow
from verification.studio.screens import (
    Bend,
    bent,
    glare,
    held,
    on_screen,
    portrait_part,
    printed,
    with_eyes,
)
from verification.studio.sound import room_noise
from verification.studio.staging import genuine, portrait, seated
from verification.studio.strangers import stranger
from verification.studio.take import Take

TILT = 1.2
"""A hand turns a photograph a little further than a head would turn."""

MUCH_TOO_FAR = 1.8
"""Beyond that, a detector of faces loses a bent picture."""

SLIGHTLY_BENT, ROUND_AS_A_HEAD = 2.0, 1.2
"""Radii in eye distances: 13 cm, and 8 cm as a head has."""


def flat_photo(challenge: Challenge, take: Take, seed: int) -> Footage:
    """A print of the person, turned by hand as the prompts say; someone says the digits."""
    poses = tuple(replace(pose, eyes=0.0) for pose in _by_hand(challenge, take, seed, TILT))
    sitter = seated(take.actor, take.size)

    def frames() -> Iterator[Image]:
        photo = printed(portrait_part(sitter.draw(Pose())))
        return (held(photo, sitter.room, pose) for pose in poses)

    return _presented(challenge, take, seed, poses, frames)


def bent_photo(challenge: Challenge, take: Take, seed: int) -> Footage:
    """A print bent round an upright cylinder and turned by hand; someone says the digits."""
    poses = tuple(replace(pose, eyes=0.0) for pose in _by_hand(challenge, take, seed, TILT))
    sitter = seated(take.actor, take.size)
    bend = Bend(radius=SLIGHTLY_BENT * sitter.frame.unit)

    def frames() -> Iterator[Image]:
        photo = printed(portrait_part(sitter.draw(Pose())))
        return (bent(photo, sitter.room, pose, bend=bend) for pose in poses)

    return _presented(challenge, take, seed, poses, frames)


def photo_with_eyes_cut(challenge: Challenge, take: Take, seed: int) -> Footage:
    """A flat print turned by hand, with holes for the eyes behind it, which blink as asked."""
    poses = _by_hand(challenge, take, seed, TILT)
    sitter = seated(take.actor, take.size)

    def frames() -> Iterator[Image]:
        return (held(with_eyes(sitter, pose.eyes), sitter.room, pose) for pose in poses)

    return _presented(challenge, take, seed, poses, frames)


def paper_mask(challenge: Challenge, take: Take, seed: int) -> Footage:
    """A print bent as round as a head, turned much too far; the eyes behind its holes blink."""
    poses = _by_hand(challenge, take, seed, MUCH_TOO_FAR)
    sitter = seated(take.actor, take.size)
    bend = Bend(radius=ROUND_AS_A_HEAD * sitter.frame.unit)

    def frames() -> Iterator[Image]:
        return (bent(with_eyes(sitter, pose.eyes), sitter.room, pose, bend=bend) for pose in poses)

    return _presented(challenge, take, seed, poses, frames)


def _by_hand(challenge: Challenge, take: Take, seed: int, tilt: float) -> tuple[Pose, ...]:
    """What a hand does with a picture at the prompts, `tilt` times as far as a head would turn."""
    return tuple(
        replace(pose, yaw=pose.yaw * tilt, pitch=pose.pitch * tilt)
        for pose in follow(challenge, fps=take.fps, seed=seed)
    )


def still_screen(challenge: Challenge, take: Take, seed: int) -> Footage:
    """A still of the person on a screen that is hardly moved; someone says the digits."""
    at_rest = replace(challenge, steps=challenge.digits)
    poses = tuple(replace(pose, eyes=0.0) for pose in follow(at_rest, fps=take.fps, seed=seed))
    sitter = seated(take.actor, take.size)

    def frames() -> Iterator[Image]:
        screen = on_screen(sitter.draw(Pose()))
        return (glare(held(screen, sitter.room, pose)) for pose in poses)

    return _presented(challenge, take, seed, poses, frames)


def replay(challenge: Challenge, take: Take, seed: int) -> Footage:
    """A recording of another session of the same person, filmed from a screen."""
    recorded = genuine(_other_session(challenge, seed), take, seed=seed + 1)
    count = len(follow(challenge, fps=take.fps, seed=seed))
    hand = follow(replace(challenge, steps=challenge.digits), fps=take.fps, seed=seed + 2)
    room = seated(take.actor, take.size).room

    def shoot() -> Iterator[Image]:
        shown = islice(cycle(recorded.shoot()), count)
        seen = (
            glare(held(on_screen(frame), room, pose))
            for frame, pose in zip(shown, hand, strict=True)
        )
        return filmed(seen, noise=take.noise, seed=seed)

    poses = tuple(islice(cycle(recorded.poses), count))
    sound = _through_loudspeaker(recorded.sound, challenge.duration_ms * SOUND_RATE // 1000)
    sound = sound + room_noise(sound.size, seed=seed)
    return Footage(size=take.size, fps=take.fps, poses=poses, shoot=shoot, sound=sound)


def person_swap(challenge: Challenge, take: Take, seed: int) -> Footage:
    """From the middle on another person does what is asked."""
    footage = genuine(challenge, take, seed=seed)
    half = len(footage.poses) // 2

    def shoot() -> Iterator[Image]:
        first = portrait(take.actor, take.size, footage.poses[:half])
        second = portrait(_other_person(take), take.size, footage.poses[half:])
        return filmed(chain(first, second), noise=take.noise, seed=seed)

    return replace(footage, shoot=shoot)


def two_faces(challenge: Challenge, take: Take, seed: int) -> Footage:
    """Two people side by side from the beginning to the end."""
    footage = genuine(challenge, take, seed=seed)
    width, height = take.size
    beside = follow(replace(challenge, steps=challenge.digits), fps=take.fps, seed=seed + 1)

    def shoot() -> Iterator[Image]:
        left = portrait(take.actor, (width // 2, height), footage.poses)
        right = portrait(_other_person(take), (width - width // 2, height), beside)
        both = (np.hstack(pair) for pair in zip(left, right, strict=True))
        return filmed(both, noise=take.noise, seed=seed)

    return replace(footage, shoot=shoot)


def no_face(challenge: Challenge, take: Take, seed: int) -> Footage:
    """An empty room; someone out of sight says the digits."""
    poses = (Pose(),) * len(follow(challenge, fps=take.fps, seed=seed))
    room = seated(take.actor, take.size).room
    return _presented(challenge, take, seed, poses, lambda: (room for _ in poses))


def _presented(
    challenge: Challenge,
    take: Take,
    seed: int,
    poses: tuple[Pose, ...],
    frames: Callable[[], Iterator[Image]],
) -> Footage:
    """Other frames under the sound of a genuine session."""

    def shoot() -> Iterator[Image]:
        return filmed(frames(), noise=take.noise, seed=seed)

    return replace(genuine(challenge, take, seed=seed), poses=poses, shoot=shoot)


def _other_person(take: Take) -> Actor:
    return take.other or stranger(take.actor)


def _other_session(challenge: Challenge, seed: int) -> Challenge:
    """A challenge that asks for other digits and other turns."""
    rng = random.Random(seed)
    while True:
        other = make_challenge(rng)
        digits = [step.digit for step in other.digits] != [step.digit for step in challenge.digits]
        asked = [turn.direction for turn in challenge.turns]
        if digits and [turn.direction for turn in other.turns] != asked:
            return other


def _through_loudspeaker(sound: Sound | None, size: int) -> Sound:
    """Sound of `size` samples with the bass and the highest tones lost, as small speakers do."""
    played = np.resize(np.zeros(1, np.float32) if sound is None else sound, size)
    spectrum = np.fft.rfft(played)
    hertz = np.fft.rfftfreq(size, 1 / SOUND_RATE)
    kept = 1 / (1 + (250 / np.maximum(hertz, 1)) ** 4) / (1 + (hertz / 6000) ** 4)
    return np.asarray(np.fft.irfft(spectrum * kept, size), np.float32)
