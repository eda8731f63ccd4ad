"""How alike two embeddings are: pure arithmetic on unit vectors of one and the same model.

>>> one, other = np.array([1.0, 0.0], np.float32), np.array([0.0, 1.0], np.float32)
>>> cosine_distance(one, one), cosine_distance(one, other)
(0.0, 1.0)
"""

from collections.abc import Sequence
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

Embedding = NDArray[np.float32]


def similarity(one: Embedding, other: Embedding) -> float:
    """The cosine of the angle between two vectors, -1 to 1."""
    return float(np.clip(_unit(one) @ _unit(other), -1.0, 1.0))


def cosine_distance(one: Embedding, other: Embedding) -> float:
    """One less the similarity: 0 (same direction) to 2."""
    return 1.0 - similarity(one, other)


def mean_direction(embeddings: Sequence[Embedding]) -> Embedding:
    """The unit vector nearest to all of `embeddings`; they must not be empty."""
    if not embeddings:
        raise ValueError("no embeddings to take the mean of")
    return _unit(np.mean([_unit(one) for one in embeddings], axis=0)).astype(np.float32)


def weighted_direction(
    embeddings: Sequence[Embedding], weights: Sequence[float], *, spread: float = 3.0
) -> Embedding:
    """The unit vector nearest to all of `embeddings` by their weights, what stands apart left out.

    What is farther from the one in the middle (the one with the least distance to all others) than
    `spread` times the median of these distances is left out; of fewer than four, nothing is.
    Without a single positive weight all count the same. `embeddings` must not be empty.

    >>> here, aside = np.array([1.0, 0.0], np.float32), np.array([0.0, 1.0], np.float32)
    >>> weighted_direction([here, aside], [1.0, 0.0]).tolist()
    [1.0, 0.0]
    """
    if not embeddings:
        raise ValueError("no embeddings to take the mean of")
    units = np.stack([_unit(one) for one in embeddings])
    weighing = np.asarray(weights, np.float64) * _within(units, spread)
    if not weighing.sum() > 0.0:
        weighing = np.ones(len(units))
    return _unit(weighing @ units).astype(np.float32)


def _within(units: NDArray[np.float64], spread: float) -> NDArray[np.bool_]:
    """Which of the vectors stand with the others."""
    if len(units) < LEAST_TO_STAND_APART:
        return np.ones(len(units), bool)
    apart = 1.0 - units @ units.T
    middle = apart[int(apart.sum(axis=1).argmin())]
    return np.asarray(middle <= spread * float(np.median(middle)) + ROUNDING)


LEAST_TO_STAND_APART = 4
ROUNDING = 1e-9


def farthest_apart(embeddings: Sequence[Embedding]) -> float:
    """The largest cosine distance between any two of `embeddings`.

    With fewer than two there is nothing to compare, which is an error here: the caller decides
    what too few means.
    """
    if len(embeddings) < 2:
        raise ValueError("nothing to compare with")
    return max(cosine_distance(one, other) for one, other in combinations(embeddings, 2))


def _unit(vector: NDArray[np.floating]) -> NDArray[np.float64]:
    exact = np.asarray(vector, dtype=np.float64)
    length = float(np.linalg.norm(exact))
    if not np.isfinite(length) or length == 0.0:
        raise ValueError("a vector without direction")
    return exact / length
