"""InsightFace's adapter on tiny models with the real ones' tensors."""

from pathlib import Path

import numpy as np
import pytest

from tests.verification.models import tiny_onnx
from verification.faces.contracts import Image
from verification.faces.insightface_faces import InsightFaces, detector_size

POINTS = np.random.default_rng(3).uniform(-0.6, 0.6, (68, 3)).astype(np.float32)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("faces")
    tiny_onnx.detector(place / "det.onnx")
    tiny_onnx.landmarks(place / "1k3d68.onnx", POINTS)
    tiny_onnx.sparse_landmarks(place / "2d106det.onnx")
    tiny_onnx.recognizer(place / "rec.onnx")
    return place


@pytest.fixture(scope="module")
def faces(folder: Path) -> InsightFaces:
    return InsightFaces(folder, sha256="0" * 64)


def square(side: int = tiny_onnx.SIDE) -> Image:
    return np.full((side, side, 3), 90, np.uint8)


@pytest.mark.parametrize("zoom", [1, 2])
def test_the_68_points_come_back_to_the_pixels_of_the_picture(
    faces: InsightFaces, zoom: int
) -> None:
    (face,) = faces.detect(square(tiny_onnx.SIDE * zoom))
    assert face.box == pytest.approx([side * zoom for side in tiny_onnx.BOX], abs=0.01)
    assert face.five == pytest.approx(tiny_onnx.FIVE * zoom, abs=0.01)
    left, top, right, bottom = face.box
    middle = np.array([left + right, top + bottom]) / 2
    reach = 0.75 * max(right - left, bottom - top)
    assert face.landmarks is not None
    assert face.landmarks.shape == (68, 2)
    assert face.landmarks == pytest.approx(middle + POINTS[:, :2] * reach, abs=0.01)


def test_an_embedding_is_the_recognizers_brought_to_unit_length(faces: InsightFaces) -> None:
    image = square()
    expected = np.arange(1, 17) / np.linalg.norm(np.arange(1, 17))
    assert faces.embed(image, faces.detect(image)[0]) == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize(
    ("shape", "size"),
    [
        ((720, 1280), (384, 224)),
        ((480, 853), (384, 224)),
        ((1280, 720), (224, 384)),
        ((480, 640), (384, 288)),
        ((300, 300), (384, 384)),
        ((10, 1000), (384, 32)),
    ],
)
def test_the_detector_sees_the_pictures_shape(
    shape: tuple[int, int], size: tuple[int, int]
) -> None:
    assert detector_size(np.zeros((*shape, 3), np.uint8), 384) == size
