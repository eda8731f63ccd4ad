"""What came of enrolling every sample: an embedding, or the reason why there is none.

>>> attempt = Attempt(subject="ann", name="ann/1.png", embedding=None, failure="no_face")
>>> enrolled([attempt])
[]
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from verification.evaluation.comparisons import Comparisons, compare
from verification.evaluation.errors import NothingToEvaluate
from verification.faces.contracts import Embedding


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Attempt:
    """One sample: its embedding, or `failure`, a code for why it cannot be enrolled."""

    subject: str
    name: str
    embedding: Embedding | None
    failure: str | None = None


def enrolled(attempts: Iterable[Attempt]) -> list[Attempt]:
    """Those with an embedding."""
    return [attempt for attempt in attempts if attempt.embedding is not None]


def failures(attempts: Iterable[Attempt]) -> dict[str, int]:
    """How often each reason occurred."""
    return dict(sorted(Counter(one.failure for one in attempts if one.failure).items()))


def compared(attempts: Sequence[Attempt]) -> Comparisons:
    """Every pair of enrolled samples. Raises `NothingToEvaluate` without pairs of both kinds."""
    whole = [(one.embedding, one.subject) for one in attempts if one.embedding is not None]
    if len(whole) < 2:
        raise NothingToEvaluate(f"of `{len(attempts)}` samples `{len(whole)}` could be enrolled")
    found = compare(np.stack([vector for vector, _ in whole]), [whose for _, whose in whole])
    if not found.genuine.scores.size or not found.impostor.scores.size:
        raise NothingToEvaluate(
            f"`{len(whole)}` enrolled samples give {found.genuine.scores.size} pairs of one "
            f"subject and {found.impostor.scores.size} of two: both are needed"
        )
    return found
