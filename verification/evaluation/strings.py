"""Right and wrong strings of digits, made of recorded ones whose scores are known.

    bounds = Bounds(clear=40.0, most=5.0, tolerances=DigitTolerances())
    counts = simulate_strings(scores, digits, bounds, strings=1_000, seed=1)
    counts["two_off"][Outcome.PASS] / 1_000

Strings are drawn with replacement from the recordings of one speaker: their number says how
finely a rate is resolved, the number of speakers how far it carries.

>>> said = np.array([3, 1, 4, 1, 5, 9])
>>> other = with_wrong(said, 2, np.random.default_rng(1))
>>> int((other != said).sum())
2
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from verification.liveness.digits import DigitTolerances, Heard, check_digits, margin_of
from verification.report import Outcome

Digits = NDArray[np.int64]
Scores = NDArray[np.float32]

KINDS = {"right": 0, "one_off": 1, "two_off": 2, "unrelated": None}
"""How many digits of a string are wrong; None for one that has nothing to do with what was said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """What the pack and the tolerances say of a string."""

    clear: float
    most: float
    tolerances: DigitTolerances


def with_wrong(said: Digits, wrong: int | None, rng: np.random.Generator) -> Digits:
    """What is asked for where exactly `wrong` of the digits said are others; None draws all."""
    if wrong is None:
        return rng.integers(0, 10, said.size)
    asked = said.copy()
    places = rng.choice(said.size, wrong, replace=False)
    asked[places] = (said[places] + rng.integers(1, 10, wrong)) % 10
    return asked


def outcome_of(scores: Scores, asked: Digits, bounds: Bounds) -> Outcome:
    """The check's outcome on digits x 10 scores where `asked` was asked for."""
    heard = [
        Heard(digit=int(digit), speech_s=1.0, margin=margin_of(int(digit), row))
        for digit, row in zip(asked, scores, strict=True)
    ]
    check = check_digits(heard, clear=bounds.clear, most=bounds.most, tolerances=bounds.tolerances)
    return check.outcome


def simulate_strings(
    scores: Scores,
    digits: Digits,
    bounds: Bounds,
    *,
    strings: int,
    seed: int,
    length: int = 6,
) -> dict[str, Counter[Outcome]]:
    """Outcomes of `strings` drawn of each of `KINDS`, from m x 10 scores of one speaker's digits.

    `digits` holds what was said in each of the m recordings. Raises `ValueError` where a digit
    was not recorded: a string could not be drawn evenly.
    """
    takes = [np.flatnonzero(digits == digit) for digit in range(10)]
    if missing := [digit for digit, found in enumerate(takes) if not found.size]:
        raise ValueError(f"no recording of the digit `{missing[0]}`")
    rng = np.random.default_rng(seed)
    counts: dict[str, Counter[Outcome]] = {}
    for kind, wrong in KINDS.items():
        counts[kind] = Counter()
        for _ in range(strings):
            said = rng.integers(0, 10, length)
            drawn = scores[[int(rng.choice(takes[digit])) for digit in said]]
            counts[kind][outcome_of(drawn, with_wrong(said, wrong, rng), bounds)] += 1
    return counts


def ask_of_strings(
    spoken: Sequence[tuple[Scores, Digits]], bounds: Bounds, *, asked: int, seed: int
) -> dict[str, Counter[Outcome]]:
    """Outcomes for strings that were scored whole: `asked` strings of each wrong kind for each.

    `spoken` holds digits x 10 scores with the digits said. A right string is judged once.
    """
    rng = np.random.default_rng(seed)
    counts: dict[str, Counter[Outcome]] = {kind: Counter() for kind in KINDS}
    for scores, said in spoken:
        for kind, wrong in KINDS.items():
            for _ in range(1 if wrong == 0 else asked):
                counts[kind][outcome_of(scores, with_wrong(said, wrong, rng), bounds)] += 1
    return counts
