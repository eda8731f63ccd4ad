"""From the results on recordings to a JSON document: APCER per species, BPCER, what stopped whom.

document = liveness_document(results, pack="open", data={"directory": "series"})
document["worst_species"]
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from verification.evaluation.attacks import Judged, Tally, species_of, tally, worst_of
from verification.evaluation.judging import Result, judged_of
from verification.evaluation.matching_rates import FORMAT, proportion_document


def liveness_document(
    results: Sequence[Result], *, pack: str, data: Mapping[str, Any]
) -> dict[str, Any]:
    """Every rate with its exact interval: each recording is a trial of its own."""
    judged = [judged_of(result) for result in sorted(results, key=lambda one: str(one["name"]))]
    genuine = [one for one in judged if one.species is None]
    species = species_of(judged)
    return {
        "format": FORMAT,
        "kind": "liveness",
        "pack": pack,
        "data": {
            **data,
            "recordings": len(judged),
            "bona_fide": len(genuine),
            "attacks": len(judged) - len(genuine),
            "species": len(species),
        },
        "bona_fide": _bona_fide(tally(genuine), genuine),
        "species": {name: _species(found) for name, found in species.items()},
        "worst_species": worst_of(species),
        "seconds": _seconds(judged),
    }


def _bona_fide(found: Tally, genuine: list[Judged]) -> dict[str, Any]:
    return {
        **_counts(found),
        "bpcer": proportion_document(found.rejection),
        "review": proportion_document(found.review),
        "not_verified": [one.name for one in genuine if one.verdict != "verified"],
    }


def _species(found: Tally) -> dict[str, Any]:
    return {
        **_counts(found),
        "apcer": proportion_document(found.classification_error),
        "review": proportion_document(found.review),
    }


def _counts(found: Tally) -> dict[str, Any]:
    return {
        "presentations": found.presentations,
        "verified": found.verified,
        "needs_review": found.needs_review,
        "rejected": found.rejected,
        "stopped_by": dict(found.stopped_by),
    }


def _seconds(judged: list[Judged]) -> dict[str, float | None]:
    """How long the verifier took a recording."""
    taken = [one.seconds for one in judged]
    if not taken:
        return {"median": None, "p95": None, "longest": None}
    return {
        "median": float(np.median(taken)),
        "p95": float(np.percentile(taken, 95)),
        "longest": max(taken),
    }
