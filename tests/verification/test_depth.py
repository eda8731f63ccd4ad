"""Depth over turns: a head passes, and no picture of it, however it is bent or turned."""

from dataclasses import replace

import numpy as np
import pytest

from tests.verification.heads import Shape, bent, flat, head, track_of, turning
from verification.challenge import Challenge, Direction, SpokenDigit, Step, Turn
from verification.liveness.depth import DepthTolerances, check_depth
from verification.report import Check, Outcome
from verification.track import Track

TOLERANCES = DepthTolerances()


def challenge_of(*tasks: Direction | int) -> Challenge:
    steps: list[Step] = []
    for index, task in enumerate(tasks):
        at = 1_000 + 1_800 * index
        if isinstance(task, Direction):
            steps.append(Turn(direction=task, start_ms=at, duration_ms=1_700))
        else:
            steps.append(SpokenDigit(digit=task, start_ms=at, duration_ms=1_700))
    return Challenge(steps=tuple(steps), duration_ms=1_800 * len(tasks) + 1_600)


CHALLENGE = challenge_of(3, Direction.LEFT, Direction.UP, 4, Direction.RIGHT, Direction.DOWN)


def judged(shape: Shape, *, further: float = 1.0, seed: int = 0) -> Check:
    poses = turning(CHALLENGE, yaw=24 * further, pitch=17 * further)
    track = track_of([shape] * len(poses), poses, seed=seed)
    return check_depth(track, CHALLENGE, TOLERANCES)


@pytest.mark.parametrize("further", [0.7, 1.0, 1.25])
@pytest.mark.parametrize("seed", range(5))
def test_a_head_has_depth(seed: int, further: float) -> None:
    check = judged(head(), further=further, seed=seed)
    assert check.outcome is Outcome.PASS
    assert check.code is None
    assert check.score is not None
    assert check.score > 1.1


PICTURES = {
    "flat": flat(head()),
    "bent as a head is": bent(head(), 1.2),
    "bent slightly": bent(head(), 2.0),
    "bent up and down": bent(head(), 1.5, lying=True),
}


@pytest.mark.parametrize("further", [0.7, 1.0, 1.5, 2.0])
@pytest.mark.parametrize("picture", PICTURES.values(), ids=PICTURES)
def test_a_picture_has_none(picture: Shape, further: float) -> None:
    check = judged(picture, further=further)
    assert check.outcome is Outcome.FAIL
    assert check.code == "face_flat"
    assert check.score is not None
    assert check.score < 0.75


def test_a_nose_that_slides_on_a_picture_leaves_the_jaw_behind() -> None:
    poses = turning(CHALLENGE)
    slid = []
    for pose in poses:
        picture = flat(head())
        picture[27:36, :2] += np.tan(np.radians([pose.yaw, -pose.pitch])) * 0.6
        slid.append(picture)
    check = check_depth(track_of(slid, poses), CHALLENGE, TOLERANCES)
    assert check.code == "face_flat"
    nose, jaw = check.evidence["nose"], check.evidence["jaw"]
    assert isinstance(nose, list)
    assert isinstance(jaw, list)
    assert min(nose) > TOLERANCES.nose
    assert max(np.abs(jaw)) < 0.2


def test_a_flat_relief_is_for_a_person_to_decide() -> None:
    shallow = head() * (1, 1, 0.62)
    codes = {judged(shallow, seed=seed).code for seed in range(3)}
    assert codes <= {"depth_unclear", "face_flat"}


def test_a_turn_that_nobody_sees_is_unclear() -> None:
    poses = turning(CHALLENGE)
    track = track_of([head()] * len(poses), poses)
    landmarks = track.landmarks.copy()
    first = CHALLENGE.turns[0]
    landmarks[track.between(first.start_ms / 1000, first.end_ms / 1000 + 0.4)] = np.nan
    check = check_depth(replace(track, landmarks=landmarks), CHALLENGE, TOLERANCES)
    assert (check.outcome, check.code) == (Outcome.INCONCLUSIVE, "depth_unclear")
    assert check.evidence["seconds"] == [turn.start_ms / 1000 for turn in CHALLENGE.turns[1:]]


def test_nothing_seen_is_unclear() -> None:
    assert check_depth(Track.empty(), CHALLENGE, TOLERANCES).code == "depth_unclear"
