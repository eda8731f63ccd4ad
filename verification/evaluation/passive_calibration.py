"""The bound of a pack's passive model, measured on recordings of real people and real attacks.

    measured_live(results, old=threshold, rate=0.05, on="`filmed`: 120 genuine, 180 attacks")

A recording's score is that of its `passive` check, the median over its stills. The bound is the
lowest at which no more than `rate` of any species of attack look alive. What the studio made is no
data for it: such models see a synthesis for what it is.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from verification.evaluation.calibration import BY
from verification.evaluation.errors import NothingToEvaluate, TooLittleData
from verification.evaluation.judging import Result
from verification.evaluation.strings import Numbers
from verification.liveness.passive import NAME
from verification.packs.manifest import Threshold

STEPS = 1_000_000
"""In one, of a bound."""


def measured_live(
    results: Sequence[Result], *, old: Threshold, rate: float, on: str, attack: float
) -> Threshold:
    """The pack's `live`, with the worst species' share above it and the genuine ones' below.

    Raises `NothingToEvaluate` where no recording has a score, `TooLittleData` where genuine
    recordings or those of a species are too few to show `rate`, or where the bound falls below the
    pack's `attack`.
    """
    genuine = _scores([one for one in results if one["species"] is None])
    names = sorted({one["species"] for one in results} - {None})
    species = {name: _scores([one for one in results if one["species"] == name]) for name in names}
    if not genuine.size and not any(own.size for own in species.values()):
        raise NothingToEvaluate("no recording has a score of the passive model")
    _require_enough(genuine, species, rate)
    found = max(lowest(own, rate) for own in species.values())
    if found < attack:
        raise TooLittleData(
            f"at `{found:g}` few enough attacks look alive, which is below the pack's `attack` of "
            f"`{attack:g}`: these attacks are no harder than what it was measured on"
        )
    return replace(
        old,
        value=found,
        calibrated_on=on,
        calibrated_by=BY,
        genuine_trials=genuine.size,
        impostor_trials=sum(own.size for own in species.values()),
        false_match_rate=max(float((own >= found).mean()) for own in species.values()),
        false_non_match_rate=float((genuine < found).mean()),
    )


def lowest(scores: Numbers, rate: float) -> float:
    """The lowest bound that at most `rate` of the scores reach.

    >>> lowest(np.array([0.1, 0.2, 0.9, 0.3]), 0.25)
    0.300001
    """
    reaching = np.sort(scores)[::-1]
    beyond = float(reaching[int(rate * scores.size)])
    return (math.floor(beyond * STEPS) + 1) / STEPS


def _scores(results: Sequence[Result]) -> Numbers:
    """One of each recording that has one."""
    return np.array(
        [
            check["score"]
            for result in results
            for check in result["checks"]
            if check["name"] == NAME and check["score"] is not None
        ],
        np.float64,
    )


def _require_enough(genuine: Numbers, species: Mapping[str, Numbers], rate: float) -> None:
    if not genuine.size or not species:
        raise TooLittleData("a bound needs genuine recordings and attacks")
    least = math.ceil(3 / rate)
    counts = {"bonafide": genuine.size, **{name: own.size for name, own in species.items()}}
    for name, count in counts.items():
        if count < least:
            raise TooLittleData(
                f"`{name}` has `{count}` recordings with a score; to show a rate of `{rate:g}` "
                f"needs {least}"
            )
