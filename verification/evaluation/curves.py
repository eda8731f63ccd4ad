"""Error rates over every threshold: the DET curve, its equal error rate, a threshold for a rate.

ISO/IEC 19795-1: FMR, the share of impostor pairs that match; FNMR, the share of genuine pairs that
do not. A pair matches when its score is at least the threshold.

>>> curve = det_curve(np.array([0.8, 0.9]), np.array([0.1, 0.2]))
>>> equal_error_rate(curve)
0.0
>>> threshold_at(curve, 0.5)
0.2
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from verification.evaluation.comparisons import Scores


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Curve:
    """FMR and FNMR at each of `thresholds`, which rise to infinity."""

    thresholds: Scores
    false_match: Scores
    false_non_match: Scores


def det_curve(
    genuine: Scores,
    impostor: Scores,
    *,
    genuine_weights: Scores | None = None,
    impostor_weights: Scores | None = None,
) -> Curve:
    """The rates at every score that occurs; each pair counts once, or as often as its weight.

    Raises `ValueError` where either kind has no pairs of any weight.
    """
    thresholds = np.append(np.unique(np.concatenate([genuine, impostor])), np.inf)
    matched, impostors = _below(thresholds, impostor, impostor_weights)
    missed, genuines = _below(thresholds, genuine, genuine_weights)
    return Curve(
        thresholds=thresholds,
        # a difference of counts, since 1 less a share is not always the share of the rest
        false_match=(impostors - matched) / impostors,
        false_non_match=missed / genuines,
    )


def _below(thresholds: Scores, scores: Scores, weights: Scores | None) -> tuple[Scores, float]:
    """How many of `scores` lie below each threshold, by weight, and how many there are."""
    order = np.argsort(scores, kind="stable")
    given = np.ones(scores.size) if weights is None else weights[order]
    total = np.concatenate([[0.0], np.cumsum(given)])
    if total[-1] <= 0:
        raise ValueError("no pairs to take a rate of")
    return total[np.searchsorted(scores[order], thresholds)], float(total[-1])


def equal_error_rate(curve: Curve) -> float:
    """The rate where FMR and FNMR meet, on the straight line between the two points beside it."""
    return _crossing(curve)[0]


def equal_error_threshold(curve: Curve) -> float:
    """The lowest threshold from which FNMR is at least FMR."""
    return float(curve.thresholds[_crossing(curve)[1]])


def _crossing(curve: Curve) -> tuple[float, int]:
    ahead = curve.false_non_match - curve.false_match
    at = int(np.argmax(ahead >= 0))
    if at == 0 or ahead[at] == 0:
        return float(max(curve.false_match[at], curve.false_non_match[at])), at
    share = -ahead[at - 1] / (ahead[at] - ahead[at - 1])
    before, after = curve.false_match[at - 1], curve.false_match[at]
    return float(before + share * (after - before)), at


def threshold_at(curve: Curve, false_match_rate: float) -> float:
    """The lowest threshold at which the FMR is at most this; infinite where only that is."""
    return float(curve.thresholds[np.argmax(curve.false_match <= false_match_rate)])


def thinned(curve: Curve, most: int) -> NDArray[np.int64]:
    """The numbers of at most about `most` points that show the whole curve."""
    if curve.thresholds.size <= most:
        return np.arange(curve.thresholds.size)
    # along the way of both rates, so that steep and level parts keep their points
    way = np.cumsum(
        np.abs(np.diff(curve.false_match, prepend=1.0))
        + np.abs(np.diff(curve.false_non_match, prepend=0.0))
    )
    even = np.searchsorted(way, np.linspace(way[0], way[-1], most // 2))
    tails = np.unique(np.geomspace(1, curve.thresholds.size, most // 4).astype(np.int64)) - 1
    last = curve.thresholds.size - 1
    found = np.concatenate([[0], even, tails, last - tails, [last]])
    return np.unique(np.clip(found, 0, last)).astype(np.int64)
