"""How many of all strings of digits the check accepts where one string was said.

    found = judge_string(scores, said=(3, 1, 4, 1, 5, 9), bounds=bounds)
    found["two_off"].accepted / found["two_off"].strings

Nothing is drawn: a string of six digits has 54 strings with one digit off, 1,215 with two, and
999,999 others altogether, and each of them is judged on the scores of what was said.

>>> said = [0, 1]
>>> lacking = np.full((2, 10), 4.0)
>>> lacking[[0, 1], said] = 0.0
>>> found = judge_lacking(lacking, said, most=2.0, doubt=3.0)
>>> found["right"].accepted, found["one_off"].accepted, found["one_off"].review
(1, 0, 18)
>>> found["unrelated"].strings, found["unrelated"].review
(99, 18)
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from verification.liveness.digits import DigitTolerances, margin_of, shortfall_of

Scores = NDArray[np.float32]
Numbers = NDArray[np.float64]

TIE = 1e-9
"""Sums of the same numbers in another order differ by less."""
KINDS = ("right", "one_off", "two_off", "unrelated")


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """What the pack and the tolerances say of a string."""

    clear: float
    most: float
    tolerances: DigitTolerances


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """Of so many strings that might have been asked, how many pass and how many stay open."""

    strings: int
    accepted: int
    review: int


def judge_string(
    scores: Sequence[Scores | None], said: Sequence[int], bounds: Bounds
) -> dict[str, Judged]:
    """Every string of each of `KINDS`; `scores` has ten for each digit, None for a silent window.

    `unrelated` are all strings but the one that was said, those one and two off among them.
    """
    lacking = lacking_of(scores, bounds)
    return judge_lacking(lacking, said, most=bounds.most, doubt=bounds.tolerances.doubt)


def lacking_of(scores: Sequence[Scores | None], bounds: Bounds) -> Numbers:
    """What each of ten digits would lack at each place, infinity for a silent window."""
    lacking = np.full((len(scores), 10), np.inf)
    for place, row in enumerate(scores):
        if row is not None:
            lacking[place] = [
                shortfall_of(
                    margin_of(digit, row), clear=bounds.clear, worst=bounds.tolerances.worst
                )
                for digit in range(10)
            ]
    return lacking


def judge_lacking(
    lacking: Numbers, said: Sequence[int], *, most: float, doubt: float
) -> dict[str, Judged]:
    """The same, from what each digit would lack at each place, infinity for a silent window."""
    off = {kind: totals_off(lacking, said, wrong) for wrong, kind in enumerate(KINDS[:3])}
    found = {kind: _judged(totals, most, doubt) for kind, totals in off.items()}
    passed, open_too = (_strings_within(lacking, bound) for bound in (most, most + doubt))
    right = found["right"]
    found["unrelated"] = Judged(
        strings=10 ** len(said) - 1,
        accepted=passed - right.accepted,
        review=open_too - passed - right.review,
    )
    return found


def _judged(totals: Numbers, most: float, doubt: float) -> Judged:
    accepted = int((totals <= most + TIE).sum())
    return Judged(
        strings=totals.size,
        accepted=accepted,
        review=int((totals <= most + doubt + TIE).sum()) - accepted,
    )


def totals_off(lacking: Numbers, said: Sequence[int], wrong: int) -> Numbers:
    """What every string lacks that differs from `said` in exactly `wrong` places."""
    right = lacking[np.arange(len(said)), list(said)]
    totals = []
    for places in combinations(range(len(said)), wrong):
        kept = right[[place for place in range(len(said)) if place not in places]].sum()
        ways = np.array([kept])
        for place in places:
            ways = np.add.outer(ways, np.delete(lacking[place], said[place])).ravel()
        totals.append(ways)
    return np.concatenate(totals)


def _strings_within(lacking: Numbers, bound: float) -> int:
    """How many of all strings lack at most `bound`: sums of one half, met by those of the other."""
    middle = len(lacking) // 2
    one, other = _sums(lacking[:middle]), np.sort(_sums(lacking[middle:]))
    return int(np.searchsorted(other, bound + TIE - one, side="right").sum())


def _sums(lacking: Numbers) -> Numbers:
    totals = np.zeros(1)
    for row in lacking:
        totals = np.add.outer(totals, row).ravel()
    return totals
