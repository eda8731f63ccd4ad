"""Whole recordings of challenges that leave something out, with the real models of `open`."""

from pathlib import Path

import pytest

from verification.challenge import (
    Accommodation,
    Blink,
    Challenge,
    Direction,
    SpokenDigit,
    Step,
    Turn,
)
from verification.packs.loading import Models
from verification.report import Verdict, Verification
from verification.studio.recording import record
from verification.studio.take import Take
from verification.verifier import verify

TAKE = Take(size=(480, 270), fps=15)
OF_SOUND = {"sound_present", "digits", "one_voice"}


def challenge_of(*tasks: int | Direction | None, given: frozenset[Accommodation]) -> Challenge:
    """Digits, turns, and None for a blink."""
    steps: list[Step] = []
    at = 800
    for task in tasks:
        if task is None:
            steps.append(Blink(start_ms=at, duration_ms=1_000))
        elif isinstance(task, Direction):
            steps.append(Turn(direction=task, start_ms=at, duration_ms=1_700))
        else:
            steps.append(SpokenDigit(digit=task, start_ms=at, duration_ms=1_100))
        at = steps[-1].end_ms + 200
    return Challenge(steps=tuple(steps), duration_ms=at + 400, accommodations=given)


def judged(challenge: Challenge, folder: Path, models: Models) -> Verification:
    path = folder / "recording.webm"
    record(challenge, path, take=TAKE, seed=1)
    with path.open("rb") as recording:
        return verify(recording, challenge, models)


def names(verification: Verification) -> set[str]:
    return {check.name for check in verification.report.checks}


def failed(verification: Verification) -> list[str | None]:
    return [check.code for check in verification.report.checks if check.outcome == "fail"]


def test_without_speech_there_is_no_voice_and_no_check_of_sound(
    tmp_path: Path, open_models: Models
) -> None:
    given = frozenset({Accommodation.NO_SPEECH})
    challenge = challenge_of(None, Direction.LEFT, None, Direction.UP, None, given=given)
    verification = judged(challenge, tmp_path, open_models)
    assert failed(verification) == []
    assert verification.report.verdict is Verdict.VERIFIED
    assert not names(verification) & OF_SOUND
    assert verification.face is not None
    assert verification.voice is None


def test_with_the_head_still_a_person_decides_at_best(tmp_path: Path, open_models: Models) -> None:
    given = frozenset({Accommodation.HEAD_STILL})
    challenge = challenge_of(3, 0, None, 7, 5, given=given)
    verification = judged(challenge, tmp_path, open_models)
    assert failed(verification) == []
    assert verification.report.verdict is Verdict.NEEDS_REVIEW
    assert "turns" not in names(verification)
    assert names(verification) >= OF_SOUND | {"head_still"}
    assert verification.face is not None
    assert verification.voice is not None


@pytest.mark.slow
def test_blinks_alone_are_left_to_a_person(tmp_path: Path, open_models: Models) -> None:
    given = frozenset({Accommodation.HEAD_STILL, Accommodation.NO_SPEECH})
    verification = judged(challenge_of(None, None, None, None, given=given), tmp_path, open_models)
    assert failed(verification) == []
    assert verification.report.verdict is Verdict.NEEDS_REVIEW
    found = {check.name: check.code for check in verification.report.checks}
    assert found["head_still"] == "blinks_alone_asked"
    assert not set(found) & (OF_SOUND | {"turns"})
    assert verification.voice is None
