"""The figures of an evaluation as rows that a person reads: a number, its interval, a sentence.

>>> percent(0.0123), percent(0.00004), percent(None)
('1.2 %', '0.004 %', 'not measured')
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A name, a value, its 95 % interval, how often errors were seen, and what it means."""

    name: str
    value: str
    interval: str
    counts: str
    meaning: str


def percent(rate: float | None) -> str:
    """A rate with two digits that matter."""
    if rate is None:
        return "not measured"
    if rate in {0.0, 1.0}:
        return f"{rate * 100:.0f} %"
    return f"{rate * 100:.2g} %" if rate < 0.1 else f"{rate * 100:.1f} %"


def figure(name: str, found: Mapping[str, Any], meaning: str) -> Figure:
    """A row of one rate document."""
    counts = f"{found['errors']:,} of {found['trials']:,}" if "trials" in found else ""
    interval = f"{percent(found['low'])} to {percent(found['high'])}"
    return Figure(
        name=name, value=percent(found["rate"]), interval=interval, counts=counts, meaning=meaning
    )


def figures_of(document: Mapping[str, Any]) -> list[Figure]:
    """The rows of any kind of evaluation, the most telling first."""
    rows = {
        "faces": _matching,
        "voices": _matching,
        "digits": _digits,
        "liveness": _liveness,
    }
    return rows[document["kind"]](document)


def _matching(document: Mapping[str, Any]) -> list[Figure]:
    pack, chosen = document["at_pack_threshold"], document["at_chosen_rate"]
    asked = percent(chosen["false_match_rate_asked"])
    return [
        figure(
            "Failure to enroll",
            document["failure_to_enroll"],
            "Samples from which no template could be made. They are in no rate below.",
        ),
        figure(
            "Equal error rate",
            document["equal_error_rate"],
            "Where both kinds of error are equally frequent: one number to compare models by, "
            "not a setting to run with.",
        ),
        figure(
            "FMR at the pack's threshold",
            pack["false_match_rate"],
            f"Pairs of two people that were taken for one, at {_number(pack['threshold'])}.",
        ),
        figure(
            "FNMR at the pack's threshold",
            pack["false_non_match_rate"],
            "Pairs of one person that were taken for two, at the same threshold.",
        ),
        figure(
            f"FMR where at most {asked} is wanted",
            chosen["false_match_rate"],
            f"Measured at {_number(chosen['threshold'])}, the lowest threshold that keeps to it "
            "here."
            + (
                ""
                if chosen["supported"]
                else f" So few people support no claim below "
                f"{percent(chosen['least_rate_supported'])}: read it as a sketch."
            ),
        ),
        figure(
            f"FNMR where an FMR of at most {asked} is wanted",
            chosen["false_non_match_rate"],
            "What that strictness costs the right people.",
        ),
    ]


def _number(threshold: float | None) -> str:
    return "no threshold" if threshold is None else f"a similarity of {threshold:.3f}"


_STRINGS = {
    "right": "Strings said as asked that were accepted.",
    "one_off": "Of all strings with one digit other than said, those accepted.",
    "two_off": "Of all strings with two digits other than said, those accepted.",
    "unrelated": "Of all strings but the one that was said, those accepted.",
}


def _digits(document: Mapping[str, Any]) -> list[Figure]:
    rows = [
        figure(
            "Digits without enough speech",
            document["failure_to_score"],
            "Digits in whose window the activity model heard too little.",
        ),
        figure(
            "Digits named right",
            document["named_right"],
            "The digit that was said scores best of the ten. One digit alone tells little.",
        ),
    ]
    for kind, meaning in _STRINGS.items():
        found, name = document["strings"][kind], kind.replace("_", " ")
        rows.append(figure(f"Accepted: {name}", found["accepted"], meaning))
        rows.append(figure(f"To a person: {name}", found["review"], "Left open."))
    for speaker, one in document["by_speaker"].items():
        for kind in ("right", "two_off", "unrelated"):
            name = f"{speaker}, accepted: {kind.replace('_', ' ')}"
            rows.append(figure(name, one["strings"][kind]["accepted"], _STRINGS[kind]))
    return rows


def _liveness(document: Mapping[str, Any]) -> list[Figure]:
    genuine = document["bona_fide"]
    rows = [
        figure("BPCER", genuine["bpcer"], "Genuine recordings that were rejected."),
        figure("Genuine, to a person", genuine["review"], "Genuine recordings left open."),
    ]
    worst = document["worst_species"]
    for name, found in document["species"].items():
        meaning = "Recordings of this attack that were verified."
        if name == worst and found["verified"]:
            meaning = "The worst species. " + meaning
        if found["needs_review"]:
            meaning += f" {found['needs_review']} more went to a person."
        rows.append(figure(f"APCER {name}", found["apcer"], meaning))
    return rows
