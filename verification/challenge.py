"""The challenge: what a person must do, and when, in one recording only.

The schedule is the service's. A client shows each step when its time comes and nothing that it
says about timing is believed: what is judged is what was asked.

    >>> challenge = make_challenge(random.Random(7))
    >>> len(challenge.digits), len(challenge.turns)
    (6, 3)
"""

import random
from dataclasses import asdict, dataclass
from enum import StrEnum
from itertools import pairwise
from typing import Any

from verification.errors import VerificationError

VERSION = 1
LEAD_IN_MS = 1_000
TAIL_MS = 600
TURN_MS = 1_700
DIGIT_MS = 1_100
LONGEST_GAP_MS = 150
TURNS = 3
DIGITS = 6


class Direction(StrEnum):
    """Where to turn the head, as the person sees it: `left` is their own left."""

    LEFT = "left"
    RIGHT = "right"
    UP = "up"
    DOWN = "down"


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """Turn the head towards `direction` and back, within `duration_ms` of `start_ms`."""

    direction: Direction
    start_ms: int
    duration_ms: int

    @property
    def end_ms(self) -> int:
        """When the step is over, in milliseconds from the start of the recording."""
        return self.start_ms + self.duration_ms


@dataclass(frozen=True, slots=True, kw_only=True)
class SpokenDigit:
    """Say `digit` aloud within `duration_ms` of `start_ms`, facing the camera."""

    digit: int
    start_ms: int
    duration_ms: int

    @property
    def end_ms(self) -> int:
        """When the step is over, in milliseconds from the start of the recording."""
        return self.start_ms + self.duration_ms


Step = Turn | SpokenDigit


class MalformedChallenge(VerificationError):
    """The document is not a challenge of this version."""

    code = "challenge_malformed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Challenge:
    """Steps in the order of their time, none overlapping another."""

    steps: tuple[Step, ...]
    duration_ms: int

    @property
    def turns(self) -> tuple[Turn, ...]:
        """The turns, in order."""
        return tuple(step for step in self.steps if isinstance(step, Turn))

    @property
    def digits(self) -> tuple[SpokenDigit, ...]:
        """The digits, in order."""
        return tuple(step for step in self.steps if isinstance(step, SpokenDigit))


def make_challenge(rng: random.Random) -> Challenge:
    """Draw a challenge. Pass `random.SystemRandom()` outside of tests and the studio."""
    kinds = ["turn"] * TURNS + ["digit"] * DIGITS
    rng.shuffle(kinds)
    directions = iter(_directions(rng))
    steps: list[Step] = []
    at = LEAD_IN_MS
    for kind in kinds:
        at += rng.randint(0, LONGEST_GAP_MS)
        step: Step
        if kind == "turn":
            step = Turn(direction=next(directions), start_ms=at, duration_ms=TURN_MS)
        else:
            step = SpokenDigit(digit=rng.randint(0, 9), start_ms=at, duration_ms=DIGIT_MS)
        steps.append(step)
        at = step.end_ms
    return Challenge(steps=tuple(steps), duration_ms=at + TAIL_MS)


def _directions(rng: random.Random) -> list[Direction]:
    """`TURNS` directions, at least one to a side, no direction twice in a row."""
    while True:
        drawn = [rng.choice(list(Direction)) for _ in range(TURNS)]
        to_a_side = any(turn in (Direction.LEFT, Direction.RIGHT) for turn in drawn)
        if to_a_side and all(one is not other for one, other in pairwise(drawn)):
            return drawn


def to_document(challenge: Challenge) -> dict[str, Any]:
    """The challenge as JSON data, which `from_document` reads back."""
    steps = [
        {"kind": "turn" if isinstance(step, Turn) else "digit", **asdict(step)}
        for step in challenge.steps
    ]
    return {"version": VERSION, "duration_ms": challenge.duration_ms, "steps": steps}


def from_document(document: object) -> Challenge:
    """Read what `to_document` wrote; raise `MalformedChallenge` for anything else."""
    if not isinstance(document, dict) or document.get("version") != VERSION:
        raise MalformedChallenge(f"not a challenge of version {VERSION}")
    try:
        steps = tuple(_step_from(step) for step in document["steps"])
        challenge = Challenge(steps=steps, duration_ms=int(document["duration_ms"]))
    except (KeyError, TypeError, ValueError) as error:
        raise MalformedChallenge(f"malformed challenge: {error}") from error
    _require_order(challenge)
    return challenge


def _step_from(step: dict[str, Any]) -> Step:
    start, duration = int(step["start_ms"]), int(step["duration_ms"])
    if step["kind"] == "turn":
        direction = Direction(step["direction"])
        return Turn(direction=direction, start_ms=start, duration_ms=duration)
    if step["kind"] == "digit" and int(step["digit"]) in range(10):
        return SpokenDigit(digit=int(step["digit"]), start_ms=start, duration_ms=duration)
    raise MalformedChallenge(f"unknown step `{step}`")


def _require_order(challenge: Challenge) -> None:
    """Steps must exist, take time, follow one another and end within the recording."""
    at = 0
    for step in challenge.steps:
        if step.duration_ms <= 0 or step.start_ms < at:
            raise MalformedChallenge(f"step at {step.start_ms} ms overlaps or takes no time")
        at = step.end_ms
    if not challenge.digits or not challenge.turns or at > challenge.duration_ms:
        raise MalformedChallenge("a challenge needs turns and digits within its duration")
