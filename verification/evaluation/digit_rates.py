"""From scored digits to a JSON document: how often a digit is named right, a string accepted.

document = digits_document(takes, outcomes, pack="open", data={"directory": "digits"}, seed=0)
"""

from collections.abc import Mapping, Sequence
from typing import Any

from verification.evaluation.digit_strings import Outcomes
from verification.evaluation.digit_takes import Take
from verification.evaluation.matching_rates import FORMAT, proportion_document
from verification.evaluation.proportions import Proportion


def digits_document(
    takes: Sequence[Take],
    outcomes: Mapping[str, Outcomes],
    *,
    pack: str,
    data: Mapping[str, Any],
    seed: int,
) -> dict[str, Any]:
    """Every rate with the exact interval that as many independent trials would have."""
    speakers = sorted({take.speaker for take in takes})
    silent = sum(take.scores is None for take in takes)
    return {
        "format": FORMAT,
        "kind": "digits",
        "pack": pack,
        "seed": seed,
        "data": {
            **data,
            "subjects": len(speakers),
            "recorded_digits": len(takes),
            "strings": sum(found.strings for found in outcomes.values()),
        },
        "failure_to_score": proportion_document(Proportion(errors=silent, trials=len(takes))),
        "named_right": _named_right(takes),
        "by_speaker": {
            # a number, not a name: figures are published
            f"speaker {number}": _named_right([take for take in takes if take.speaker == speaker])
            for number, speaker in enumerate(speakers, start=1)
        },
        "strings": {kind: _string(found) for kind, found in outcomes.items()},
    }


def _named_right(takes: Sequence[Take]) -> dict[str, Any]:
    scored = [take for take in takes if take.scores is not None]
    right = sum(
        int(take.scores.argmax()) == take.digit for take in scored if take.scores is not None
    )
    return proportion_document(Proportion(errors=right, trials=len(scored)))


def _string(found: Outcomes) -> dict[str, Any]:
    return {
        "accepted": proportion_document(Proportion(errors=found.accepted, trials=found.strings)),
        "review": proportion_document(Proportion(errors=found.review, trials=found.strings)),
        "rejected": proportion_document(Proportion(errors=found.rejected, trials=found.strings)),
    }
