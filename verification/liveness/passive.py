"""The face looks alive to the pack's passive model: not like a print or a screen.

    >>> check_passive([0.9] * 6, live=0.7, attack=0.5, tolerances=PassiveTolerances()).outcome
    <Outcome.PASS: 'pass'>
    >>> check_passive([0.1] * 6, live=0.7, attack=0.5, tolerances=PassiveTolerances()).code
    'face_not_alive'

Such models are known to pass phone screens that they were not trained on, and to fail people in a
light that they have not seen. So one still decides nothing, and between the bounds a person looks.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from verification.report import Check, Outcome

if TYPE_CHECKING:
    from verification.evidence import Evidence

NAME = "passive"


@dataclass(frozen=True, slots=True, kw_only=True)
class PassiveTolerances:
    """Counts and shares of the stills that look ahead and can be judged; bounds are the pack's.

    With fewer than `least_stills` nothing is decided. More than `doubtful_share` of them below the
    pack's bound for `live` leave a doubt even where their median is above it.
    """

    least_stills: int = 3
    doubtful_share: float = 0.34


def judge(evidence: "Evidence") -> Check | tuple[Check, ...]:
    """Whether the kept stills show a living face; no check where the pack cannot tell."""
    model, bounds = evidence.models.passive, evidence.models.thresholds
    if model is None or bounds.live is None or bounds.attack is None:
        return ()
    ahead = [still for still in evidence.track.stills if still.step in evidence.challenge.facing]
    scores = []
    for done, still in enumerate(ahead, start=1):
        scores.append(model.score(still.image, still.face))
        evidence.progress(NAME, done / len(ahead))
    tolerances = evidence.tolerances.passive
    return check_passive(
        scores, live=bounds.live.value, attack=bounds.attack.value, tolerances=tolerances
    )


def check_passive(
    scores: Sequence[float], *, live: float, attack: float, tolerances: PassiveTolerances
) -> Check:
    """`face_not_alive`, `face_perhaps_not_alive`, or a pass; the score is the median.

    `scores` are probabilities of a living face, one a still, NaN where a still cannot be judged.
    A median below `attack` fails; below `live`, or with too many stills below it or too few to
    judge at all, the check is inconclusive.
    """
    known = np.array([score for score in scores if np.isfinite(score)])
    if known.size < tolerances.least_stills:
        return _result(Outcome.INCONCLUSIVE, "face_perhaps_not_alive", None, live, known)
    median = float(np.median(known))
    # so that what is not a number never passes
    if not median >= attack:
        return _result(Outcome.FAIL, "face_not_alive", median, attack, known)
    doubtful = float((~(known >= live)).mean())
    if not median >= live or doubtful > tolerances.doubtful_share:
        return _result(Outcome.INCONCLUSIVE, "face_perhaps_not_alive", median, live, known)
    return _result(Outcome.PASS, None, median, live, known)


def _result(
    outcome: Outcome, code: str | None, score: float | None, threshold: float, known: np.ndarray
) -> Check:
    return Check(
        name=NAME,
        outcome=outcome,
        code=code,
        score=score,
        threshold=threshold,
        evidence={"stills": [round(float(one), 4) for one in known]},
    )
