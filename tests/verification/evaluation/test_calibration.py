import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.verification.evaluation.test_page import matching
from verification.evaluation.calibration import (
    BY,
    as_similarity,
    calibrate,
    is_distance,
    measured_threshold,
)
from verification.evaluation.errors import TooLittleData
from verification.packs.catalogue import recipe
from verification.packs.errors import MalformedPack
from verification.packs.integrity import verify_pack
from verification.packs.loading import load_models
from verification.packs.manifest import FILE_NAME, Role
from verification.packs.pulling import pull
from verification.packs.shelf import Shelf
from verification.sources.contracts import silent


@pytest.fixture
def shelf(tmp_path: Path, open_pack: Path) -> Shelf:
    """A shelf with a copy of `open`, its weights linked and its record its own."""
    place = tmp_path / "packs" / "open"
    shutil.copytree(open_pack, place, copy_function=lambda one, two: Path(two).symlink_to(one))
    (place / FILE_NAME).unlink()
    shutil.copyfile(open_pack / FILE_NAME, place / FILE_NAME)
    return Shelf(tmp_path)


@pytest.fixture
def document() -> dict[str, Any]:
    """Of enough people for its rate of 5 %."""
    return matching(count=12)


def test_a_calibrated_pack_verifies_loads_and_compares_with_the_new_number(
    shelf: Shelf, document: dict[str, Any]
) -> None:
    old = recipe("open").components[Role.RECOGNIZER].thresholds["match"]
    threshold = measured_threshold(document, old=old, on="`stills`: 12 subjects")
    assert is_distance(old)
    assert as_similarity(threshold) == pytest.approx(document["at_chosen_rate"]["threshold"])
    before = shelf.read("open")
    changed = calibrate(shelf, "open", Role.RECOGNIZER, threshold)
    place = shelf.directory("open")
    verify_pack(changed, place)
    loaded = load_models(place).thresholds
    assert loaded.face_match == threshold
    assert (loaded.face_match.calibrated_by, loaded.face_match.unit) == (BY, old.unit)
    assert loaded.face_match.false_match_rate is not None
    assert loaded.face_match.false_match_rate <= 0.05
    assert loaded.voice_match == before.components[Role.VOICE].thresholds["match"]
    assert recipe("open").components[Role.RECOGNIZER].thresholds["match"] == old


def test_pulling_a_pack_again_keeps_what_was_calibrated_here(
    shelf: Shelf, document: dict[str, Any]
) -> None:
    old = recipe("open").components[Role.RECOGNIZER].thresholds["match"]
    threshold = measured_threshold(document, old=old, on="stills")
    calibrate(shelf, "open", Role.RECOGNIZER, threshold)
    before = (shelf.directory("open") / FILE_NAME).read_bytes()
    pull(recipe("open"), shelf, progress=silent)
    assert (shelf.directory("open") / FILE_NAME).read_bytes() == before


def test_a_crash_before_the_rename_leaves_a_whole_pack(
    shelf: Shelf, document: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    old = recipe("open").components[Role.RECOGNIZER].thresholds["match"]
    threshold = measured_threshold(document, old=old, on="stills")

    def fail(*_: object) -> None:
        raise OSError("the power went")

    with monkeypatch.context() as patched:
        patched.setattr(Path, "replace", fail)
        with pytest.raises(OSError, match="power"):
            calibrate(shelf, "open", Role.RECOGNIZER, threshold)
    verify_pack(shelf.read("open"), shelf.directory("open"))
    assert shelf.read("open").components[Role.RECOGNIZER].thresholds["match"] == old
    calibrate(shelf, "open", Role.RECOGNIZER, threshold)
    assert shelf.read("open").components[Role.RECOGNIZER].thresholds["match"] == threshold


def test_a_pack_that_measures_digits_otherwise_is_refused(shelf: Shelf) -> None:
    clear = shelf.read("open").components[Role.DIGITS].thresholds["clear"]
    calibrate(shelf, "open", Role.DIGITS, replace(clear, value=30.0), name="clear")
    with pytest.raises(MalformedPack, match=r"`digits\.clear` is `30`"):
        load_models(shelf.directory("open"))


def test_few_people_support_no_strict_claim() -> None:
    old = recipe("open").components[Role.RECOGNIZER].thresholds["match"]
    with pytest.raises(
        TooLittleData, match=r"6 subjects make 15 pair\(s\) of people.*needs 12 subj"
    ):
        measured_threshold(matching(), old=old, on="stills")
