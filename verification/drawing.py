"""Draw a challenge: which steps, in which order, at which times.

>>> challenge = make_challenge(random.Random(7))
>>> len(challenge.digits), len(challenge.turns), len(challenge.blinks)
(6, 3, 1)
>>> still = frozenset({Accommodation.HEAD_STILL})
>>> len(make_challenge(random.Random(7), accommodations=still).turns)
0
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass, fields
from itertools import chain, combinations

from verification.challenge import (
    Accommodation,
    Blink,
    Challenge,
    Direction,
    SpokenDigit,
    Step,
    Turn,
)
from verification.errors import VerificationError

LONGEST_MS = 58_000
"""Of a challenge. A recording has 60 seconds, and no recorder stops to the millisecond."""

WIDER = 4
"""Where nothing but blinks is asked, their times are all that chance decides: its gaps are so much
wider."""

RANGES = {
    "turns": (1, 8),
    "blinks": (1, 8),
    "digits": (1, 12),
    "lead_in_ms": (0, 10_000),
    "tail_ms": (0, 10_000),
    "turn_ms": (800, 6_000),
    "blink_ms": (600, 6_000),
    "digit_ms": (600, 6_000),
    "shortest_gap_ms": (0, 5_000),
    "longest_gap_ms": (0, 5_000),
    "announce_ms": (1_000, 5_000),
    "unhurried_ms": (0, 3_000),
}
"""The least and the most of every field of a plan."""

Accommodations = frozenset[Accommodation]


class UnsoundPlan(VerificationError, ValueError):
    """No challenge can be drawn by such a plan."""

    code = "challenge_plan_unsound"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChallengePlan:
    """How many steps of each kind, and how long they take, in milliseconds.

    `lead_in_ms` comes before the first step and `tail_ms` after the last one. Before each step lie
    `shortest_gap_ms` to `longest_gap_ms`, drawn evenly. Where prompts are heard, each step is
    longer by `unhurried_ms`, and comes after a further `announce_ms` in which it is read out.

    Raises `UnsoundPlan` for what is out of range, for gaps in the wrong order, and where a
    challenge, with whatever accommodations, might take longer than `LONGEST_MS`.
    """

    turns: int = 3
    blinks: int = 1
    digits: int = 6
    lead_in_ms: int = 1_000
    tail_ms: int = 600
    turn_ms: int = 1_700
    blink_ms: int = 1_400
    digit_ms: int = 1_100
    shortest_gap_ms: int = 50
    longest_gap_ms: int = 500
    announce_ms: int = 1_800
    unhurried_ms: int = 400

    def __post_init__(self) -> None:
        for field in fields(self):
            least, most = RANGES[field.name]
            value = getattr(self, field.name)
            if not least <= value <= most:
                raise UnsoundPlan(f"`{field.name}` is `{value}`, not {least} to {most}")
        if self.shortest_gap_ms > self.longest_gap_ms:
            raise UnsoundPlan(
                f"`shortest_gap_ms` is `{self.shortest_gap_ms}`, "
                f"more than `longest_gap_ms`, `{self.longest_gap_ms}`"
            )
        for accommodations in every_accommodation():
            longest = longest_ms(self, accommodations)
            if longest > LONGEST_MS:
                given = ", ".join(sorted(accommodations)) or "none"
                raise UnsoundPlan(
                    f"a challenge may take `{longest}` ms with the accommodations `{given}`, "
                    f"more than {LONGEST_MS}"
                )


def every_accommodation() -> list[Accommodations]:
    """Every set of accommodations, the empty one first."""
    all_of_them = list(Accommodation)
    sizes = range(len(all_of_them) + 1)
    sets = chain.from_iterable(combinations(all_of_them, size) for size in sizes)
    return [frozenset(chosen) for chosen in sets]


def make_challenge(
    rng: random.Random,
    plan: ChallengePlan | None = None,
    accommodations: Accommodations = frozenset(),
) -> Challenge:
    """Draw a challenge. Pass `random.SystemRandom()` outside of tests and the studio."""
    recipe = _recipe(plan or ChallengePlan(), accommodations)
    kinds = [kind for kind, count in recipe.counts.items() for _ in range(count)]
    rng.shuffle(kinds)
    directions = iter(_directions(rng, recipe.counts[Turn]))
    steps: list[Step] = []
    at = recipe.lead_in_ms
    for kind in kinds:
        at += rng.randint(recipe.shortest_gap_ms, recipe.longest_gap_ms)
        steps.append(_step(kind, at, recipe, directions, rng))
        at = steps[-1].end_ms
    return Challenge(
        steps=tuple(steps), duration_ms=at + recipe.tail_ms, accommodations=accommodations
    )


def longest_ms(plan: ChallengePlan, accommodations: Accommodations) -> int:
    """How long a challenge takes whose gaps all come out as long as they can."""
    recipe = _recipe(plan, accommodations)
    steps = sum(
        count * (recipe.longest_gap_ms + recipe.lengths[kind])
        for kind, count in recipe.counts.items()
    )
    return recipe.lead_in_ms + steps + recipe.tail_ms


@dataclass(frozen=True, slots=True, kw_only=True)
class _Recipe:
    """A plan with the accommodations worked in. Gaps hold the time to read a prompt out."""

    counts: dict[type[Step], int]
    lengths: dict[type[Step], int]
    lead_in_ms: int
    tail_ms: int
    shortest_gap_ms: int
    longest_gap_ms: int


def _recipe(plan: ChallengePlan, accommodations: Accommodations) -> _Recipe:
    heard = Accommodation.HEARD_PROMPTS in accommodations
    longer, announced = (plan.unhurried_ms, plan.announce_ms) if heard else (0, 0)
    counts = _counts(plan, accommodations)
    wider = 1 if counts[Turn] or counts[SpokenDigit] else WIDER
    return _Recipe(
        counts=counts,
        lengths={
            Turn: plan.turn_ms + longer,
            Blink: plan.blink_ms + longer,
            SpokenDigit: plan.digit_ms + longer,
        },
        lead_in_ms=plan.lead_in_ms,
        tail_ms=plan.tail_ms,
        shortest_gap_ms=announced + plan.shortest_gap_ms,
        longest_gap_ms=announced + wider * plan.longest_gap_ms,
    )


def _counts(plan: ChallengePlan, accommodations: Accommodations) -> dict[type[Step], int]:
    """What cannot be done gives way, by turns, to a blink and to the other thing.

    Where only blinks are left, they are half as many as all the steps would be: more would be a
    strain and prove nothing.
    """
    still = Accommodation.HEAD_STILL in accommodations
    silent = Accommodation.NO_SPEECH in accommodations
    turns, blinks, digits = plan.turns, plan.blinks, plan.digits
    if still and silent:
        turns, blinks, digits = 0, blinks + (turns + digits) // 2, 0
    elif still:
        turns, blinks, digits = 0, blinks + (turns + 1) // 2, digits + turns // 2
    elif silent:
        turns, blinks, digits = turns + (digits + 1) // 2, blinks + digits // 2, 0
    return {Turn: turns, Blink: blinks, SpokenDigit: digits}


def _step(
    kind: type[Step], at: int, recipe: _Recipe, directions: Iterator[Direction], rng: random.Random
) -> Step:
    length = recipe.lengths[kind]
    if kind is Turn:
        return Turn(direction=next(directions), start_ms=at, duration_ms=length)
    if kind is Blink:
        return Blink(start_ms=at, duration_ms=length)
    return SpokenDigit(digit=rng.randint(0, 9), start_ms=at, duration_ms=length)


def _directions(rng: random.Random, count: int) -> list[Direction]:
    """`count` directions along both axes, no direction twice in a row: any such row as likely."""
    while True:
        drawn: list[Direction] = []
        for _ in range(count):
            drawn.append(rng.choice([way for way in Direction if way not in drawn[-1:]]))
        sideways = {turn in (Direction.LEFT, Direction.RIGHT) for turn in drawn}
        if len(sideways) == 2 or count < 2:
            return drawn
