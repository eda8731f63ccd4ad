"""The bound for strings of digits, on scores that are drawn."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from verification.evaluation.calibration import BY, calibrate
from verification.evaluation.digit_calibration import (
    LEAST_SPEAKERS,
    highest,
    measured_shortfall,
)
from verification.evaluation.digit_strings import SpokenString
from verification.evaluation.errors import TooLittleData
from verification.evaluation.strings import Bounds, judge_string
from verification.liveness.digits import DigitTolerances, in_spreads
from verification.packs.catalogue import recipe
from verification.packs.loading import load_models
from verification.packs.manifest import FILE_NAME, Role
from verification.packs.shelf import Shelf

RATE = 0.02
OLD = recipe("open").components[Role.DIGITS].thresholds["shortfall"]


def bounds(most: float = 0.0) -> Bounds:
    return Bounds(clear=0.2, most=most, tolerances=DigitTolerances())


def strings(
    speakers: int = LEAST_SPEAKERS, *, each: int = 4, ahead: float = 2.0, places: int = 4
) -> list[SpokenString]:
    """Of speakers who are heard ever less well, the first ones best."""
    rng = np.random.default_rng(1)
    found = []
    for number in range(speakers):
        for _ in range(each):
            said = rng.integers(10, size=places)
            rows = rng.normal(0.0, 1.0 + 0.5 * number / speakers, (places, 10))
            rows[np.arange(places), said] += ahead
            scores = in_spreads(rows.astype(np.float32))
            found.append(
                SpokenString(
                    speaker=f"s{number:02}", said=tuple(map(int, said)), scores=tuple(scores)
                )
            )
    return found


def passed(said: list[SpokenString], most: float, kind: str) -> float:
    judged = [judge_string(one.scores, one.said, bounds(most))[kind] for one in said]
    return sum(one.accepted for one in judged) / sum(one.strings for one in judged)


def test_no_speaker_has_more_wrong_strings_accepted_than_was_asked() -> None:
    said = strings()
    found = measured_shortfall(said, bounds(), old=OLD, rate=RATE, on="`drawn`")
    own = [[one for one in said if one.speaker == name] for name in {one.speaker for one in said}]
    assert all(passed(one, found.value, "two_off") <= RATE for one in own)
    assert all(passed(one, found.value, "unrelated") <= RATE / 10 for one in own)
    # and no higher bound does: two steps further somebody has more
    assert any(
        passed(one, found.value + 0.12, "two_off") > RATE
        or passed(one, found.value + 0.12, "unrelated") > RATE / 10
        for one in own
    )
    assert (found.calibrated_by, found.unit, found.calibrated_on) == (BY, OLD.unit, "`drawn`")
    assert (found.genuine_trials, found.impostor_trials) == (len(said), len(said) * 6 * 81)
    assert found.false_match_rate == pytest.approx(passed(said, found.value, "two_off"))
    assert found.false_non_match_rate == pytest.approx(1 - passed(said, found.value, "right"))


def test_a_laxer_rate_gives_a_higher_bound() -> None:
    said = strings(1)
    found = [highest(said, bounds(), rate=rate) for rate in (0.005, 0.02, 0.1)]
    assert found == sorted(set(found))


def test_few_speakers_tell_nothing_of_others() -> None:
    with pytest.raises(TooLittleData, match="needs 20 speakers, got `3`"):
        measured_shortfall(strings(3), bounds(), old=OLD, rate=RATE, on="x")


def test_where_a_wrong_string_lacks_nothing_no_bound_keeps_it_out() -> None:
    rows = in_spreads(np.eye(10, dtype=np.float32)[[1, 2, 5, 6]])
    misheard = [
        SpokenString(speaker=f"s{number:02}", said=(1, 2, 3, 4), scores=tuple(rows))
        for number in range(LEAST_SPEAKERS)
    ]
    assert highest(misheard, bounds(), rate=1e-3) == 0.0
    with pytest.raises(TooLittleData, match=r"strings with two digits off to `0\.001`"):
        measured_shortfall(misheard, bounds(), old=OLD, rate=1e-3, on="x")


def test_strings_with_a_silent_window_pass_at_no_bound() -> None:
    said = strings(1)
    silent = [
        SpokenString(speaker=one.speaker, said=one.said, scores=(None, *one.scores[1:]))
        for one in said
    ]
    most = highest(silent, bounds(), rate=RATE)
    assert passed(silent, most, "two_off") == passed(silent, most, "right") == 0.0


def test_the_bound_goes_into_the_pack(tmp_path: Path, open_pack: Path) -> None:
    place = tmp_path / "packs" / "open"
    shutil.copytree(open_pack, place, copy_function=lambda one, two: Path(two).symlink_to(one))
    (place / FILE_NAME).unlink()
    shutil.copyfile(open_pack / FILE_NAME, place / FILE_NAME)
    found = measured_shortfall(strings(), bounds(), old=OLD, rate=RATE, on="`drawn`")
    calibrate(Shelf(tmp_path), "open", Role.DIGITS, found, name="shortfall")
    loaded = load_models(place).thresholds
    assert loaded.digit_shortfall == found
    assert loaded.digit_clear == recipe("open").components[Role.DIGITS].thresholds["clear"]
