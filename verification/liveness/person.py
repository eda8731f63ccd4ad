"""The same person in every phase: while speaking and while turning.

Both matter, or one person could turn the head and a video of another could say the digits.

>>> check_same_person([], [], at_most=0.1, turned_factor=1.4).code
'person_unclear'
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from verification.matching import (
    Embedding,
    cosine_distance,
    farthest_apart,
    mean_direction,
)
from verification.report import Check, Outcome

if TYPE_CHECKING:
    from verification.evidence import Evidence

NAME = "same_person"
LEAST_STRAIGHT = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonTolerances:
    """`turned_factor` widens the recognizer's own threshold for frames in turns."""

    turned_factor: float = 1.4


def judge(evidence: "Evidence") -> Check:
    """Whether every phase shows the same person."""
    return check_same_person(
        evidence.straight,
        evidence.turned,
        at_most=evidence.models.thresholds.face_match.value,
        turned_factor=evidence.tolerances.person.turned_factor,
        turns=bool(evidence.challenge.turns),
    )


def check_same_person(
    straight: Sequence[Embedding],
    turned: Sequence[Embedding],
    *,
    at_most: float,
    turned_factor: float,
    turns: bool = True,
) -> Check:
    """`person_changed`, `person_unclear` for too few usable frames, or a pass.

    `straight` are the embeddings of the frames that look ahead, of which no two may be farther
    apart than `at_most` (cosine distance). `turned` are those of frames in turns, which
    recognizers place farther off: `turned_factor` times that from the mean of `straight`. The
    score is the largest distance over its own bound, so that 1 is the threshold. Where the
    challenge asks for `turns`, there must be one to compare.
    """
    if len(straight) < LEAST_STRAIGHT or (turns and not turned):
        return Check(name=NAME, outcome=Outcome.FAIL, code="person_unclear")
    middle = mean_direction(straight)
    apart = [cosine_distance(one, middle) / (at_most * turned_factor) for one in turned]
    farthest = max(farthest_apart(straight) / at_most, *apart, 0.0)
    same = farthest <= 1.0
    return Check(
        name=NAME,
        outcome=Outcome.PASS if same else Outcome.FAIL,
        code=None if same else "person_changed",
        score=farthest,
        threshold=1.0,
    )
