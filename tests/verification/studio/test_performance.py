"""A genuine person does what is asked, when it is asked, and looks and sounds like one."""

import random
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from verification.challenge import Challenge, Direction
from verification.drawing import ChallengePlan, make_challenge
from verification.studio.actors import NoFaceInStill, actor_from, astronaut
from verification.studio.footage import SOUND_RATE, Pose
from verification.studio.movement import follow
from verification.studio.recording import shoot
from verification.studio.sitter import Sitter
from verification.studio.speakers import RecordedVoice, SyntheticVoice, VoiceUnavailable
from verification.studio.take import Take

FPS = 25
AXES = {
    Direction.LEFT: ("yaw", 1),
    Direction.RIGHT: ("yaw", -1),
    Direction.UP: ("pitch", 1),
    Direction.DOWN: ("pitch", -1),
}


@pytest.mark.parametrize("seed", range(10))
def test_turns_peak_in_their_windows_and_nowhere_else(seed: int) -> None:
    challenge = make_challenge(random.Random(seed))
    poses = follow(challenge, fps=FPS, seed=seed)
    asked = np.zeros(len(poses), bool)
    for turn in challenge.turns:
        axis, sign = AXES[turn.direction]
        window = slice(turn.start_ms * FPS // 1000, turn.end_ms * FPS // 1000)
        angles = [sign * getattr(pose, axis) for pose in poses[window]]
        assert 15 <= max(angles) <= 30
        assert abs(angles[0]) < 5
        assert abs(angles[-1]) < 6
        asked[window] = True
    quiet = [pose for pose, turning in zip(poses, asked, strict=True) if not turning]
    assert max(max(abs(pose.yaw), abs(pose.pitch)) for pose in quiet) < 7


@pytest.mark.parametrize("seed", range(10))
def test_eyes_are_shut_for_a_moment_where_a_blink_is_asked(seed: int) -> None:
    challenge = make_challenge(random.Random(seed), ChallengePlan(blinks=2))
    poses = follow(challenge, fps=100, seed=seed)
    for blink in challenge.blinks:
        eyes = np.array([pose.eyes for pose in poses[blink.start_ms // 10 : blink.end_ms // 10]])
        moving = np.flatnonzero(eyes[25:] > 0.01)
        assert eyes[25:].max() == pytest.approx(1.0)
        assert 25 <= moving[-1] - moving[0] <= 70
        assert eyes[-5:].max() < 0.01


def test_natural_blinks_come_every_few_seconds_and_are_short() -> None:
    challenge = make_challenge(random.Random(1))
    challenge = replace(challenge, steps=challenge.turns + challenge.digits)
    poses = follow(challenge, fps=FPS, seed=1)
    closed = np.array([pose.eyes > 0.5 for pose in poses])
    blinks = int((closed[1:] & ~closed[:-1]).sum())
    assert 3 <= blinks <= 7
    assert 2 * blinks <= closed.sum() <= 8 * blinks


def test_digits_sound_in_their_windows_and_the_mouth_follows(
    challenge: Challenge, take: Take
) -> None:
    footage = shoot(challenge, take=take, seed=5)
    assert footage.sound is not None
    loud = np.abs(footage.sound) > 0.02
    for said in challenge.digits:
        heard = np.flatnonzero(loud[said.start_ms * 48 : said.end_ms * 48])
        assert 0.2 < heard[0] / SOUND_RATE < 0.5
        open_at = [pose.mouth for pose in footage.poses[said.start_ms // 100 : said.end_ms // 100]]
        assert max(open_at) > 0.3
    for turn in challenge.turns:
        assert not loud[turn.start_ms * 48 : turn.end_ms * 48].any()
        turning = footage.poses[turn.start_ms // 100 + 2 : turn.end_ms // 100 - 2]
        assert max(pose.mouth for pose in turning) < 0.1


@pytest.fixture(scope="module")
def sitter() -> Sitter:
    return Sitter(astronaut(), (640, 360))


def nose_shift(sitter: Sitter, pose: Pose) -> tuple[float, float]:
    """How far the nose tip moves against the eyes, in eye distances, as the rays have it."""
    where = sitter._turning.lookup(pose)
    rows, columns = sitter._region
    places = sitter._on_texture().to_pixels(sitter.face)
    seen = []
    for x, y in (places[30], places[36:42].mean(axis=0), places[42:48].mean(axis=0)):
        nearest = np.argmin((where[..., 0] - x) ** 2 + (where[..., 1] - y) ** 2)
        row, column = np.unravel_index(int(nearest), where.shape[:2])
        seen.append((columns.start + column, rows.start + row))
    nose, left, right = np.array(seen, float)
    offset = (nose - (left + right) / 2) / np.linalg.norm(right - left)
    return float(offset[0]), float(offset[1])


def test_a_turned_head_shows_parallax_in_the_right_direction(sitter: Sitter) -> None:
    rest = nose_shift(sitter, Pose())
    assert nose_shift(sitter, Pose(yaw=25))[0] > rest[0] + 0.2
    assert nose_shift(sitter, Pose(yaw=-25))[0] < rest[0] - 0.2
    assert nose_shift(sitter, Pose(pitch=17))[1] < rest[1] - 0.12
    assert nose_shift(sitter, Pose(pitch=-17))[1] > rest[1] + 0.08


def test_turning_never_folds_the_face(sitter: Sitter) -> None:
    """Neighbouring pixels look at neighbouring places, in the same order: nothing tears."""
    for pose in (Pose(yaw=27), Pose(yaw=-27), Pose(pitch=20), Pose(pitch=-20)):
        where = sitter._turning.lookup(pose)
        assert np.diff(where[..., 0], axis=1).min() > -0.05
        assert np.diff(where[..., 1], axis=0).min() > -0.05
        assert max(np.diff(where, axis=axis).max() for axis in (0, 1)) < 12


def test_eyes_and_mouth_change_only_their_parts(sitter: Sitter) -> None:
    rest = sitter.draw(Pose()).astype(int)
    places = sitter.frame.to_pixels(sitter.face)
    blink = np.abs(sitter.draw(Pose(eyes=1.0)) - rest).sum(axis=2)
    spoken = np.abs(sitter.draw(Pose(mouth=1.0)) - rest).sum(axis=2)
    eyes, lips = places[36:48, 1], places[60:68, 1]
    changed = np.flatnonzero(blink.max(axis=1) > 30)
    assert eyes.min() - 20 < changed.min()
    assert changed.max() < eyes.max() + 8
    assert np.flatnonzero(spoken.max(axis=1) > 30).min() > lips.min() - 6
    assert spoken.max() > 150


def test_a_still_without_landmarks_is_refused() -> None:
    with pytest.raises(NoFaceInStill):
        actor_from(astronaut().image, np.zeros((5, 2), np.float32))


def test_a_large_still_is_reduced() -> None:
    large = np.repeat(np.repeat(astronaut().image, 6, axis=0), 6, axis=1)
    actor = actor_from(large, astronaut().landmarks * np.float32(6))
    assert actor.image.shape[0] < large.shape[0]
    assert np.ptp(actor.landmarks[:, 0]) < 300


def test_speakers_differ_and_repeat() -> None:
    says = [
        SyntheticVoice(speaker=name).say(5, np.random.default_rng(1)) for name in ("low", "high")
    ]
    again = SyntheticVoice(speaker="low").say(5, np.random.default_rng(1))
    assert np.array_equal(says[0], again)
    assert not np.array_equal(says[0][:4000], says[1][:4000])
    assert all(0.2 < said.size / SOUND_RATE < 0.9 for said in says)


def test_a_missing_speaker_or_recording_is_named(tmp_path: Path) -> None:
    with pytest.raises(VoiceUnavailable, match="`nobody`"):
        SyntheticVoice(speaker="nobody").say(1, np.random.default_rng(1))
    with pytest.raises(VoiceUnavailable, match=r"3_\*\.wav"):
        RecordedVoice(directory=tmp_path).say(3, np.random.default_rng(1))
    (tmp_path / "3_x.wav").write_text("not sound")
    with pytest.raises(VoiceUnavailable, match=r"`3_x\.wav`"):
        RecordedVoice(directory=tmp_path).say(3, np.random.default_rng(1))
