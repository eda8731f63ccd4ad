"""Lips against sound, on synthetic landmarks and loudness."""

from dataclasses import replace

import numpy as np
import pytest

from tests.verification.test_picture_checks import make_challenge, track_of
from verification.challenge import Accommodation, Challenge, Direction
from verification.liveness.lips import (
    EYES,
    LOWER,
    UPPER,
    LipTolerances,
    check_lips,
    facing_mouth,
    opening_of,
)
from verification.report import Check, Outcome
from verification.speech.segments import Spans
from verification.track import Curve
from verification.voices.contracts import SAMPLE_RATE, Samples

SECONDS = 14.0
TIMES = np.arange(0.0, SECONDS, 0.1)
NOTHING = np.zeros((0, 2), np.int64)


def words(seed: int) -> list[tuple[float, float]]:
    """When each of eight words begins and ends, in seconds, at uneven times."""
    rng = np.random.default_rng(seed)
    starts = 0.8 + 1.5 * np.arange(8) + rng.uniform(0, 0.5, 8)
    return [
        (start, start + length)
        for start, length in zip(starts, rng.uniform(0.3, 0.6, 8), strict=True)
    ]


def sound_of(spoken: list[tuple[float, float]], *, late_s: float = 0.0) -> tuple[Samples, Spans]:
    rng = np.random.default_rng(5)
    samples = rng.normal(0, 0.001, round(SECONDS * SAMPLE_RATE))
    spans = []
    for start, end in spoken:
        first, last = (round((one + late_s) * SAMPLE_RATE) for one in (start, end))
        samples[first:last] += rng.normal(0, 0.1, samples[first:last].size)
        spans.append((first, last))
    return samples.astype(np.float32), np.array(spans, np.int64)


def lips_of(spoken: list[tuple[float, float]], *, wide: float = 0.12, seed: int = 0) -> Curve:
    """Lips that part a moment before each word, and the noise of real landmarks."""
    rng = np.random.default_rng(seed)
    opening = rng.normal(0.04, 0.012, TIMES.size)
    for start, end in spoken:
        phase = np.clip((TIMES - start + 0.1) / (end - start + 0.15), 0, 1)
        opening += wide * np.sin(np.pi * phase) * rng.uniform(0.6, 1.2)
    return opening


def judged(opening: Curve, sound: tuple[Samples, Spans]) -> Check:
    return check_lips(opening=opening, times=TIMES, samples=sound[0], speech=sound[1])


@pytest.mark.parametrize("seed", range(10))
def test_lips_that_say_what_is_heard_pass(seed: int) -> None:
    spoken = words(seed)
    for late_s in (-0.1, 0.0, 0.2):
        check = judged(lips_of(spoken, seed=seed), sound_of(spoken, late_s=late_s))
        assert (check.outcome, check.code) == (Outcome.PASS, None)


@pytest.mark.parametrize("late_s", [-0.8, -0.6, 0.6, 0.8])
@pytest.mark.parametrize("seed", range(5))
def test_sound_laid_late_or_early_is_out_of_step(seed: int, late_s: float) -> None:
    spoken = words(seed)
    check = judged(lips_of(spoken, seed=seed), sound_of(spoken, late_s=late_s))
    assert (check.outcome, check.code) == (Outcome.FAIL, "lips_out_of_step")
    assert check.evidence["best_lag_s"] == pytest.approx(late_s, abs=0.21)


@pytest.mark.parametrize("seed", range(5))
def test_lips_that_never_move_are_still(seed: int) -> None:
    spoken = words(seed)
    check = judged(lips_of(spoken, wide=0.0, seed=seed), sound_of(spoken))
    assert (check.outcome, check.code) == (Outcome.FAIL, "lips_still")


@pytest.mark.parametrize("seed", range(5))
def test_lips_of_another_speech_are_not_believed(seed: int) -> None:
    at_rest = [(start + 0.75, end + 0.75) for start, end in words(seed)]
    check = judged(lips_of(at_rest, seed=seed), sound_of(words(seed)))
    assert (check.outcome, check.code) == (Outcome.FAIL, "lips_out_of_step")


@pytest.mark.parametrize("speech", [NOTHING, np.array([[0, round(SECONDS * SAMPLE_RATE)]])])
def test_without_pauses_or_speech_a_person_decides(speech: Spans) -> None:
    spoken = words(0)
    check = judged(lips_of(spoken), (sound_of(spoken)[0], speech))
    assert (check.outcome, check.code) == (Outcome.INCONCLUSIVE, "lips_unclear")


def test_between_the_bounds_a_person_decides() -> None:
    spoken = words(1)
    strict = LipTolerances(in_step=0.999)
    samples, speech = sound_of(spoken)
    check = check_lips(
        opening=lips_of(spoken), times=TIMES, samples=samples, speech=speech, tolerances=strict
    )
    assert (check.outcome, check.code) == (Outcome.INCONCLUSIVE, "lips_unclear")


def test_the_opening_is_in_distances_of_the_eyes() -> None:
    points = np.full((3, 68, 2), np.nan, np.float32)
    points[:2] = 0.0
    for eye, x in zip(EYES, (0.0, 50.0), strict=True):
        points[:2, eye, 0] = x
    points[:2, UPPER, 1], points[:2, LOWER, 1] = 100.0, 110.0
    points[1] *= 3
    assert opening_of(points)[:2] == pytest.approx(0.2)
    assert np.isnan(opening_of(points)[2])
    assert np.isnan(opening_of(np.zeros((1, 68, 2), np.float32))[0])


def test_turned_heads_and_other_voices_are_left_out() -> None:
    challenge: Challenge = make_challenge((3, Direction.LEFT, 1))
    track = track_of(challenge)
    track = replace(track, landmarks=np.zeros_like(track.landmarks))
    seen = facing_mouth(track, challenge, late_s=0.4)
    turn = challenge.turns[0]
    assert not seen[track.between(turn.start_ms / 1000, turn.end_ms / 1000 + 0.3)].any()
    assert seen[track.between(1.0, 2.0)].all()
    assert seen[track.between(0.6, 1.0)].all()
    heard = replace(challenge, accommodations=frozenset({Accommodation.HEARD_PROMPTS}))
    assert not facing_mouth(track, heard, late_s=0.4)[track.between(0.6, 1.0)].any()
