"""From the pairs of a face or voice evaluation to a JSON document of its figures.

document = matching_document("faces", attempts, Question(...))
document["equal_error_rate"]["rate"]
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from verification.evaluation.comparisons import Comparisons, Scores
from verification.evaluation.curves import (
    Curve,
    det_curve,
    equal_error_rate,
    equal_error_threshold,
    thinned,
    threshold_at,
)
from verification.evaluation.embedded import Attempt, compared, enrolled, failures
from verification.evaluation.proportions import Interval, Proportion, rule_of_three
from verification.evaluation.resampled import bootstrap, bootstrap_equal_error

FORMAT = 1
POINTS = 240
"""Points of a DET curve that a document keeps."""
BINS = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked of the pairs.

    `kind` is `faces` or `voices`; `pack` and `model` name what made the embeddings. `threshold` is
    the pack's, as a cosine similarity; `false_match_rate` the one that a threshold is wanted for.
    `data` says what was measured on; `seed` is that of the intervals.
    """

    kind: str
    pack: str
    model: str
    threshold: float
    false_match_rate: float
    seed: int
    data: Mapping[str, Any] = field(default_factory=dict)


def matching_document(attempts: Sequence[Attempt], question: Question) -> dict[str, Any]:
    """Every figure with its interval and counts. Raises `NothingToEvaluate`.

    Rates at a threshold have intervals by drawing subjects anew; failure to enroll has the exact
    one, as if samples did not depend on one another.
    """
    pairs = compared(attempts)
    curve = det_curve(pairs.genuine.scores, pairs.impostor.scores)
    failed = Proportion(errors=len(attempts) - len(enrolled(attempts)), trials=len(attempts))
    chosen = threshold_at(curve, question.false_match_rate)
    return {
        "format": FORMAT,
        "kind": question.kind,
        "pack": question.pack,
        "model": question.model,
        "seed": question.seed,
        "data": {
            **question.data,
            "subjects": len({attempt.subject for attempt in attempts}),
            "subjects_enrolled": pairs.subjects,
            "samples": len(attempts),
            "enrolled": pairs.samples,
            "genuine_trials": int(pairs.genuine.scores.size),
            "impostor_trials": int(pairs.impostor.scores.size),
            "pairs_of_people": pairs.people_pairs,
        },
        "failure_to_enroll": {**proportion_document(failed), "reasons": failures(attempts)},
        "equal_error_rate": {
            "rate": equal_error_rate(curve),
            **interval_document(bootstrap_equal_error(pairs, seed=question.seed)),
            "threshold": _finite(equal_error_threshold(curve)),
        },
        "at_pack_threshold": rates_document(pairs, question.threshold, question.seed),
        "at_chosen_rate": {
            "false_match_rate_asked": question.false_match_rate,
            "least_rate_supported": rule_of_three(pairs.people_pairs),
            "supported": question.false_match_rate >= rule_of_three(pairs.people_pairs),
            **rates_document(pairs, chosen, question.seed),
        },
        "det": _points(curve),
        "histogram": _histogram(pairs.genuine.scores, pairs.impostor.scores),
    }


def rates_document(pairs: Comparisons, threshold: float, seed: int) -> dict[str, Any]:
    """FMR and FNMR at `threshold`, with counts and intervals."""
    found = bootstrap(pairs, threshold=threshold, seed=seed)
    matched = int((pairs.impostor.scores >= threshold).sum())
    missed = int((pairs.genuine.scores < threshold).sum())
    return {
        "threshold": _finite(threshold),
        "false_match_rate": _rate(matched, pairs.impostor.scores.size, found.false_match),
        "false_non_match_rate": _rate(missed, pairs.genuine.scores.size, found.false_non_match),
    }


def _rate(errors: int, trials: int, interval: Interval) -> dict[str, Any]:
    return {
        "errors": errors,
        "trials": trials,
        "rate": errors / trials,
        **interval_document(interval, method="subjects drawn anew"),
    }


def proportion_document(found: Proportion) -> dict[str, Any]:
    """A rate of independent trials, with its exact interval."""
    return {
        "errors": found.errors,
        "trials": found.trials,
        "rate": found.rate,
        **interval_document(found.interval(), method="Clopper-Pearson"),
    }


def interval_document(found: Interval, *, method: str = "subjects drawn anew") -> dict[str, Any]:
    """Both ends of a 95 % interval and how they were found."""
    return {"low": found.low, "high": found.high, "method": method}


def _points(curve: Curve) -> list[list[float | None]]:
    """FMR, FNMR and threshold of the points that are kept; a null threshold is infinite."""
    return [
        [
            float(curve.false_match[index]),
            float(curve.false_non_match[index]),
            _finite(float(curve.thresholds[index])),
        ]
        for index in thinned(curve, POINTS)
    ]


def _histogram(genuine: Scores, impostor: Scores) -> dict[str, list[float] | list[int]]:
    both = np.concatenate([genuine, impostor])
    edges = np.linspace(both.min(), max(both.max(), both.min() + 1e-6), BINS + 1)
    return {
        "edges": edges.tolist(),
        "genuine": np.histogram(genuine, edges)[0].tolist(),
        "impostor": np.histogram(impostor, edges)[0].tolist(),
    }


def _finite(number: float) -> float | None:
    return number if np.isfinite(number) else None
