"""The scores of every pair of samples: genuine (one subject) and impostor (two subjects).

Higher is more alike. Pairs of few subjects repeat one another, so each keeps whose it is.

>>> same = np.array([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
>>> compared = compare(same, ["ann", "ann", "ben"])
>>> compared.genuine.scores.tolist(), compared.impostor.scores.tolist()
([1.0], [0.0, 0.0])
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Scores = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Pairs:
    """n scores, and n x 2 numbers of the subjects that each is of."""

    scores: Scores
    subjects: NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Comparisons:
    """Every pair of `samples` samples of `subjects` subjects."""

    genuine: Pairs
    impostor: Pairs
    subjects: int
    samples: int

    @property
    def people_pairs(self) -> int:
        """How many pairs of different people there are, however often each was compared."""
        return len(np.unique(self.impostor.subjects, axis=0))

    @property
    def people_again(self) -> int:
        """How many people were compared with themselves."""
        return len(np.unique(self.genuine.subjects[:, 0]))


def compare(embeddings: NDArray[np.floating], subjects: Sequence[str]) -> Comparisons:
    """All pairs of n x d embeddings by their cosine; `subjects` says whose each is.

    Raises `ValueError` unless there is one subject an embedding.
    """
    exact = np.asarray(embeddings, np.float64)
    if exact.ndim != 2 or len(exact) != len(subjects):
        raise ValueError(f"not one subject an embedding: `{exact.shape}`, `{len(subjects)}`")
    names, whose = np.unique(np.asarray(subjects, dtype=np.str_), return_inverse=True)
    unit = exact / np.linalg.norm(exact, axis=1, keepdims=True)
    one, other = np.triu_indices(len(unit), k=1)
    scores = np.clip(unit @ unit.T, -1, 1)[one, other]
    pairs = np.sort(np.stack([whose[one], whose[other]], axis=1), axis=1).astype(np.int64)
    same = pairs[:, 0] == pairs[:, 1]
    return Comparisons(
        genuine=Pairs(scores=scores[same], subjects=pairs[same]),
        impostor=Pairs(scores=scores[~same], subjects=pairs[~same]),
        subjects=len(names),
        samples=len(unit),
    )
