"""Pose measures: what a turned head and a turned photograph look like to them."""

import math

import numpy as np
import pytest

from verification.faces.contracts import Points
from verification.faces.geometry import pose_of
from verification.tolerances import Tolerances

HEAD = np.array([[-32, -30, 0], [32, -30, 0], [0, 5, 30], [-25, 38, 4], [25, 38, 4]], float)
"""Millimetres: eyes, nose tip and mouth corners; the nose stands out towards the camera."""
FLAT = HEAD * [1, 1, 0]


def seen(points: np.ndarray, *, yaw: float = 0.0, pitch: float = 0.0, roll: float = 0.0) -> Points:
    """Five points from 600 mm away. `yaw` to the person's left, `pitch` up, `roll` clockwise."""
    y, p, r = np.radians([yaw, pitch, roll])
    about_y = np.array([[np.cos(y), 0, np.sin(y)], [0, 1, 0], [-np.sin(y), 0, np.cos(y)]])
    about_x = np.array([[1, 0, 0], [0, np.cos(p), -np.sin(p)], [0, np.sin(p), np.cos(p)]])
    about_z = np.array([[np.cos(r), -np.sin(r), 0], [np.sin(r), np.cos(r), 0], [0, 0, 1]])
    turned = points @ (about_z @ about_x @ about_y).T
    flat = turned[:, :2] / (1 - turned[:, 2:] / 600)
    return np.asarray(flat * 3 + [320, 240], np.float32)


def test_turning_left_moves_the_nose_to_the_right_of_the_image() -> None:
    straight, left, right = (pose_of(seen(HEAD, yaw=yaw)).yaw for yaw in (0, 25, -25))
    assert straight == pytest.approx(0.0, abs=1e-3)
    assert left > Tolerances().turns.yaw
    assert right == pytest.approx(-left, abs=1e-3)


def test_looking_up_moves_the_nose_towards_the_eyes() -> None:
    straight, up, down = (pose_of(seen(HEAD, pitch=pitch)).pitch for pitch in (0, 19, -19))
    assert straight - up > Tolerances().turns.pitch
    assert down - straight > Tolerances().turns.pitch


@pytest.mark.parametrize("degrees", [-40, -30, -20, 20, 30, 40])
def test_a_photograph_never_turns_as_far_as_a_head(degrees: float) -> None:
    straight = pose_of(seen(FLAT))
    aside, tipped = pose_of(seen(FLAT, yaw=degrees)), pose_of(seen(FLAT, pitch=degrees))
    assert abs(aside.yaw - straight.yaw) < 0.5 * Tolerances().turns.yaw
    assert abs(tipped.pitch - straight.pitch) < 0.5 * Tolerances().turns.pitch


@pytest.mark.parametrize("roll", [-30, -10, 15, 30])
def test_a_tilted_head_is_not_a_turned_one(roll: float) -> None:
    tilted, straight = pose_of(seen(HEAD, roll=roll)), pose_of(seen(HEAD))
    assert tilted.yaw == pytest.approx(straight.yaw, abs=1e-3)
    assert tilted.pitch == pytest.approx(straight.pitch, abs=1e-3)
    assert tilted.roll == pytest.approx(roll, abs=0.1)


def test_size_and_place_do_not_matter() -> None:
    near = seen(HEAD, yaw=20, pitch=5)
    far = near * 0.25 + 100
    assert pose_of(far).yaw == pytest.approx(pose_of(near).yaw, abs=1e-4)
    assert pose_of(far).pitch == pytest.approx(pose_of(near).pitch, abs=1e-4)


@pytest.mark.parametrize(
    "five",
    [
        np.zeros((5, 2)),
        np.full((5, 2), np.nan),
        np.zeros((4, 2)),
        seen(HEAD)[[0, 1, 2, 0, 1]],
        np.full((5, 2), np.inf),
    ],
)
def test_points_that_are_no_face_have_no_pose(five: Points) -> None:
    pose = pose_of(five)
    assert math.isnan(pose.yaw)
    assert math.isnan(pose.pitch)
