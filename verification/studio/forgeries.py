"""Attacks on what is said and done, and on the file: the right person, the wrong session.

footage = wrong_digits(challenge, take, seed)
"""

from collections.abc import Iterator
from dataclasses import replace
from itertools import chain, cycle, islice, product, repeat

import numpy as np

from verification.challenge import Blink, Challenge, SpokenDigit, Step, Turn
from verification.faces.contracts import Image
from verification.studio.footage import SOUND_RATE, Footage, generator
from verification.studio.sound import spoken
from verification.studio.speakers import SyntheticVoice, Voice
from verification.studio.staging import genuine
from verification.studio.take import Take

LOOP_S = 2
"""How long the looped clip is."""


def wrong_order(challenge: Challenge, take: Take, seed: int) -> Footage:
    """The right turns and digits in another order."""
    return genuine(reordered(challenge), take, seed=seed)


def reordered(challenge: Challenge) -> Challenge:
    """The same steps, moved round so that as little as possible is done when it was asked."""
    steps = challenge.steps
    rounds = [
        _laid_out(steps[places:] + steps[:places], challenge) for places in range(1, len(steps))
    ]
    other = min(rounds, key=lambda order: _kept(order, steps))
    return Challenge(steps=other, duration_ms=challenge.duration_ms)


def _kept(order: tuple[Step, ...], asked: tuple[Step, ...]) -> int:
    """For how many milliseconds `order` does what is asked at that time."""
    return sum(
        max(0, min(one.end_ms, other.end_ms) - max(one.start_ms, other.start_ms))
        for one, other in product(order, asked)
        if _task(one) == _task(other)
    )


def _task(step: Step) -> str:
    """What a step asks for, whenever it is."""
    match step:
        case Turn():
            return step.direction
        case SpokenDigit():
            return str(step.digit)
        case Blink():
            return "blink"


def _laid_out(order: tuple[Step, ...], challenge: Challenge) -> tuple[Step, ...]:
    """`order` in time, with the gaps that the challenge has."""
    laid: list[Step] = []
    at = asked_until = 0
    for step, asked in zip(order, challenge.steps, strict=True):
        at += asked.start_ms - asked_until
        laid.append(replace(step, start_ms=at))
        at, asked_until = at + step.duration_ms, asked.end_ms
    return tuple(laid)


def wrong_digits(challenge: Challenge, take: Take, seed: int) -> Footage:
    """Every digit is another one than asked; the turns are right."""
    rng = generator(seed, "wrong digits")
    steps = tuple(
        replace(step, digit=(step.digit + int(rng.integers(1, 10))) % 10)
        if isinstance(step, SpokenDigit)
        else step
        for step in challenge.steps
    )
    return genuine(replace(challenge, steps=steps), take, seed=seed)


def other_voice(challenge: Challenge, take: Take, seed: int) -> Footage:
    """The second half of the digits is said by another voice; the lips follow."""
    half, other = len(challenge.digits) // 2, _other_than(take.voice)
    speech = spoken(
        challenge.digits,
        challenge.duration_ms,
        voice_of=lambda index: take.voice if index < half else other,
        seed=seed,
    )
    return genuine(challenge, take, seed=seed, speech=speech)


def _other_than(voice: Voice) -> Voice:
    """A voice from the other end of the range; for recordings, a synthetic one."""
    lower = voice in (SyntheticVoice(speaker="low"), SyntheticVoice(speaker="deep"))
    return SyntheticVoice(speaker="high" if lower else "low")


def no_sound(challenge: Challenge, take: Take, seed: int) -> Footage:
    """The sound track is digital silence."""
    footage = genuine(challenge, take, seed=seed)
    samples = challenge.duration_ms * SOUND_RATE // 1000
    return replace(footage, sound=np.zeros(samples, np.float32))


def no_audio_track(challenge: Challenge, take: Take, seed: int) -> Footage:
    """The file has no sound track at all."""
    return replace(genuine(challenge, take, seed=seed), sound=None)


def frozen_frame(challenge: Challenge, take: Take, seed: int) -> Footage:
    """The picture stands still from the middle on; the sound goes on."""
    footage = genuine(challenge, take, seed=seed)
    moving = len(footage.poses) // 2
    rest = len(footage.poses) - moving
    poses = footage.poses[:moving] + footage.poses[moving - 1 : moving] * rest

    def shoot() -> Iterator[Image]:
        frames = list(islice(footage.shoot(), moving - 1, moving))
        return chain(islice(footage.shoot(), moving), repeat(frames[0], rest))

    return replace(footage, poses=poses, shoot=shoot)


def looped_clip(challenge: Challenge, take: Take, seed: int) -> Footage:
    """The picture is its own first two seconds again and again; the sound is right."""
    footage = genuine(challenge, take, seed=seed)
    frames, clip = len(footage.poses), min(LOOP_S * take.fps, len(footage.poses))
    poses = tuple(islice(cycle(footage.poses[:clip]), frames))

    def shoot() -> Iterator[Image]:
        return islice(cycle(islice(footage.shoot(), clip)), frames)

    return replace(footage, poses=poses, shoot=shoot)
