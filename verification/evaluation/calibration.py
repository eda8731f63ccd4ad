"""Write a threshold that was measured here into a pack on the shelf, with its operating point.

    calibrate(shelf, "open", Role.RECOGNIZER, measured_threshold(document, calibrated_on="…"))

Only `pack.toml` changes, in one step; the recipes that are built in stay as they are, and
`cameo models pull` keeps what was calibrated here.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from verification.evaluation.errors import TooLittleData
from verification.packs.documents import to_toml
from verification.packs.manifest import FILE_NAME, Pack, Role, Threshold
from verification.packs.shelf import Shelf, sync_directory, write_atomically

ROLES = {"faces": Role.RECOGNIZER, "voices": Role.VOICE}
"""Whose threshold each evaluation measures."""

BY = "cameo evaluate"
"""What a threshold says calibrated it, where it was measured here."""


def measured_threshold(document: Mapping[str, Any], *, old: Threshold, on: str) -> Threshold:
    """The threshold of an evaluation of faces or voices at the rate that was chosen.

    Raises `TooLittleData` where the data does not support that rate: pairs of the same two people
    repeat one another, so what counts is how many pairs of people there are.
    """
    at = document["at_chosen_rate"]
    data, asked = document["data"], at["false_match_rate_asked"]
    people = data["pairs_of_people"]
    if not at["supported"]:
        least = f"{at['least_rate_supported']:.2g}"
        raise TooLittleData(
            f"{data['subjects_enrolled']} subjects make {people} pair(s) of people, and 3 divided "
            f"by that is the least rate that they can show, {least}: "
            f"`--fmr {asked:g}` needs {_subjects_for(asked)} subjects"
        )
    if at["threshold"] is None:
        raise TooLittleData(f"no pair of one subject is more alike than all of two at `{asked:g}`")
    similarity = float(at["threshold"])
    value = 1.0 - similarity if is_distance(old) else similarity
    return replace(
        old,
        value=round(value, 6),
        calibrated_on=on,
        calibrated_by=BY,
        genuine_trials=data["genuine_trials"],
        impostor_trials=data["impostor_trials"],
        false_match_rate=at["false_match_rate"]["rate"],
        false_non_match_rate=at["false_non_match_rate"]["rate"],
    )


def is_distance(threshold: Threshold) -> bool:
    """Whether the pack's number is a distance, at most, and not a similarity, at least."""
    return "distance" in threshold.unit


def as_similarity(threshold: Threshold) -> float:
    """The pack's number as a cosine similarity."""
    return 1.0 - threshold.value if is_distance(threshold) else threshold.value


def _subjects_for(rate: float) -> int:
    """How many subjects have enough pairs that no error among them supports `rate`."""
    subjects = 2
    while 3 / (subjects * (subjects - 1) / 2) > rate:
        subjects += 1
    return subjects


def calibrate(
    shelf: Shelf, pack_name: str, role: Role, threshold: Threshold, *, name: str = "match"
) -> Pack:
    """Put `threshold` into the pack's copy on the shelf, as `name` of `role`.

    Raises `UnknownPack` or `MalformedPack`. A crash leaves the old `pack.toml` or the new one.
    """
    with shelf.locked():
        pack = shelf.read(pack_name)
        part = pack.components[role]
        part = replace(part, thresholds={**part.thresholds, name: threshold})
        changed = replace(pack, components={**pack.components, role: part})
        # the draft lies beside the pack: a file in it that is not listed would break it
        draft = shelf.root / f".{pack_name}.toml"
        write_atomically(draft, to_toml(changed))
        place = shelf.directory(pack_name)
        draft.replace(place / FILE_NAME)
        sync_directory(place)
    return changed
