"""Passive models: their adapters on tiny models, and MiniFASNet's own weights where they lie."""

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.verification.models import tiny_onnx
from verification.faces.contracts import Face, Image, PassiveModel
from verification.faces.geometry import five_of
from verification.faces.insightface_liveness import InsightFaceLiveness
from verification.faces.minifasnet import MiniFasNet, box_around, surroundings
from verification.packs.catalogue import recipe
from verification.packs.loading import Models
from verification.packs.manifest import Role
from verification.sessions import UnreadableModel
from verification.studio.actors import astronaut


def portrait() -> tuple[Image, Face]:
    actor = astronaut()
    face = Face(
        box=(180.0, 80.0, 272.0, 180.0),
        score=1.0,
        five=five_of(actor.landmarks),
        landmarks=actor.landmarks,
    )
    return actor.image, face


def coloured(red: int, green: int, blue: int) -> Image:
    return np.full((512, 512, 3), (red, green, blue), np.uint8)


@pytest.fixture
def fasnet(tmp_path: Path) -> MiniFasNet:
    paths = {scale: tiny_onnx.minifasnet(tmp_path / f"{scale}.onnx") for scale in (2.7, 4.0)}
    return MiniFasNet(paths, sha256="a" * 64)


@pytest.fixture
def addon(tmp_path: Path) -> InsightFaceLiveness:
    return InsightFaceLiveness(tiny_onnx.liveness(tmp_path / "liveness.onnx"), sha256="b" * 64)


def test_minifasnet_sees_blue_first_and_levels_of_0_to_255(fasnet: MiniFasNet) -> None:
    _, face = portrait()
    assert fasnet.score(coloured(0, 0, 255), face) == pytest.approx(1 / (1 + np.exp(-4)), abs=1e-4)
    assert fasnet.score(coloured(255, 255, 0), face) == pytest.approx(1 / (1 + np.exp(4)), abs=1e-4)


def test_minifasnet_takes_the_mean_of_its_networks(tmp_path: Path) -> None:
    _, face = portrait()
    blue = tiny_onnx.minifasnet(tmp_path / "blue.onnx", channel=0)
    red = tiny_onnx.minifasnet(tmp_path / "red.onnx", channel=2)
    both = MiniFasNet({2.7: blue, 4.0: red}, sha256="a" * 64)
    assert both.score(coloured(255, 0, 0), face) == pytest.approx(0.5, abs=1e-4)


def test_the_addon_sees_red_first_and_levels_of_0_to_1(addon: InsightFaceLiveness) -> None:
    _, face = portrait()
    assert addon.score(coloured(204, 0, 0), face) == pytest.approx(0.8, abs=1e-3)
    assert addon.score(coloured(0, 255, 255), face) == pytest.approx(0.0, abs=1e-3)


def test_a_face_at_the_very_edge_cannot_be_judged_by_the_addon(addon: InsightFaceLiveness) -> None:
    image, face = portrait()
    cut = np.ascontiguousarray(image[:, 228:])
    beside = replace(face, five=face.five - np.array([228, 0], np.float32))
    assert np.isnan(addon.score(cut, beside))
    assert np.isfinite(addon.score(image, face))


@pytest.mark.parametrize("five", [np.full((5, 2), np.nan), np.ones((5, 2)), np.zeros((0, 2))])
def test_points_that_are_no_face_cannot_be_judged(
    five: np.ndarray, fasnet: MiniFasNet, addon: InsightFaceLiveness
) -> None:
    image, face = portrait()
    nobody = replace(face, five=five.astype(np.float32))
    models: tuple[PassiveModel, ...] = (fasnet, addon)
    assert all(np.isnan(model.score(image, nobody)) for model in models)


def test_the_box_ends_at_hairline_and_chin_however_the_head_is_tilted() -> None:
    image, face = portrait()
    box = box_around(face)
    assert box == pytest.approx((181, 51, 269, 176), abs=1)
    matrix = cv2.getRotationMatrix2D((225, 125), 25, 1.0)
    points = (face.five @ matrix[:, :2].T + matrix[:, 2]).astype(np.float32)
    tilted = box_around(replace(face, five=points))
    assert box is not None
    assert tilted is not None
    assert tilted[2] - tilted[0] == pytest.approx(box[2] - box[0], rel=0.01)
    assert image.shape == (512, 512, 3)


@pytest.mark.parametrize(
    ("box", "scale", "window"),
    [
        ((200, 200, 260, 300), 2.0, (170, 150, 290, 350)),
        ((10, 20, 70, 120), 2.0, (0, 0, 120, 200)),
        ((430, 390, 490, 490), 2.0, (380, 300, 500, 500)),
        ((200, 100, 300, 400), 4.0, (166, 0, 332, 499)),
        ((-100, -100, 20, 100), 1.0, (0, 0, 120, 200)),
    ],
    ids=["inside", "moved in", "moved back", "made to fit", "half outside"],
)
def test_the_surroundings_stay_within_the_picture(
    box: tuple[float, float, float, float], scale: float, window: tuple[int, int, int, int]
) -> None:
    image = np.random.default_rng(0).integers(0, 255, (500, 500, 3)).astype(np.uint8)
    left, top, right, bottom = window
    expected = cv2.resize(image[top:bottom, left:right], (80, 80))
    found = surroundings(image, box, scale)
    assert np.abs(found.astype(int) - expected.astype(int)).mean() < 8


def test_the_built_in_pack_pins_the_addon_as_the_library_does() -> None:
    from insightface.addons import ADDON_CATALOG

    part, known = recipe("insightface").components[Role.PASSIVE], ADDON_CATALOG["liveness"]
    assert part.file is not None
    assert (part.source, part.file.sha256, part.file.size) == (
        known.url,
        known.sha256,
        known.size_bytes,
    )


def test_models_of_another_kind_are_refused(tmp_path: Path) -> None:
    wrong = tiny_onnx.recognizer(tmp_path / "rec.onnx")
    with pytest.raises(UnreadableModel, match="no MiniFASNet"):
        MiniFasNet({2.7: wrong}, sha256="a" * 64)
    with pytest.raises(UnreadableModel, match="no network"):
        MiniFasNet({}, sha256="a" * 64)
    with pytest.raises(UnreadableModel, match="no liveness model"):
        InsightFaceLiveness(wrong, sha256="a" * 64)


@pytest.fixture(scope="module")
def real(shared_weights: Path) -> MiniFasNet:
    return MiniFasNet(
        {
            2.7: shared_weights / "2.7_80x80_MiniFASNetV2.onnx",
            4.0: shared_weights / "4_0_0_80x80_MiniFASNetV1SE.onnx",
        },
        sha256="a" * 64,
    )


@pytest.fixture(scope="module")
def shared_weights(shared: Path) -> Path:
    folder = shared / "models" / "minifasnet"
    if not folder.is_dir():
        pytest.skip(f"no MiniFASNet weights at {folder}")
    return folder


@pytest.mark.parametrize(
    ("name", "low", "high"),
    [("live_1.jpg", 0.95, 1.0), ("print_1.jpg", 0.0, 0.5), ("screen_1.jpg", 0.0, 0.2)],
)
def test_minifasnet_tells_its_publishers_samples_apart(
    name: str, low: float, high: float, real: MiniFasNet, shared: Path, open_models: Models
) -> None:
    picture = shared / "data" / "attacks" / name
    if not picture.is_file():
        pytest.skip(f"no sample at {picture}")
    read = cv2.imread(str(picture))
    assert read is not None
    image = np.ascontiguousarray(read[:, :, ::-1]).astype(np.uint8)
    face = open_models.faces.detect(image)[0]
    assert low <= real.score(image, face) <= high
