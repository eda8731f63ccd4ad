"""Intervals for rates over pairs, by drawing subjects anew.

A pair of stills of the same two people tells little that another pair of them did not: what varies
is who was recorded. So subjects are drawn with replacement, and every pair counts as often as its
subjects were drawn (Bolle, Ratha and Pankanti, 2004: the subsets bootstrap). Where no error was
seen, drawing again shows none either: the interval is then the exact one over people.

    intervals = bootstrap(comparisons, threshold=0.7, seed=1)
    intervals.false_match.high
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from verification.evaluation.comparisons import Comparisons, Pairs, Scores
from verification.evaluation.curves import det_curve, equal_error_rate
from verification.evaluation.proportions import CONFIDENCE, Interval, exact_interval

DRAWS = 1_000
EER_DRAWS = 300
"""A whole curve is worked out for each of these."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Intervals:
    """Of the two rates at one threshold."""

    false_match: Interval
    false_non_match: Interval


def bootstrap(
    compared: Comparisons, *, threshold: float, seed: int, draws: int = DRAWS
) -> Intervals:
    """The 95 % intervals of FMR and FNMR at `threshold`."""
    false_match = compared.impostor.scores >= threshold
    false_non_match = compared.genuine.scores < threshold
    times = list(_drawn(compared.subjects, seed, draws))
    return Intervals(
        false_match=_interval(compared.impostor, false_match, compared.people_pairs, times),
        false_non_match=_interval(compared.genuine, false_non_match, compared.people_again, times),
    )


def _interval(
    pairs: Pairs,
    wrong: np.ndarray[tuple[int, ...], np.dtype[np.bool_]],
    people: int,
    drawn: list[Scores],
) -> Interval:
    """Of the share of `wrong` pairs; exact over `people` where all or none of them are."""
    if not wrong.any() or wrong.all():
        return exact_interval(people if wrong.any() else 0, people)
    rates = []
    for times in drawn:
        weights = _weights(pairs, times)
        if weights.any():
            rates.append(float(weights[wrong].sum() / weights.sum()))
    return _middle(rates)


def bootstrap_equal_error(compared: Comparisons, *, seed: int, draws: int = EER_DRAWS) -> Interval:
    """The 95 % interval of the equal error rate."""
    rates = []
    for times in _drawn(compared.subjects, seed, draws):
        genuine, impostor = _weights(compared.genuine, times), _weights(compared.impostor, times)
        if genuine.any() and impostor.any():
            curve = det_curve(
                compared.genuine.scores,
                compared.impostor.scores,
                genuine_weights=genuine,
                impostor_weights=impostor,
            )
            rates.append(equal_error_rate(curve))
    found = _middle(rates)
    if found.high == 0.0:
        return exact_interval(0, compared.people_again)
    return found


def _drawn(subjects: int, seed: int, draws: int) -> Iterator[Scores]:
    """How often each subject was drawn, again and again."""
    rng = np.random.default_rng(seed)
    for _ in range(draws):
        yield np.bincount(rng.integers(subjects, size=subjects), minlength=subjects).astype(
            np.float64
        )


def _weights(pairs: Pairs, times: Scores) -> Scores:
    """A genuine pair counts as often as its subject was drawn, an impostor pair for each of both.

    One drawn twice makes no impostor pair with themselves.
    """
    one, other = pairs.subjects[:, 0], pairs.subjects[:, 1]
    return np.where(one == other, times[one], times[one] * times[other])


def _middle(rates: list[float]) -> Interval:
    if not rates:
        return Interval(low=0.0, high=1.0)
    aside = 100 * (1 - CONFIDENCE) / 2
    low, high = np.percentile(rates, [aside, 100 - aside])
    return Interval(low=float(low), high=float(high))
