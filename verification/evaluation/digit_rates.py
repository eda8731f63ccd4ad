"""From strings that were heard to a JSON document: how often which strings are accepted.

document = digits_document(strings, speakers, bounds, pack="open", data={}, seed=0)
document["strings"]["right"]["accepted"]["rate"]
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from verification.evaluation.digit_strings import SpokenString
from verification.evaluation.digit_takes import Speaker
from verification.evaluation.matching_rates import FORMAT, interval_document, proportion_document
from verification.evaluation.proportions import CONFIDENCE, Interval, Proportion, exact_interval
from verification.evaluation.strings import KINDS, Bounds, Judged, judge_string

DRAWS = 1_000


def digits_document(
    strings: Sequence[SpokenString],
    speakers: Sequence[Speaker],
    bounds: Bounds,
    *,
    pack: str,
    data: Mapping[str, Any],
    seed: int,
) -> dict[str, Any]:
    """Every rate with its interval, of all speakers and of each; they are numbered, not named."""
    judged = [judge_string(one.scores, one.said, bounds) for one in strings]
    return {
        "format": FORMAT,
        "kind": "digits",
        "pack": pack,
        "seed": seed,
        "data": {
            **data,
            "digits_a_string": len(strings[0].said),
            "subjects": len(speakers),
            "recorded_digits": sum(speaker.recordings for speaker in speakers),
            "strings": len(strings),
            "strings_without_a_shared_recording": sum(
                speaker.recordings // len(strings[0].said) for speaker in speakers
            ),
        },
        **_rates(strings, judged, seed),
        "by_speaker": {
            f"speaker {number}": _rates(*_of(speaker, strings, judged), seed)
            for number, speaker in enumerate(speakers, start=1)
        },
    }


def _of(
    speaker: Speaker, strings: Sequence[SpokenString], judged: Sequence[Mapping[str, Judged]]
) -> tuple[list[SpokenString], list[Mapping[str, Judged]]]:
    own = [index for index, one in enumerate(strings) if one.speaker == speaker.name]
    return [strings[index] for index in own], [judged[index] for index in own]


def _rates(
    strings: Sequence[SpokenString], judged: Sequence[Mapping[str, Judged]], seed: int
) -> dict[str, Any]:
    rows = [
        (digit, row) for one in strings for digit, row in zip(one.said, one.scores, strict=True)
    ]
    named = [int(row.argmax()) == digit for digit, row in rows if row is not None]
    silent = Proportion(errors=len(rows) - len(named), trials=len(rows))
    return {
        "failure_to_score": proportion_document(silent),
        "named_right": proportion_document(Proportion(errors=sum(named), trials=len(named))),
        "strings": {kind: _string([one[kind] for one in judged], seed) for kind in KINDS},
    }


def _string(found: Sequence[Judged], seed: int) -> dict[str, Any]:
    trials = [one.strings for one in found]
    return {
        "accepted": share_document([one.accepted for one in found], trials, seed=seed),
        "review": share_document([one.review for one in found], trials, seed=seed),
    }


def share_document(found: Sequence[int], trials: Sequence[int], *, seed: int) -> dict[str, Any]:
    """How many of all trials, where those of one string that was said are not independent.

    One trial a string: the exact interval. Many: by drawing the strings that were said anew, and
    exact over these where none or all of the trials were found.
    """
    errors, total = sum(found), sum(trials)
    if total == len(trials):
        return proportion_document(Proportion(errors=errors, trials=total))
    shares = np.array(found) / np.array(trials)
    if errors in {0, total}:
        interval = exact_interval(len(shares) if errors else 0, len(shares))
    else:
        rng = np.random.default_rng(seed)
        means = shares[rng.integers(len(shares), size=(DRAWS, len(shares)))].mean(axis=1)
        aside = 100 * (1 - CONFIDENCE) / 2
        low, high = np.percentile(means, [aside, 100 - aside])
        interval = Interval(low=float(low), high=float(high))
    return {
        "errors": errors,
        "trials": total,
        "rate": errors / total,
        **interval_document(interval, method="strings that were said drawn anew"),
    }
