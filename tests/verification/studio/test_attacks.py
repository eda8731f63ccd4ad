"""Each attack is wrong in the way its name says, judged on frames, sound and poses."""

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

import cv2
import numpy as np
import pytest

from verification.challenge import Challenge, SpokenDigit
from verification.faces.contracts import Image
from verification.studio.attacks import ATTACKS, UnknownAttack
from verification.studio.footage import SOUND_RATE, Footage, Pose
from verification.studio.forgeries import reordered
from verification.studio.presentations import _other_session
from verification.studio.recording import shoot
from verification.studio.screens import _seen, portrait_part, printed
from verification.studio.staging import seated
from verification.studio.take import Take

Shot = tuple[Footage, list[Image]]
Shoot = Callable[[str | None], Shot]
HALF = 28


@pytest.fixture(scope="session")
def shot(challenge: Challenge, take: Take) -> Shoot:
    kept: dict[str | None, Shot] = {}

    def make(attack: str | None) -> Shot:
        if attack not in kept:
            footage = shoot(challenge, take=replace(take, attack=attack), seed=5)
            kept[attack] = footage, list(footage.shoot())
        return kept[attack]

    return make


def apart(one: Image, other: Image) -> float:
    return float(np.abs(one.astype(int) - other).mean())


def sound_of(footage: Footage) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    assert footage.sound is not None
    return footage.sound


def loudness(footage: Footage, start_ms: int, end_ms: int) -> float:
    part = sound_of(footage)[start_ms * 48 : end_ms * 48]
    return float(np.sqrt(np.mean(part**2)))


@pytest.mark.parametrize("name", sorted(ATTACKS))
def test_every_attack_is_described_lasts_as_long_and_repeats(
    name: str, shot: Shoot, challenge: Challenge, take: Take
) -> None:
    footage, frames = shot(name)
    assert ATTACKS[name].description
    assert len(frames) == len(footage.poses) == 56
    again = shoot(challenge, take=replace(take, attack=name), seed=5)
    assert np.array_equal(next(again.shoot()), frames[0])
    if footage.sound is not None:
        assert footage.sound.size == challenge.duration_ms * SOUND_RATE // 1000
        assert np.array_equal(sound_of(again), footage.sound)


def test_an_unknown_attack_is_refused(challenge: Challenge, take: Take) -> None:
    with pytest.raises(UnknownAttack, match="`charm`"):
        shoot(challenge, take=replace(take, attack="charm"), seed=1)


def test_flat_photo_is_a_plane_that_turns(shot: Shoot) -> None:
    """Laid flat again, the picture at the turn's extreme is the picture at rest."""
    footage, frames = shot("flat_photo")
    assert max(pose.yaw for pose in footage.poses) > 25
    assert {pose.mouth for pose in footage.poses} == {pose.eyes for pose in footage.poses} == {0.0}
    genuine, there = shot(None)
    assert flat_apart(frames, footage.poses) < 0.4 * flat_apart(there, genuine.poses)


def flat_apart(frames: list[Image], poses: tuple[Pose, ...]) -> float:
    """How far the frame at the turn's extreme is from the first one, both laid flat again."""
    turned = max(range(len(poses)), key=lambda index: poses[index].yaw)
    shape = printed(portrait_part(frames[0])).shape[:2]
    laid = []
    for index in (0, turned):
        back = np.linalg.inv(_seen(shape, (320, 180), poses[index]))
        laid.append(cv2.warpPerspective(frames[index], back, shape[::-1]))
    face = np.s_[60:110, 60:110]
    return apart(np.asarray(laid[0], np.uint8)[face], np.asarray(laid[1], np.uint8)[face])


def test_still_screen_never_turns_and_never_speaks(shot: Shoot) -> None:
    footage, _ = shot("still_screen")
    assert max(abs(pose.yaw) for pose in footage.poses) < 4
    assert {pose.mouth for pose in footage.poses} == {0.0}


def test_screens_have_a_dark_bezel_and_a_lamp(shot: Shoot) -> None:
    for name in ("still_screen", "replay"):
        bezel = shot(name)[1][0][60:120, :24].min(axis=(1, 2))
        assert bezel.max() < 60
    assert shot(None)[1][0][:, :24].min() > 15


def test_replay_answers_another_challenge(shot: Shoot, challenge: Challenge) -> None:
    other = _other_session(challenge, 5)
    asked = [turn.direction for turn in challenge.turns]
    assert [turn.direction for turn in other.turns] != asked
    assert [said.digit for said in other.digits] != [said.digit for said in challenge.digits]
    ours = np.array([pose.yaw for pose in shot(None)[0].poses])
    theirs = np.array([pose.yaw for pose in shot("replay")[0].poses])
    assert np.abs(ours - theirs).max() > 15


def test_wrong_order_does_the_same_things_at_other_times(shot: Shoot, challenge: Challenge) -> None:
    other = reordered(challenge)
    assert sorted(step.duration_ms for step in other.steps) == sorted(
        step.duration_ms for step in challenge.steps
    )
    assert sorted(said.digit for said in other.digits) == [4, 7]
    assert [said.digit for said in other.digits] == [7, 4]
    turn = challenge.turns[0]
    window = slice(turn.start_ms // 100, turn.end_ms // 100)
    assert max(pose.yaw for pose in shot(None)[0].poses[window]) > 20
    assert max(pose.yaw for pose in shot("wrong_order")[0].poses[window]) < 10


def test_wrong_digits_change_the_words_and_nothing_else(shot: Shoot, challenge: Challenge) -> None:
    assert not np.array_equal(sound_of(shot("wrong_digits")[0]), sound_of(shot(None)[0]))
    assert [pose.yaw for pose in shot("wrong_digits")[0].poses] == [
        pose.yaw for pose in shot(None)[0].poses
    ]
    for said in challenge.digits:
        assert loudness(shot("wrong_digits")[0], said.start_ms, said.end_ms) > 0.02


def test_other_voice_changes_after_half_of_the_digits(shot: Shoot) -> None:
    ours, theirs = sound_of(shot(None)[0]), sound_of(shot("other_voice")[0])
    half = 2900 * 48
    assert np.array_equal(ours[:half], theirs[:half])
    assert pitch(ours[half:]) < 0.8 * pitch(theirs[half:])


def pitch(sound: np.ndarray[tuple[int, ...], np.dtype[np.float32]]) -> float:
    """The fundamental of the loudest 60 ms, in hertz, by autocorrelation."""
    size = SOUND_RATE * 60 // 1000
    parts = [sound[at : at + size] for at in range(0, sound.size - size, size // 2)]
    part = max(parts, key=lambda heard: float(np.sum(heard**2)))
    repeats = np.correlate(part, part, "full")[size - 1 :]
    low, high = SOUND_RATE // 400, SOUND_RATE // 60
    return SOUND_RATE / (low + int(np.argmax(repeats[low:high])))


def test_dubbed_sound_is_the_genuine_one_late(shot: Shoot) -> None:
    late = int(0.6 * SOUND_RATE)
    ours, theirs = sound_of(shot(None)[0]), sound_of(shot("dubbed_shift")[0])
    assert np.array_equal(ours[:-late], theirs[late:])
    assert np.array_equal(shot(None)[1][20], shot("dubbed_shift")[1][20])


def test_person_swap_keeps_the_movement_and_changes_the_person(shot: Shoot) -> None:
    ours, theirs = shot(None), shot("person_swap")
    assert ours[0].poses == theirs[0].poses
    assert apart(ours[1][HALF - 1], theirs[1][HALF - 1]) == 0
    assert apart(ours[1][HALF], theirs[1][HALF]) > 10


def test_two_faces_stand_side_by_side(shot: Shoot, take: Take) -> None:
    _, frames = shot("two_faces")
    half = seated(take.actor, (160, 180)).draw(shot(None)[0].poses[0])
    assert apart(frames[0][:, :160], half) < 3
    assert apart(frames[0][:, 160:], half) > 10
    moved = [apart(frames[0][:, side], frames[21][:, side]) for side in (np.s_[:160], np.s_[160:])]
    assert moved[0] > moved[1]


def test_no_face_shows_the_empty_room(shot: Shoot, take: Take) -> None:
    room = seated(take.actor, take.size).room
    assert max(apart(frame, room) for frame in shot("no_face")[1]) < 3
    assert apart(shot(None)[1][0], room) > 10


def test_no_sound_is_digital_silence_and_no_audio_track_is_none(shot: Shoot) -> None:
    assert not sound_of(shot("no_sound")[0]).any()
    assert shot("no_audio_track")[0].sound is None
    assert max(pose.mouth for pose in shot("no_sound")[0].poses) > 0.3


def test_frozen_frame_stands_still_from_the_middle_on(shot: Shoot) -> None:
    _, frames = shot("frozen_frame")
    still = [np.array_equal(one, other) for one, other in pairwise(frames)]
    assert not any(still[: HALF - 1])
    assert all(still[HALF - 1 :])


def test_looped_clip_returns_to_its_beginning(shot: Shoot) -> None:
    _, frames = shot("looped_clip")
    assert np.array_equal(frames[0], frames[20])
    assert np.array_equal(frames[7], frames[47])
    assert not np.array_equal(frames[0], frames[10])


def test_reordering_one_kind_of_step_still_changes_the_order() -> None:
    steps = tuple(
        SpokenDigit(digit=digit, start_ms=digit * 1000, duration_ms=900) for digit in (1, 2, 3)
    )
    assert [said.digit for said in reordered(Challenge(steps=steps, duration_ms=5000)).digits] != [
        1,
        2,
        3,
    ]
