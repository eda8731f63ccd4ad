"""The bound on what a string of digits may fall short of, measured on strings that people said.

    measured_shortfall(strings, bounds, old=threshold, rate=0.01, on="`recorded`: 24 speakers")

Strings of one speaker are alike, so each speaker is asked alone: the bound is the highest at which
no more than `rate` of the strings with two digits off pass of any of them, and a tenth of that of
all other strings. Of n speakers who all keep to it, up to 3/n of other people may not.
"""

from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby

import numpy as np

from verification.evaluation.calibration import BY
from verification.evaluation.digit_strings import SpokenString
from verification.evaluation.errors import TooLittleData
from verification.evaluation.strings import (
    TIE,
    Bounds,
    Numbers,
    judge_lacking,
    lacking_of,
    totals_off,
)
from verification.packs.manifest import Threshold

LEAST_SPEAKERS = 20
"""With none of them beyond it, at most 15 % of people are (95 %)."""
UNRELATED_SHARE = 0.1
"""Of the rate of strings with two digits off: strings that are right nowhere pass less often."""
STEP = 0.01
"""What the bound is rounded down to."""


def measured_shortfall(
    strings: Sequence[SpokenString], bounds: Bounds, *, old: Threshold, rate: float, on: str
) -> Threshold:
    """The pack's `shortfall` for these speakers, with the rates at it.

    Raises `TooLittleData` for fewer than `LEAST_SPEAKERS`, or where no bound keeps to `rate`.
    """
    speakers = len({one.speaker for one in strings})
    if speakers < LEAST_SPEAKERS:
        raise TooLittleData(
            f"a bound for the digits of people who are not in the data needs {LEAST_SPEAKERS} "
            f"speakers, got `{speakers}`"
        )
    own = groupby(strings, key=lambda one: one.speaker)
    most = min(highest(list(said), bounds, rate=rate) for _, said in own)
    if most <= 0:
        raise TooLittleData(f"no bound keeps strings with two digits off to `{rate:g}`")
    right, two_off = ([_accepted(one, bounds, most, kind) for one in strings] for kind in (0, 2))
    wrong = np.concatenate(two_off)
    return replace(
        old,
        value=most,
        calibrated_on=on,
        calibrated_by=BY,
        genuine_trials=len(strings),
        impostor_trials=wrong.size,
        false_match_rate=float(wrong.mean()),
        false_non_match_rate=float(1 - np.concatenate(right).mean()),
    )


def highest(strings: Sequence[SpokenString], bounds: Bounds, *, rate: float) -> float:
    """The highest bound for one speaker, 0 where there is none.

    A string that lacks a window passes at none.
    """
    found = [lacking_of(one.scores, bounds) for one in strings]
    wrong = np.sort(
        np.concatenate([totals_off(m, one.said, 2) for m, one in zip(found, strings, strict=True)])
    )
    # so many may pass: the next one must not
    allowed = int(rate * wrong.size)
    ceiling = bounds.tolerances.worst * len(strings[0].said)
    first = ceiling if allowed >= wrong.size else min(float(wrong[allowed]) - TIE, ceiling)
    most = np.floor(first / STEP - TIE) * STEP
    while most > 0 and _unrelated(strings, found, most) > rate * UNRELATED_SHARE:
        most -= STEP * 10
    return max(round(float(most), 6), 0.0)


def _unrelated(strings: Sequence[SpokenString], found: Sequence[Numbers], most: float) -> float:
    shares = [
        judge_lacking(lacking, one.said, most=most, doubt=0.0)["unrelated"]
        for one, lacking in zip(strings, found, strict=True)
    ]
    return float(np.mean([one.accepted / one.strings for one in shares]))


def _accepted(one: SpokenString, bounds: Bounds, most: float, wrong: int) -> Numbers:
    """1 for each string with so many digits `wrong` that passes at `most`, 0 for the others."""
    totals = totals_off(lacking_of(one.scores, bounds), one.said, wrong)
    return (totals <= most + TIE).astype(np.float64)
