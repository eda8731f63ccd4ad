"""The face models on a public-domain portrait, and InsightFace's where its weights lie."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from verification.faces.contracts import Face, FaceModel, Image
from verification.faces.dlib_faces import DlibFaces
from verification.faces.insightface_faces import InsightFaces
from verification.sessions import UnreadableModel


@pytest.fixture(scope="module")
def portrait() -> Image:
    from skimage.data import astronaut

    return np.asarray(astronaut(), np.uint8)  # type: ignore[no-untyped-call] # no types


@pytest.fixture(scope="module", params=["dlib", "insightface"])
def faces(request: pytest.FixtureRequest) -> FaceModel:
    if request.param == "dlib":
        pack: Path = request.getfixturevalue("open_pack")
        return DlibFaces(
            landmarks=pack / "shape_predictor_68_face_landmarks.dat",
            recognizer=pack / "dlib_face_recognition_resnet_model_v1.dat",
            sha256="0" * 64,
        )
    folder = request.getfixturevalue("shared") / "models" / "insightface-mini"
    if not folder.is_dir():
        pytest.skip(f"no InsightFace weights at {folder}")
    return InsightFaces(folder, sha256="0" * 64)


def one_face(faces: FaceModel, image: Image) -> Face:
    found = faces.detect(image)
    assert len(found) == 1
    return found[0]


def test_points_lie_where_a_face_has_them(faces: FaceModel, portrait: Image) -> None:
    face = one_face(faces, portrait)
    left_eye, right_eye, nose, left_corner, right_corner = face.five
    assert left_eye[0] < nose[0] < right_eye[0]
    assert left_corner[0] < nose[0] < right_corner[0]
    assert max(left_eye[1], right_eye[1]) < nose[1] < min(left_corner[1], right_corner[1])
    assert np.linalg.norm(nose - (225, 127)) < 12
    assert face.score > 0
    if face.landmarks is not None:
        assert face.landmarks.shape == (68, 2)


def test_an_embedding_has_unit_length_and_survives_scale_and_light(
    faces: FaceModel, portrait: Image
) -> None:
    large = np.asarray(cv2.resize(portrait, None, fx=2.5, fy=2.5), dtype=np.uint8)
    dark = np.asarray(portrait * 0.6, dtype=np.uint8)
    base = faces.embed(portrait, one_face(faces, portrait))
    assert np.linalg.norm(base) == pytest.approx(1, abs=1e-5)
    for image in (large, dark):
        assert 1 - base @ faces.embed(image, one_face(faces, image)) < 0.08


def test_the_largest_face_comes_first(faces: FaceModel, portrait: Image) -> None:
    face = cv2.resize(portrait[0:300, 100:400], None, fx=0.7, fy=0.7)
    both = np.full((512, 900, 3), 127, dtype=np.uint8)
    both[:210, :210] = face
    both[:512, 300:812] = portrait
    heights = [found.height for found in faces.detect(both)]
    assert len(heights) == 2
    assert heights == sorted(heights, reverse=True)
    assert faces.detect(both)[0].five[0][0] > 300


def test_no_face_is_an_empty_list(faces: FaceModel) -> None:
    noise = np.random.default_rng(0).integers(0, 255, (240, 320, 3)).astype(np.uint8)
    assert faces.detect(noise) == []


def test_an_image_that_is_a_view_is_read_rightly(faces: FaceModel, portrait: Image) -> None:
    mirrored = portrait[:, ::-1]
    nose = one_face(faces, mirrored).five[2]
    assert abs(nose[0] - (511 - 225)) < 15


def test_insightface_never_downloads(tmp_path: Path) -> None:
    with pytest.raises(UnreadableModel, match="no directory"):
        InsightFaces(tmp_path / "buffalo_l", sha256="0" * 64)
    (tmp_path / "empty").mkdir()
    with pytest.raises(UnreadableModel):
        InsightFaces(tmp_path / "empty", sha256="0" * 64)
    assert not (tmp_path / "buffalo_l").exists()


def test_weights_that_are_none_are_unreadable(tmp_path: Path) -> None:
    for name in ("a.dat", "b.dat"):
        (tmp_path / name).write_bytes(b"not weights")
    with pytest.raises(UnreadableModel):
        DlibFaces(landmarks=tmp_path / "a.dat", recognizer=tmp_path / "b.dat", sha256="0" * 64)
