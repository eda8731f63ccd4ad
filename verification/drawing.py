"""Draw a challenge: which steps, in which order, at which times.

>>> challenge = make_challenge(random.Random(7))
>>> len(challenge.digits), len(challenge.turns), len(challenge.blinks)
(6, 3, 1)
"""

import random
from dataclasses import dataclass
from itertools import pairwise

from verification.challenge import (
    Accommodation,
    Blink,
    Challenge,
    Direction,
    SpokenDigit,
    Step,
    Turn,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChallengePlan:
    """How many steps of each kind, and how long they take, in milliseconds.

    `lead_in_ms` comes before the first step and `tail_ms` after the last one. Between two steps
    lie `shortest_gap_ms` to `longest_gap_ms`, drawn evenly.
    """

    turns: int = 3
    blinks: int = 1
    digits: int = 6
    lead_in_ms: int = 1_000
    tail_ms: int = 600
    turn_ms: int = 1_700
    blink_ms: int = 1_400
    digit_ms: int = 1_100
    shortest_gap_ms: int = 0
    longest_gap_ms: int = 350


def make_challenge(
    rng: random.Random,
    plan: ChallengePlan | None = None,
    accommodations: frozenset[Accommodation] = frozenset(),
) -> Challenge:
    """Draw a challenge. Pass `random.SystemRandom()` outside of tests and the studio."""
    plan = plan or ChallengePlan()
    kinds = ["turn"] * plan.turns + ["blink"] * plan.blinks + ["digit"] * plan.digits
    rng.shuffle(kinds)
    directions = iter(_directions(rng, plan.turns))
    steps: list[Step] = []
    at = plan.lead_in_ms
    for kind in kinds:
        at += rng.randint(plan.shortest_gap_ms, plan.longest_gap_ms)
        step: Step
        if kind == "turn":
            step = Turn(direction=next(directions), start_ms=at, duration_ms=plan.turn_ms)
        elif kind == "blink":
            step = Blink(start_ms=at, duration_ms=plan.blink_ms)
        else:
            step = SpokenDigit(digit=rng.randint(0, 9), start_ms=at, duration_ms=plan.digit_ms)
        steps.append(step)
        at = step.end_ms
    return Challenge(
        steps=tuple(steps), duration_ms=at + plan.tail_ms, accommodations=accommodations
    )


def _directions(rng: random.Random, count: int) -> list[Direction]:
    """`count` directions along both axes, no direction twice in a row."""
    while True:
        drawn = [rng.choice(list(Direction)) for _ in range(count)]
        sideways = {turn in (Direction.LEFT, Direction.RIGHT) for turn in drawn}
        both = len(sideways) == 2 or count < 2
        if both and all(one is not other for one, other in pairwise(drawn)):
            return drawn
