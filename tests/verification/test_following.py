"""Following one face among those that a detector finds, frame by frame."""

import numpy as np
import pytest

from verification.challenge import Challenge, Direction, SpokenDigit, Turn
from verification.faces.contracts import Box, Embedding, Face, Image
from verification.following import Following
from verification.media import Frame
from verification.packs.loading import Models
from verification.studio.recording import shoot
from verification.studio.take import Take

CHALLENGE = Challenge(
    steps=(
        SpokenDigit(digit=1, start_ms=0, duration_ms=1_000),
        Turn(direction=Direction.LEFT, start_ms=1_000, duration_ms=1_000),
    ),
    duration_ms=2_500,
)


def face_at(left: float, top: float, height: float, *, turned: float = 0.0) -> Face:
    five = np.array([[30, 40], [70, 40], [50 + 40 * turned, 60], [35, 80], [65, 80]], np.float32)
    box = (left, top, left + height, top + height)
    placed = five * np.float32(height / 100) + np.array([left, top], np.float32)
    return Face(box=box, score=1.0, five=placed, landmarks=None)


class FakeFaces:
    """A detector that answers from a list, in order; the pixels do not matter to it.

    `parts` are the boxes that it was asked to look around, None for a look at the whole.
    """

    name, sha256 = "fake", "0" * 64

    def __init__(self, *answers: list[Face]) -> None:
        self._answers = list(answers)
        self.parts: list[Box | None] = []

    def detect(self, image: Image, near: Box | None = None) -> list[Face]:
        del image
        self.parts.append(near)
        return sorted(self._answers.pop(0), key=lambda face: -face.height)

    def embed(self, image: Image, face: Face) -> Embedding:
        raise NotImplementedError


def frame_at(time_s: float, shade: int = 120) -> Frame:
    rng = np.random.default_rng(round(time_s * 10))
    noise = rng.integers(0, 20, (240, 320, 3))
    return Frame(time_s=time_s, image=np.asarray(shade + noise, np.uint8))


def test_the_followed_face_stays_the_same_when_another_grows() -> None:
    mine, other = face_at(20, 50, 100), face_at(180, 50, 90)
    larger = face_at(180, 50, 120)
    following = Following(FakeFaces([mine, other], [mine, larger], [mine, larger]), CHALLENGE)
    for index in range(3):
        following.see(frame_at(index / 10))
    track = following.finish()
    assert track.height.tolist() == pytest.approx([100 / 240] * 3)
    assert track.rival.tolist() == pytest.approx([0.9, 1.2, 1.2])


def test_most_frames_are_searched_where_the_face_was_and_some_whole() -> None:
    mine, other = face_at(20, 50, 100), face_at(180, 50, 90)
    faces = FakeFaces(*[[mine]] * 5, [mine, other], *[[mine]] * 4, [mine])
    following = Following(faces, CHALLENGE)
    for index in range(11):
        following.see(frame_at(index / 10))
    looks = [part is None for part in faces.parts]
    assert looks == [True, False, False, False, False] * 2 + [True]
    assert following.finish().rival.tolist() == pytest.approx([0] * 5 + [0.9] * 5 + [0])


def test_a_face_that_left_its_place_is_looked_for_everywhere() -> None:
    there, elsewhere = face_at(20, 50, 100), face_at(200, 50, 100)
    faces = FakeFaces([there], [], [elsewhere], [elsewhere], [], [], [])
    following = Following(faces, CHALLENGE)
    for index in range(5):
        following.see(frame_at(index / 10))
    assert faces.parts == [None, there.box, None, elsewhere.box, elsewhere.box, None, None]
    assert following.finish().present.tolist() == [True, True, True, False, False]


def test_two_finds_of_one_face_are_one() -> None:
    following = Following(FakeFaces([face_at(20, 50, 100), face_at(24, 54, 96)]), CHALLENGE)
    following.see(frame_at(0.0))
    assert following.finish().rival.tolist() == [0.0]


def test_frames_without_a_face_leave_gaps() -> None:
    following = Following(FakeFaces([], [face_at(20, 50, 100)], [], []), CHALLENGE)
    for index in range(3):
        following.see(frame_at(index / 10))
    track = following.finish()
    assert track.present.tolist() == [False, True, False]
    assert np.isnan(track.yaw[[0, 2]]).all()


def test_one_still_a_step_is_kept_the_one_that_shows_it_best() -> None:
    turns = [0.0, 0.5, 0.0, 0.02, 0.14, 0.4]
    following = Following(
        FakeFaces(*([face_at(20, 50, 100, turned=turned)] for turned in turns)), CHALLENGE
    )
    for time_s in (0.1, 0.2, 0.3, 1.1, 1.2, 1.3):
        following.see(frame_at(time_s))
    digit, turn = following.finish().stills
    assert digit.step is CHALLENGE.steps[0]
    assert digit.time_s in {0.1, 0.3}
    assert turn.step is CHALLENGE.steps[1]
    assert turn.time_s == 1.2


def test_light_is_measured_on_the_face() -> None:
    elsewhere = face_at(400, 400, 100)
    faces = FakeFaces([face_at(-20, -20, 100)], [elsewhere], [elsewhere])
    following = Following(faces, CHALLENGE)
    following.see(frame_at(0.0, shade=200))
    following.see(frame_at(0.1, shade=200))
    track = following.finish()
    assert track.light[0] == pytest.approx(209.5, abs=2)
    assert np.isnan(track.light[1])


def test_nothing_seen_is_an_empty_track() -> None:
    assert Following(FakeFaces(), CHALLENGE).finish().times.size == 0


def test_a_face_looked_for_around_its_place_is_the_one_that_the_whole_picture_shows(
    open_models: Models,
) -> None:
    """The same track, within what the detector's own grid does to the landmarks."""

    class Thorough(FakeFaces):
        def detect(self, image: Image, near: Box | None = None) -> list[Face]:
            del near
            return open_models.faces.detect(image)

    take = Take(size=(640, 360), fps=5)
    frames = list(shoot(CHALLENGE, take=take, seed=3).shoot())
    quick, slow = Following(open_models.faces, CHALLENGE), Following(Thorough(), CHALLENGE)
    for index, image in enumerate(frames):
        for following in (quick, slow):
            following.see(Frame(time_s=index / take.fps, image=image))
    one, other = quick.finish(), slow.finish()
    eyes = np.linalg.norm(np.diff(other.landmarks[:, [36, 45]], axis=1)[:, 0], axis=1)
    apart = np.linalg.norm(one.landmarks - other.landmarks, axis=2) / eyes[:, None]
    assert one.present.all()
    assert other.present.all()
    assert np.median(apart) < 0.02
    assert np.abs(one.yaw - other.yaw).max() < 0.05
    assert np.abs(one.pitch - other.pitch).max() < 0.05


def test_more_stills_of_a_facing_step_are_kept_spread_in_time() -> None:
    faces = FakeFaces(*([face_at(20, 50, 100)] for _ in range(14)))
    following = Following(faces, CHALLENGE)
    for index in range(14):
        following.see(frame_at(index / 10))
    track = following.finish()
    facing = [still for still in (*track.stills, *track.more) if still.step is CHALLENGE.steps[0]]
    assert sorted(still.time_s < 0.5 for still in facing) == [False, True]
    assert len(track.stills) == 2
    assert [still.step for still in track.more] == [CHALLENGE.steps[0]]
