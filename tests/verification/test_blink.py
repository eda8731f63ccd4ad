"""Blinks against the person's own open eyes, on synthetic landmarks."""

from dataclasses import replace

import numpy as np
import pytest

from tests.verification.heads import blinking, head, track_of
from verification.challenge import Blink, Challenge, SpokenDigit
from verification.liveness.blink import BlinkTolerances, check_blinks
from verification.report import Check, Outcome
from verification.studio.footage import Pose
from verification.track import Track

TOLERANCES = BlinkTolerances()
CHALLENGE = Challenge(
    steps=(
        SpokenDigit(digit=1, start_ms=500, duration_ms=1_500),
        Blink(start_ms=2_000, duration_ms=1_400),
        SpokenDigit(digit=2, start_ms=3_500, duration_ms=1_500),
        Blink(start_ms=5_000, duration_ms=1_400),
    ),
    duration_ms=7_000,
)


def track_with(*blinks_s: tuple[float, float], natural: bool = False, seed: int = 0) -> Track:
    """Eyes that are shut from one time to another."""
    times = np.arange(70) / 10
    spans = [*blinks_s, *([(0.8, 1.0), (4.1, 4.3)] if natural else [])]
    shut = [any(start <= at < end for start, end in spans) for at in times]
    shapes = [blinking(head(), 1.0 if closed else 0.0) for closed in shut]
    return track_of(shapes, [Pose()] * times.size, seed=seed)


def judged(track: Track) -> Check:
    return check_blinks(track, CHALLENGE, TOLERANCES)


@pytest.mark.parametrize("natural", [False, True])
@pytest.mark.parametrize("seed", range(5))
def test_blinks_as_asked_pass(seed: int, natural: bool) -> None:  # noqa: FBT001 (a parameter)
    check = judged(track_with((2.4, 2.8), (5.5, 6.1), natural=natural, seed=seed))
    assert check.outcome is Outcome.PASS
    assert check.score is not None
    assert check.score < 0.65


@pytest.mark.parametrize(
    "spans",
    [
        [],
        [(2.4, 2.8)],
        [(1.0, 1.4), (5.5, 6.1)],
        [(2.0, 2.1), (5.5, 6.1)],
        [(1.5, 9.0)],
        [(2.4, 2.8), (5.5, 9.0)],
    ],
    ids=["none", "one of two", "too soon", "by chance", "shut all along", "never open again"],
)
def test_other_blinks_are_missing(spans: list[tuple[float, float]]) -> None:
    check = judged(track_with(*spans))
    assert (check.outcome, check.code) == (Outcome.FAIL, "blink_missing")


def test_one_eye_is_no_blink() -> None:
    track = track_with((2.4, 2.8), (5.5, 6.1))
    landmarks = track.landmarks.copy()
    landmarks[:, 36:42] = track_with().landmarks[:, 36:42]
    assert judged(replace(track, landmarks=landmarks)).code == "blink_missing"


def test_eyes_half_closed_are_for_a_person_to_decide() -> None:
    times = np.arange(70) / 10
    half = [0.36 if 2.4 <= at < 2.8 or 5.5 <= at < 6.1 else 0.0 for at in times]
    shapes = [blinking(head(), closed) for closed in half]
    check = check_blinks(track_of(shapes, [Pose()] * 70), CHALLENGE, TOLERANCES)
    assert (check.outcome, check.code) == (Outcome.INCONCLUSIVE, "blink_unclear")


def test_eyes_that_cannot_be_measured_are_unclear() -> None:
    track = track_with((2.4, 2.8), (5.5, 6.1))
    wavering, narrow, unseen = (track.landmarks.copy() for _ in range(3))
    rng = np.random.default_rng(1)
    wavering[:, 36:48] += rng.normal(0, 4, (70, 12, 2)).astype(np.float32)
    narrow[:, 36:48, 1] = 200 + (narrow[:, 36:48, 1] - 200) / 3
    unseen[track.between(2.0, 3.6)] = np.nan
    for landmarks in (wavering, narrow, unseen):
        check = judged(replace(track, landmarks=landmarks))
        assert (check.outcome, check.code) == (Outcome.INCONCLUSIVE, "blink_unclear")


def test_nothing_seen_is_unclear() -> None:
    assert judged(Track.empty()).code == "blink_unclear"
