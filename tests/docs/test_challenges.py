"""`docs/verification.md` says truly how much of a challenge is chance, and how long it takes."""

import random
import re
from itertools import pairwise, product
from math import factorial, log2
from pathlib import Path

import pytest

from verification.challenge import Accommodation, Direction
from verification.drawing import Accommodations, ChallengePlan, longest_ms, make_challenge

PAGE = (Path(__file__).parents[2] / "docs" / "verification.md").read_text(encoding="utf-8")
ROW = re.compile(
    r"^\| (\d+, \d+, \d+) \| ([^|]+) \| ([\d.]+) \| ([\d.]+), ([\d.]+) \|", re.MULTILINE
)
ROWS = ROW.findall(PAGE)
SIDEWAYS = {Direction.LEFT, Direction.RIGHT}


def accommodations_in(cell: str) -> Accommodations:
    return frozenset(map(Accommodation, re.findall(r"`(\w+)`", cell)))


def rows_of_directions(count: int) -> int:
    """Counted one by one: along both axes, none the same way twice in a row."""
    return sum(
        all(one is not other for one, other in pairwise(row))
        and (count < 2 or {way in SIDEWAYS for way in row} == {True, False})
        for row in product(Direction, repeat=count)
    )


def bits_of(turns: int, blinks: int, digits: int) -> float:
    orders = factorial(turns + blinks + digits)
    orders //= factorial(turns) * factorial(blinks) * factorial(digits)
    return log2(orders) + log2(rows_of_directions(turns)) + digits * log2(10)


def test_every_kind_of_challenge_has_its_row() -> None:
    named = {accommodations_in(row[1]) for row in ROWS}
    still, silent, heard = (frozenset({one}) for one in Accommodation)
    assert named == {frozenset(), still, silent, still | silent, heard}


@pytest.mark.parametrize(("counts", "cell", "bits", "mean", "longest"), ROWS)
def test_the_figures_are_those_of_the_plan(
    counts: str, cell: str, bits: str, mean: str, longest: str
) -> None:
    given = accommodations_in(cell)
    rng = random.Random(1)
    challenges = [make_challenge(rng, accommodations=given) for _ in range(2_000)]
    one = challenges[0]
    kinds = (len(one.turns), len(one.blinks), len(one.digits))
    assert counts == ", ".join(map(str, kinds))
    assert bits == f"{bits_of(*kinds):.1f}"
    measured = sum(each.duration_ms for each in challenges) / len(challenges) / 1000
    assert float(mean) == pytest.approx(measured, abs=0.11)
    assert longest == f"{longest_ms(ChallengePlan(), given) / 1000:.1f}"


def test_the_text_names_the_same_orders_and_rows() -> None:
    assert f"{factorial(10) // factorial(6) // factorial(3)} equally likely orders" in PAGE
    assert f"{rows_of_directions(3)} equally likely rows" in " ".join(PAGE.split())
