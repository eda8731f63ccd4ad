"""How a person moves who follows a challenge: turns, natural sway, blinks, asked for and not.

>>> from verification.challenge import Challenge, Direction, SpokenDigit, Turn
>>> turn = Turn(direction=Direction.LEFT, start_ms=200, duration_ms=1700)
>>> said = SpokenDigit(digit=4, start_ms=1900, duration_ms=1000)
>>> challenge = Challenge(steps=(turn, said), duration_ms=3000)
>>> poses = follow(challenge, fps=10, seed=1)
>>> len(poses), max(pose.yaw for pose in poses) > 20
(30, True)
"""

import numpy as np
from numpy.typing import NDArray

from verification.challenge import Blink, Challenge, Direction, Turn
from verification.studio.footage import Pose, generator

YAW = 24.0
"""Degrees of a turn to a side; the HOG detector loses faces beyond 40."""

PITCH = 17.0
"""Degrees of a turn up or down."""

REACTION_S = (0.25, 0.45)
"""Between the prompt and the movement."""

SHUT_S = (0.3, 0.7)
"""From the beginning of a blink that was asked for to when the eyes are open again."""

CLOSING_S, OPENING_S = 0.09, 0.15
"""Eyes close faster than they open."""

Curve = NDArray[np.float64]
"""One value per frame."""


def follow(challenge: Challenge, *, fps: int, seed: int) -> tuple[Pose, ...]:
    """One pose per frame of a person who does as `challenge` says; the mouth stays at rest."""
    times = np.arange(round(challenge.duration_ms * fps / 1000)) / fps
    yaw, pitch = _turns(challenge.turns, times, generator(seed, "turns"))
    sway = generator(seed, "sway")
    yaw += _sway(times, sway, 1.1)
    pitch += _sway(times, sway, 0.9)
    roll = _sway(times, sway, 0.8) + 0.06 * yaw
    right, down = _sway(times, sway, 0.03), _sway(times, sway, 0.02)
    eyes = np.maximum(
        _blinks(times, challenge.blinks, generator(seed, "blinks")),
        _asked_blinks(challenge.blinks, times, generator(seed, "asked blinks")),
    )
    return tuple(
        Pose(yaw=a, pitch=b, roll=c, shift=(x, y), eyes=e)
        for a, b, c, x, y, e in np.stack([yaw, pitch, roll, right, down, eyes], axis=1).tolist()
    )


def _turns(turns: tuple[Turn, ...], times: Curve, rng: np.random.Generator) -> tuple[Curve, Curve]:
    yaw, pitch = np.zeros_like(times), np.zeros_like(times)
    for turn in turns:
        profile = _there_and_back(turn, times, rng)
        strength = rng.uniform(0.95, 1.05)
        if turn.direction in (Direction.LEFT, Direction.RIGHT):
            yaw += profile * strength * (YAW if turn.direction is Direction.LEFT else -YAW)
        else:
            pitch += profile * strength * (PITCH if turn.direction is Direction.UP else -PITCH)
    return yaw, pitch


def _there_and_back(turn: Turn, times: Curve, rng: np.random.Generator) -> Curve:
    """0 to 1 and back within the step, after a reaction time, without a jerk."""
    seconds = turn.duration_ms / 1000
    reaction = min(rng.uniform(*REACTION_S), seconds / 4)
    moving = seconds - reaction - 0.1
    there = turn.start_ms / 1000 + reaction
    rise = moving * rng.uniform(0.32, 0.38)
    back = there + moving - rise
    return _ease((times - there) / rise) - _ease((times - back) / rise)


def _ease(progress: Curve) -> Curve:
    """The minimum-jerk curve of human movement (Flash and Hogan 1985), 0 to 1."""
    x = np.clip(progress, 0.0, 1.0)
    return x**3 * (10 - 15 * x + 6 * x**2)


def _sway(times: Curve, rng: np.random.Generator, size: float) -> Curve:
    """Slow wandering of about `size`, from a few slow waves."""
    waves = np.zeros_like(times)
    for hertz in (0.11, 0.23, 0.41):
        waves += np.sin(2 * np.pi * (hertz * rng.uniform(0.8, 1.2) * times + rng.random()))
    return waves * size / 2


def _asked_blinks(blinks: tuple[Blink, ...], times: Curve, rng: np.random.Generator) -> Curve:
    """One deliberate blink in each step that asks for it, over before the step is."""
    closed = np.zeros_like(times)
    for blink in blinks:
        seconds = blink.duration_ms / 1000
        reaction = min(rng.uniform(*REACTION_S), seconds / 4)
        shut = min(rng.uniform(*SHUT_S), seconds - reaction)
        at = blink.start_ms / 1000 + reaction
        closed = np.maximum(closed, _shut(times, at, at + shut - OPENING_S))
    return closed


def _blinks(times: Curve, asked: tuple[Blink, ...], rng: np.random.Generator) -> Curve:
    """Natural blinks of a quarter of a second, 2 to 4 s apart; none beside one that is asked."""
    closed = np.zeros_like(times)
    at = rng.uniform(0.6, 2.0)
    while times.size and at < times[-1]:
        if not any(step.start_ms - 300 < at * 1000 < step.end_ms for step in asked):
            closed = np.maximum(closed, _shut(times, at, at + 0.12))
        at += rng.uniform(2.0, 4.0)
    return closed


def _shut(times: Curve, closing: float, opening: float) -> Curve:
    """0 open to 1 closed of eyes that begin to close and to open at these times."""
    return _ease((times - closing) / CLOSING_S) - _ease((times - opening) / OPENING_S)
