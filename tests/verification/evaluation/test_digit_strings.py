"""Strings said in their windows, of recordings that are tones."""

import random
import wave
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import numpy as np
import pytest

from verification.drawing import ChallengePlan, make_challenge
from verification.evaluation.digit_strings import (
    Room,
    hear_strings,
    heard,
    in_room,
    quiet_room,
    said_in_windows,
)
from verification.evaluation.digit_takes import Speaker, digits_in, read_takes, trimmed
from verification.evaluation.errors import NothingToEvaluate
from verification.evaluation.sounds import loudness
from verification.evaluation.strings import Bounds, lacking_of
from verification.evidence import Evidence
from verification.liveness.digits import DigitTolerances, judge
from verification.packs.loading import Models
from verification.report import Outcome
from verification.speech.segments import spans
from verification.studio.sound import ROOM_RMS, SPEECH_RMS
from verification.studio.speakers import SyntheticVoice
from verification.tolerances import Tolerances
from verification.voices.contracts import SAMPLE_RATE, Samples

CHALLENGE = make_challenge(random.Random(1), ChallengePlan())


def tone(seconds: float = 0.4) -> Samples:
    at = np.arange(round(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    return np.sin(2 * np.pi * 220 * at).astype(np.float32)


def speaker(name: str = "ann", seconds: float = 0.4) -> Speaker:
    return Speaker(name=name, takes=((tone(seconds),),) * 10)


def write(path: Path, samples: Samples) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, SAMPLE_RATE, 0, "NONE", ""))
        file.writeframes((samples * 20_000).astype("<i2").tobytes())


def test_each_digit_stands_in_its_window_and_nowhere_else() -> None:
    sound = said_in_windows(CHALLENGE, speaker(), np.random.default_rng(1))
    windows = np.zeros(sound.size, bool)
    for step in CHALLENGE.digits:
        start, end = (round(ms * SAMPLE_RATE / 1000) for ms in (step.start_ms, step.end_ms))
        windows[start:end] = True
        said = sound[start:end]
        assert not said[: SAMPLE_RATE // 5].any()
        assert loudness(said[said != 0]) == pytest.approx(SPEECH_RMS, rel=0.2)
    assert not sound[~windows].any()
    assert sound.size == CHALLENGE.duration_ms * SAMPLE_RATE // 1000


def test_a_long_digit_is_said_at_once_and_never_beyond_the_recording() -> None:
    sound = said_in_windows(CHALLENGE, speaker(seconds=30.0), np.random.default_rng(1))
    assert sound.size == CHALLENGE.duration_ms * SAMPLE_RATE // 1000
    assert np.flatnonzero(sound)[0] <= CHALLENGE.digits[0].start_ms * SAMPLE_RATE / 1000 + 1


def test_noise_is_so_much_quieter_than_the_digits() -> None:
    silence = np.zeros(4 * SAMPLE_RATE, np.float32)
    quiet = in_room(silence, Room(), np.random.default_rng(1))
    assert loudness(quiet) == pytest.approx(ROOM_RMS, rel=0.1)
    loud = in_room(silence, Room(noises=(tone(),), snr_db=20.0), np.random.default_rng(1))
    assert loudness(loud) == pytest.approx(SPEECH_RMS / 10, rel=0.05)


def test_a_string_is_heard_as_the_verifier_hears_it(open_models: Models) -> None:
    people = [speaker("ann"), speaker("ben")]
    ask = (people, ChallengePlan(digits=2), open_models, DigitTolerances(), Room())
    one, other = ([*hear_strings(*ask, strings=1, seed=seed)] for seed in (3, 3))
    assert [string.speaker for string in one] == ["ann", "ben"]
    assert [string.said for string in one] == [string.said for string in other]
    rows = [row for string in one for row in string.scores if row is not None]
    again = [row for string in other for row in string.scores if row is not None]
    assert rows
    assert np.array_equal(rows, again)
    assert all(row.shape == (10,) for row in rows)


@pytest.mark.parametrize("size", [SAMPLE_RATE, 20_011])
def test_a_quiet_room_is_as_loud_as_the_studios(size: int) -> None:
    room = quiet_room(size, seed=1)
    assert room.size == size
    assert loudness(room) == pytest.approx(ROOM_RMS, rel=0.1)


def test_the_check_of_a_recording_says_the_same_of_a_string(open_models: Models) -> None:
    """What is measured is what the verifier does, whatever is done to be quick."""
    rng, tolerances = np.random.default_rng(1), Tolerances()
    said = {digit: SyntheticVoice(speaker="low").say(digit, rng)[::3] for digit in range(10)}
    ann = Speaker(name="ann", takes=tuple((said[digit],) for digit in range(10)))
    sound = in_room(said_in_windows(CHALLENGE, ann, rng), Room(), rng)
    activity = open_models.activity.probabilities(sound)
    evidence = SimpleNamespace(
        tolerances=tolerances,
        models=open_models,
        challenge=CHALLENGE,
        sound=SimpleNamespace(samples=sound),
        activity=activity,
        speech=spans(activity, open_models.thresholds.speech.value),
        progress=lambda *_: None,
    )
    check = judge(cast("Evidence", evidence))
    bounds = Bounds(
        clear=open_models.thresholds.digit_clear.value,
        most=open_models.thresholds.digit_shortfall.value,
        tolerances=tolerances.digits,
    )
    lacking = lacking_of(heard(sound, CHALLENGE, open_models, tolerances.digits), bounds)
    asked = [step.digit for step in CHALLENGE.digits]
    assert check.evidence["shortfall"] == lacking[np.arange(len(asked)), asked].tolist()
    assert check.outcome is Outcome.PASS


def test_recordings_are_read_without_their_silence(tmp_path: Path) -> None:
    around = np.concatenate([np.zeros(8_000, np.float32), tone(), np.zeros(8_000, np.float32)])
    for name in ("ann", "ben"):
        for digit in range(10):
            write(tmp_path / name / f"{digit}_a.wav", around)
    write(tmp_path / "ben" / "7_b.wav", around)
    ann, ben = read_takes(digits_in(tmp_path, limit=None))
    assert (ann.recordings, ben.recordings) == (10, 11)
    assert ann.takes[0][0].size == pytest.approx(0.42 * SAMPLE_RATE, rel=0.02)
    assert read_takes(digits_in(tmp_path, limit=1))[1].recordings == 10
    assert trimmed(tone()).size == tone().size


def test_what_is_no_digit_or_missing_is_named(tmp_path: Path) -> None:
    for name in ("ann", "ben"):
        for digit in range(9):
            write(tmp_path / name / f"{digit}_a.wav", tone())
    with pytest.raises(NothingToEvaluate, match="`ann` has no recording of the digit `9`"):
        read_takes(digits_in(tmp_path, limit=None))
    (tmp_path / "ann" / "9_a.wav").write_bytes(b"no sound")
    with pytest.raises(NothingToEvaluate, match="is not a sound"):
        read_takes(digits_in(tmp_path, limit=None))
    write(tmp_path / "ann" / "ten_a.wav", tone())
    with pytest.raises(NothingToEvaluate, match=r"`ten_a\.wav` is not named like"):
        digits_in(tmp_path, limit=None)
