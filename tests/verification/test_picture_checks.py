"""The checks on what is seen, on synthetic tracks."""

from dataclasses import replace

import numpy as np
import pytest

from verification.challenge import Challenge, Direction, SpokenDigit, Step, Turn
from verification.liveness.person import check_same_person
from verification.liveness.presence import check_one_face
from verification.liveness.stillness import check_picture_goes_on
from verification.liveness.turns import check_turns
from verification.quality import check_quality
from verification.report import Outcome
from verification.tolerances import Tolerances
from verification.track import Curve, Track

TOLERANCES = Tolerances()
ORDER: tuple[int | Direction, ...] = (3, Direction.LEFT, 1, 4, Direction.UP, 1, Direction.RIGHT, 5)


def make_challenge(order: tuple[int | Direction, ...] = ORDER) -> Challenge:
    steps: list[Step] = []
    at = 1_000
    for task in order:
        if isinstance(task, Direction):
            steps.append(Turn(direction=task, start_ms=at, duration_ms=1_700))
        else:
            steps.append(SpokenDigit(digit=task, start_ms=at, duration_ms=1_100))
        at = steps[-1].end_ms
    return Challenge(steps=tuple(steps), duration_ms=at + 600)


CHALLENGE = make_challenge()


def track_of(
    challenge: Challenge = CHALLENGE, *, late_s: float = 0.4, far: float = 2.0, seed: int = 0
) -> Track:
    """Somebody who turns `far` times as far as is asked, `late_s` after each prompt."""
    rng = np.random.default_rng(seed)
    times = np.arange(0, challenge.duration_ms / 1000, 0.1)
    yaw, pitch = rng.normal(0.02, 0.01, times.size), rng.normal(0.45, 0.01, times.size)
    signs = {Direction.LEFT: 1, Direction.RIGHT: -1, Direction.UP: -1, Direction.DOWN: 1}
    for turn in challenge.turns:
        phase = np.clip((times - turn.start_ms / 1000 - late_s) / 1.2, 0, 1)
        bump = far * np.sin(np.pi * phase) ** 2 * signs[turn.direction]
        if turn.direction in (Direction.LEFT, Direction.RIGHT):
            yaw += bump * TOLERANCES.turns.yaw
        else:
            pitch += bump * TOLERANCES.turns.pitch
    flat = np.ones_like(times)
    walk = np.cumsum(rng.normal(0, 3, (times.size, 36, 64)), axis=0)
    return Track(
        times=times,
        yaw=yaw,
        pitch=pitch,
        height=flat * 0.4,
        rival=flat * 0,
        light=flat * 130,
        sharpness=flat * 150,
        thumbnails=np.asarray(walk, np.float32),
        landmarks=np.full((times.size, 68, 2), np.nan, np.float32),
        stills=(),
    )


GOOD = track_of()


def without_face(track: Track, gone: np.ndarray) -> Track:
    """The track with no face where `gone` says so."""

    def cut(curve: Curve) -> Curve:
        return np.where(gone, np.nan, curve)

    return replace(
        track,
        yaw=cut(track.yaw),
        pitch=cut(track.pitch),
        height=cut(track.height),
        light=cut(track.light),
        sharpness=cut(track.sharpness),
    )


NOBODY = without_face(GOOD, np.ones(GOOD.times.size, dtype=bool))


@pytest.mark.parametrize("late_s", [0.1, 0.4, 0.7])
@pytest.mark.parametrize("seed", range(3))
def test_turns_as_asked_pass(seed: int, late_s: float) -> None:
    check = check_turns(track_of(seed=seed, late_s=late_s), CHALLENGE, TOLERANCES.turns)
    assert check.outcome is Outcome.PASS
    assert check.code is None
    assert check.score is not None
    assert check.score > 1.3


@pytest.mark.parametrize(
    "order",
    [
        (3, Direction.RIGHT, 1, 4, Direction.UP, 1, Direction.LEFT, 5),
        (3, Direction.UP, 1, 4, Direction.LEFT, 1, Direction.RIGHT, 5),
        (3, Direction.LEFT, 1, 4, Direction.DOWN, 1, Direction.RIGHT, 5),
        (Direction.LEFT, 3, 1, 4, Direction.UP, 1, Direction.RIGHT, 5),
    ],
)
def test_other_turns_than_those_asked_fail(order: tuple[int | Direction, ...]) -> None:
    moved = track_of(make_challenge(order))
    assert check_turns(moved, CHALLENGE, TOLERANCES.turns).code == "turns_not_followed"


@pytest.mark.parametrize("far", [0.0, 0.5, 0.8])
def test_turns_too_small_fail(far: float) -> None:
    check = check_turns(track_of(far=far), CHALLENGE, TOLERANCES.turns)
    assert check.code == "turns_not_followed"


def test_turns_too_late_fail() -> None:
    check = check_turns(track_of(late_s=2.0), CHALLENGE, TOLERANCES.turns)
    assert check.outcome is Outcome.FAIL


def test_shaking_the_head_all_along_fails() -> None:
    shaken = replace(GOOD, yaw=GOOD.yaw + 0.5 * np.sin(GOOD.times * 7))
    assert check_turns(shaken, CHALLENGE, TOLERANCES.turns).outcome is Outcome.FAIL


def test_looking_away_while_speaking_fails() -> None:
    away = np.zeros(GOOD.times.size, dtype=bool)
    for step in (CHALLENGE.digits[0], CHALLENGE.digits[2]):
        away |= GOOD.between(step.start_ms / 1000, step.end_ms / 1000)
    strayed = replace(GOOD, pitch=GOOD.pitch + 0.3 * away)
    check = check_turns(strayed, CHALLENGE, TOLERANCES.turns)
    assert check.code == "turned_unprompted"


def test_a_face_lost_at_the_far_end_of_a_turn_is_no_failure() -> None:
    lost = without_face(GOOD, np.abs(GOOD.yaw - 0.02) > 1.6 * TOLERANCES.turns.yaw)
    assert check_turns(lost, CHALLENGE, TOLERANCES.turns).outcome is Outcome.PASS


def test_one_wild_frame_is_no_turn() -> None:
    yaw = track_of(far=0.0).yaw
    for turn in CHALLENGE.turns:
        yaw[np.argmax(GOOD.times > turn.start_ms / 1000 + 0.5)] += 2.0
    wild = replace(GOOD, yaw=yaw)
    assert check_turns(wild, CHALLENGE, TOLERANCES.turns).code == "turns_not_followed"


@pytest.mark.parametrize("track", [Track.empty(), NOBODY], ids=["no frames", "no face"])
def test_nothing_seen_fails_every_check(track: Track) -> None:
    assert check_turns(track, CHALLENGE, TOLERANCES.turns).code == "turns_not_followed"
    assert check_one_face(track, CHALLENGE, TOLERANCES.presence).code == "no_face"
    assert {check.outcome for check in check_quality(track, TOLERANCES.quality)} == {Outcome.FAIL}


def test_a_face_missing_while_speaking_fails() -> None:
    digits = np.zeros(GOOD.times.size, dtype=bool)
    for step in CHALLENGE.digits[:2]:
        digits |= GOOD.between(step.start_ms / 1000, step.end_ms / 1000)
    assert (
        check_one_face(without_face(GOOD, digits), CHALLENGE, TOLERANCES.presence).code == "no_face"
    )


def test_a_face_missing_for_moments_passes() -> None:
    every_sixth = np.arange(GOOD.times.size) % 6 == 0
    gone = without_face(GOOD, every_sixth)
    assert check_one_face(gone, CHALLENGE, TOLERANCES.presence).outcome is Outcome.PASS
    assert check_turns(gone, CHALLENGE, TOLERANCES.turns).outcome is Outcome.PASS


def test_a_second_face_that_stays_fails() -> None:
    count = GOOD.times.size
    beside = replace(GOOD, rival=np.where(np.arange(count) < count // 4, 0.9, 0.0))
    assert check_one_face(beside, CHALLENGE, TOLERANCES.presence).code == "several_faces"


def test_a_face_on_a_poster_or_a_false_alarm_passes() -> None:
    small = replace(GOOD, rival=np.full(GOOD.times.size, 0.3))
    moment = replace(GOOD, rival=np.where(np.arange(GOOD.times.size) < 3, 1.0, 0.0))
    for track in (small, moment):
        assert check_one_face(track, CHALLENGE, TOLERANCES.presence).outcome is Outcome.PASS


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("height", 0.1, "face_too_small"),
        ("light", 20.0, "too_dark"),
        ("light", 245.0, "too_bright"),
        ("sharpness", 5.0, "too_blurred"),
    ],
)
def test_poor_pictures_are_named(name: str, value: float, code: str) -> None:
    curve = np.full(GOOD.times.size, value)
    poor = replace(GOOD, **{name: curve})  # type: ignore[arg-type]  # the name is a curve's
    assert [check.code for check in check_quality(poor, TOLERANCES.quality) if check.code] == [code]
    assert all(check.code is None for check in check_quality(GOOD, TOLERANCES.quality))


def test_a_frozen_picture_fails_and_a_short_stall_passes() -> None:
    frozen, stalled = GOOD.thumbnails.copy(), GOOD.thumbnails.copy()
    frozen[40:60] = frozen[40]
    stalled[40:46] = stalled[40]
    assert check_picture_goes_on(GOOD, TOLERANCES.stillness).outcome is Outcome.PASS
    check = check_picture_goes_on(replace(GOOD, thumbnails=frozen), TOLERANCES.stillness)
    assert check.code == "picture_frozen"
    assert check.score == pytest.approx(1.9)
    check = check_picture_goes_on(replace(GOOD, thumbnails=stalled), TOLERANCES.stillness)
    assert check.outcome is Outcome.PASS


def test_a_loop_fails_even_with_noise_on_it() -> None:
    count = GOOD.times.size
    noise = np.random.default_rng(1).normal(0, 0.2, GOOD.thumbnails.shape)
    looped = GOOD.thumbnails[np.arange(count) % 20] + noise.astype(np.float32)
    check = check_picture_goes_on(replace(GOOD, thumbnails=looped), TOLERANCES.stillness)
    assert check.code == "picture_looped"


def one_hot(place: int, tilt: float = 0.0, other: int = 9) -> np.ndarray:
    vector = np.zeros(10, np.float32)
    vector[place], vector[other] = np.cos(tilt), np.sin(tilt)
    return vector


def test_the_same_person_passes_and_another_fails() -> None:
    same = [one_hot(0, tilt) for tilt in (0.0, 0.1, 0.2, 0.15)]

    def code(straight: list[np.ndarray], turned: list[np.ndarray]) -> str | None:
        return check_same_person(straight, turned, at_most=0.08, turned_factor=1.4).code

    assert code(same, [one_hot(0, 0.3)]) is None
    assert code([*same[:2], one_hot(1), one_hot(1, 0.1)], [one_hot(0)]) == "person_changed"
    assert code([*same, one_hot(0, 0.9)], [one_hot(0)]) == "person_changed"
    assert code(same, [one_hot(0), one_hot(1)]) == "person_changed"
    assert code(same[:2], [one_hot(0)]) == "person_unclear"
    assert code(same, []) == "person_unclear"
