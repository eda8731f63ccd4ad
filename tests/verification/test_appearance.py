"""What is measured of a face in a picture, and the number that is made of it."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from verification.faces.appearance import NOTHING, appearance_of, upright
from verification.faces.contracts import Face, Image
from verification.faces.geometry import five_of
from verification.quality import quality_from, quality_of
from verification.studio.actors import astronaut


def portrait() -> tuple[Image, Face]:
    actor = astronaut()
    box = (180.0, 80.0, 272.0, 180.0)
    five = five_of(actor.landmarks)
    return actor.image.copy(), Face(box=box, score=1.0, five=five, landmarks=actor.landmarks)


def scaled(image: Image, face: Face, zoom: float) -> tuple[Image, Face]:
    small = cv2.resize(image, None, fx=zoom, fy=zoom, interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.uint8), replace(face, five=face.five * np.float32(zoom))


def blurred(image: Image) -> Image:
    return np.asarray(cv2.GaussianBlur(image, (0, 0), 5), np.uint8)


def noisy(image: Image) -> Image:
    noise = np.random.default_rng(0).normal(0, 40, image.shape)
    return np.clip(image + noise, 0, 255).astype(np.uint8)


def lit(factor: float) -> Image:
    return np.asarray(np.clip(portrait()[0] * factor, 0, 255), np.uint8)


def half_lit(image: Image) -> Image:
    """The light comes from one side: the other is a fifth as bright."""
    across = np.clip((np.arange(image.shape[1]) - 215) / 20, 0, 1) * 0.85
    return (image * (1 - across)[None, :, None]).astype(np.uint8)


def test_a_good_portrait_is_worth_almost_everything() -> None:
    assert quality_of(*portrait()) > 0.9


def test_measures_do_not_change_with_tilt_and_hardly_with_size() -> None:
    image, face = portrait()
    straight = appearance_of(image, face)
    matrix = cv2.getRotationMatrix2D((225, 120), 20, 1.0)
    turned = np.asarray(cv2.warpAffine(image, matrix, (512, 512)), np.uint8)
    points = (face.five @ matrix[:, :2].T + matrix[:, 2]).astype(np.float32)
    tilted = appearance_of(turned, replace(face, five=points))
    assert tilted.mean == pytest.approx(straight.mean, abs=2)
    assert tilted.contrast == pytest.approx(straight.contrast, abs=6)
    assert abs(tilted.roll - straight.roll) == pytest.approx(20, abs=1)
    large = appearance_of(*scaled(image, face, 4.0))
    assert large.eye_distance == pytest.approx(4 * straight.eye_distance, rel=0.01)
    assert large.mean == pytest.approx(straight.mean, abs=2)


@pytest.mark.parametrize(
    ("name", "spoiled"),
    [
        ("sharpness", blurred(portrait()[0])),
        ("noise", noisy(portrait()[0])),
        ("dark", lit(0.1)),
        ("bright", lit(3.0)),
        ("contrast", np.asarray(portrait()[0] // 8 + 110, np.uint8)),
        ("imbalance", half_lit(portrait()[0])),
    ],
)
def test_what_is_spoiled_is_seen_and_costs_quality(name: str, spoiled: Image) -> None:
    image, face = portrait()
    before, after = (appearance_of(one, face) for one in (image, spoiled))
    change = getattr(after, name) / max(getattr(before, name), 0.01)
    assert change < 0.4 if name in ("sharpness", "contrast") else change > 3
    assert quality_of(spoiled, face) < 0.75 * quality_of(image, face)


def test_a_face_that_is_cut_off_or_tiny_or_turned_is_worth_less() -> None:
    image, face = portrait()
    cut = np.ascontiguousarray(image[:, 225:])
    moved = replace(face, five=face.five - np.array([225, 0], np.float32))
    assert appearance_of(cut, moved).inside < 0.7
    assert quality_of(cut, moved) < 0.5
    assert quality_of(*scaled(image, face, 0.3)) < 0.2
    five = face.five.copy()
    five[2, 0] += 18
    assert quality_of(image, replace(face, five=five)) < 0.5


@pytest.mark.parametrize("five", [np.full((5, 2), np.nan), np.zeros((5, 2)), np.zeros((0, 2))])
def test_points_that_are_no_face_measure_nothing(five: np.ndarray) -> None:
    image, face = portrait()
    nobody = replace(face, five=five.astype(np.float32))
    assert appearance_of(image, nobody) is NOTHING
    assert quality_of(image, nobody) == 0.0
    assert quality_from(NOTHING) == 0.0


def test_a_face_outside_the_picture_measures_nothing() -> None:
    image, face = portrait()
    away = replace(face, five=face.five + np.float32(5_000))
    assert appearance_of(image, away) is NOTHING


def test_the_canonical_points_stay_where_they_are() -> None:
    points = np.array([(44, 50), (84, 50), (64, 74), (48, 98), (80, 98)], np.float64)
    assert upright(points) == pytest.approx(np.array([[1, 0, 0], [0, 1, 0]]), abs=1e-9)
