"""Attacks that edit a recording: sound moved, lips stilled, pieces cut out or put in.

footage = spliced(challenge, take, seed)
"""

from collections.abc import Iterator
from dataclasses import replace
from itertools import chain

import numpy as np

from verification.challenge import Challenge
from verification.faces.contracts import Image
from verification.studio.camera import filmed
from verification.studio.footage import SOUND_RATE, Footage, Pose, Sound, generator
from verification.studio.forgeries import looped_clip
from verification.studio.movement import follow
from verification.studio.sound import room_noise
from verification.studio.speakers import resampled
from verification.studio.staging import genuine, portrait
from verification.studio.take import Take

SHIFT_S = 0.6
"""By how much dubbed sound comes late or early."""

SEATED_ELSEWHERE = (0.12, 0.05)
"""Eye distances by which a person sits elsewhere in a second take."""

CUT_S = 1.6
"""How long a piece is that is cut out of the picture."""

HELD_S, TIMES_HELD = 0.7, 4
"""How long a frame is held in place of a piece that was cut out, and how often."""

NARROW = 8_000
"""Samples per second of sound that came through a telephone."""


def dubbed_shift(challenge: Challenge, take: Take, seed: int) -> Footage:
    """The sound is laid under the picture 0.6 s late."""
    footage = genuine(challenge, take, seed=seed)
    sound = _sound_of(footage)
    return replace(footage, sound=np.concatenate([_room(SHIFT_S, seed), sound])[: sound.size])


def early_sound(challenge: Challenge, take: Take, seed: int) -> Footage:
    """The sound is laid under the picture 0.6 s early."""
    footage = genuine(challenge, take, seed=seed)
    early = _sound_of(footage)[round(SHIFT_S * SOUND_RATE) :]
    return replace(footage, sound=np.concatenate([early, _room(SHIFT_S, seed)]))


def muted_lips(challenge: Challenge, take: Take, seed: int) -> Footage:
    """The right voice says the digits out of sight; the lips stay closed."""
    poses = follow(challenge, fps=take.fps, seed=seed)
    return _posed(genuine(challenge, take, seed=seed), take, seed, poses)


def spliced(challenge: Challenge, take: Take, seed: int) -> Footage:
    """Two sessions of the same person, cut together between two steps."""
    first = genuine(challenge, take, seed=seed)
    second = genuine(challenge, take, seed=seed + 1)
    right, down = SEATED_ELSEWHERE
    moved = tuple(
        replace(pose, shift=(pose.shift[0] + right, pose.shift[1] + down)) for pose in second.poses
    )
    at_s = _boundary_s(challenge)
    frame, sample = round(at_s * take.fps), round(at_s * SOUND_RATE)
    both = first.poses[:frame] + moved[frame:]
    sound = np.concatenate([_sound_of(first)[:sample], _sound_of(second)[sample:]])
    return _posed(replace(first, sound=sound), take, seed, both)


def dropped_frames(challenge: Challenge, take: Take, seed: int) -> Footage:
    """A piece of the picture is cut out; the sound goes on."""
    footage = genuine(challenge, take, seed=seed)
    frame = round(_boundary_s(challenge) * take.fps)
    gone = frozenset(range(frame, min(len(footage.poses), frame + round(CUT_S * take.fps))))
    return replace(footage, lost=gone)


def held_frames(challenge: Challenge, take: Take, seed: int) -> Footage:
    """Pieces of the picture are cut out, and the frame before each is held instead."""
    footage = genuine(challenge, take, seed=seed)
    spare = len(footage.poses) // TIMES_HELD
    first = int(generator(seed, "held").integers(1, spare // 2))
    holds = [
        range(at, at + round(HELD_S * take.fps)) for at in range(first, spare * TIMES_HELD, spare)
    ]
    held = frozenset(chain.from_iterable(holds))

    def shoot() -> Iterator[Image]:
        return _holding(footage.shoot(), held)

    return replace(footage, shoot=shoot)


def _holding(frames: Iterator[Image], held: frozenset[int]) -> Iterator[Image]:
    last = next(frames)
    yield last
    for index, frame in enumerate(frames, start=1):
        last = last if index in held else frame
        yield last


def noisy_loop(challenge: Challenge, take: Take, seed: int) -> Footage:
    """The picture is its own first two seconds again and again, each time under fresh noise."""
    looped = looped_clip(challenge, take, seed)

    def shoot() -> Iterator[Image]:
        return filmed(looped.shoot(), noise=3 * take.noise, seed=seed + 1)

    return replace(looped, shoot=shoot)


def resampled_sound(challenge: Challenge, take: Take, seed: int) -> Footage:
    """The right sound, played into the file from a copy of telephone quality."""
    footage = genuine(challenge, take, seed=seed)
    sound = _sound_of(footage)
    narrow = resampled(sound, SOUND_RATE * SOUND_RATE // NARROW)
    wide = resampled(narrow, NARROW)
    return replace(footage, sound=np.resize(wide, sound.size))


def _posed(footage: Footage, take: Take, seed: int, poses: tuple[Pose, ...]) -> Footage:
    """The footage with the person in other poses."""

    def shoot() -> Iterator[Image]:
        return filmed(portrait(take.actor, take.size, poses), noise=take.noise, seed=seed)

    return replace(footage, poses=poses, shoot=shoot)


def _boundary_s(challenge: Challenge) -> float:
    """Where the step in the middle begins."""
    return challenge.steps[len(challenge.steps) // 2].start_ms / 1000


def _sound_of(footage: Footage) -> Sound:
    return np.zeros(0, np.float32) if footage.sound is None else footage.sound


def _room(seconds: float, seed: int) -> Sound:
    return room_noise(round(seconds * SOUND_RATE), seed=seed + 1)
