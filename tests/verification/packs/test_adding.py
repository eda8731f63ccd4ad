"""Packs made of directories: what is recognized, what is refused, what comes from the base."""

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.fixtures_packs import open_pack_dir
from tests.verification.models import tiny_onnx
from verification.faces.minifasnet import MiniFasNet
from verification.packs.adding import add_directory
from verification.packs.catalogue import recipe
from verification.packs.errors import AlteredFile, MalformedPack, UnknownPack
from verification.packs.loading import load_models
from verification.packs.manifest import Pack, Role
from verification.packs.operating_points import MOBILE_INT8, match_of
from verification.packs.recognizing import components_in, recognize
from verification.packs.shelf import Shelf
from verification.sources.contracts import silent

V2, V1SE = "2.7_80x80_MiniFASNetV2.onnx", "4_0_0_80x80_MiniFASNetV1SE.onnx"


@pytest.fixture
def stocked(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> Shelf:
    """A shelf with no pack that takes the open pack's files from the test cache."""
    cached, ready = open_pack_dir(), recipe("open")
    parts = {
        role: replace(part, source=f"file:{cached / part.file.path}") if part.file else part
        for role, part in ready.components.items()
    }
    local = replace(ready, components=parts)
    monkeypatch.setattr("verification.packs.adding.recipe", lambda _: local)
    return shelf


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    folder = tmp_path / "weights"
    tiny_onnx.minifasnet(folder / V2)
    tiny_onnx.minifasnet(folder / V1SE, channel=1)
    return folder


def add(folder: Path, shelf: Shelf, *, base: str | None = None) -> Pack:
    add_directory(
        folder, shelf, name="mine", base=base, licence=None, commercial=False, progress=silent
    )
    return shelf.read("mine")


def test_models_are_told_apart_by_their_tensors(tmp_path: Path) -> None:
    points = np.zeros((68, 3), np.float32)
    made = {
        "a": (tiny_onnx.detector(tmp_path / "a.onnx"), (Role.DETECTOR, "insightface", None)),
        "b": (
            tiny_onnx.landmarks(tmp_path / "b.onnx", points),
            (Role.LANDMARKS, "insightface", None),
        ),
        "c": (tiny_onnx.recognizer(tmp_path / "c.onnx"), (Role.RECOGNIZER, "insightface", 16)),
        "d": (tiny_onnx.minifasnet(tmp_path / "d.onnx"), (Role.PASSIVE, "minifasnet", None)),
        "e": (
            tiny_onnx.liveness(tmp_path / "e.onnx"),
            (Role.PASSIVE, "insightface-liveness", None),
        ),
    }
    for path, expected in made.values():
        found = recognize(path)
        assert found is not None
        assert (found.role, found.adapter, found.dimension) == expected
    assert recognize(tiny_onnx.sparse_landmarks(tmp_path / "f.onnx")) is None


def test_two_files_make_one_passive_model_under_its_own_licence(weights: Path) -> None:
    part = components_in(weights, licence=None, commercial=False)[Role.PASSIVE]
    assert sorted(part.pieces) == ["2.7", "4.0"]
    assert [piece.file.path for piece in part.pieces.values()] == [
        f"passive/{V2}",
        f"passive/{V1SE}",
    ]
    assert (part.licence, part.commercial) == ("Apache-2.0", True)
    assert 0 < part.thresholds["attack"].value < part.thresholds["live"].value < 1


def test_a_passive_model_is_added_to_open(stocked: Shelf, weights: Path) -> None:
    pack = add(weights, stocked, base="open")
    assert set(pack.components) == set(recipe("open").components) | {Role.PASSIVE}
    shutil.rmtree(weights)
    stocked.activate("mine")
    models = load_models(stocked.directory("mine"))
    assert isinstance(models.passive, MiniFasNet)
    assert models.hashes[Role.PASSIVE] == models.passive.sha256
    assert models.thresholds.live == pack.components[Role.PASSIVE].thresholds["live"]
    assert models.faces.name == "dlib-resnet-v1"
    piece = stocked.directory("mine") / "passive" / V1SE
    piece.write_bytes(bytes(piece.stat().st_size))
    with pytest.raises(AlteredFile):
        load_models(stocked.directory("mine"))


def test_a_pack_on_the_shelf_is_a_base_though_its_sources_are_gone(
    stocked: Shelf, weights: Path, tmp_path: Path
) -> None:
    faces = tmp_path / "faces"
    tiny_onnx.detector(faces / "det.onnx")
    tiny_onnx.recognizer(faces / "rec.onnx")
    add(faces, stocked)
    shutil.rmtree(faces)
    add_directory(
        weights, stocked, name="both", base="mine", licence=None, commercial=False, progress=silent
    )
    pack = stocked.read("both")
    assert pack.components[Role.DETECTOR].adapter == "insightface"
    assert Role.PASSIVE in pack.components
    assert Role.LANDMARKS not in pack.components


def test_faces_are_replaced_as_a_whole(stocked: Shelf, tmp_path: Path) -> None:
    folder = tmp_path / "weights"
    tiny_onnx.recognizer(folder / "rec.onnx")
    with pytest.raises(MalformedPack, match="no `detector`"):
        add(folder, stocked, base="open")
    tiny_onnx.detector(folder / "det.onnx")
    pack = add(folder, stocked, base="open")
    assert Role.LANDMARKS not in pack.components
    match = pack.components[Role.RECOGNIZER].thresholds["match"]
    assert match.genuine_trials is None
    assert "not calibrated" in match.calibrated_on


def test_passive_models_alone_need_a_base_that_is_named(stocked: Shelf, weights: Path) -> None:
    with pytest.raises(MalformedPack, match="no `detector`"):
        add(weights, stocked)
    with pytest.raises(UnknownPack):
        add(weights, stocked, base="elsewhere")


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("fasnet.onnx", "no scale"),
        ("2.70_again.onnx", "second MiniFASNet of scale 2.7"),
        ("other.onnx", "two `passive` models"),
    ],
)
def test_what_is_unclear_is_refused(name: str, message: str, weights: Path, stocked: Shelf) -> None:
    make = tiny_onnx.liveness if name == "other.onnx" else tiny_onnx.minifasnet
    make(weights / name)
    with pytest.raises(MalformedPack, match=message):
        add(weights, stocked, base="open")
    assert stocked.names() == []


def test_a_directory_with_nothing_known_is_refused(stocked: Shelf, tmp_path: Path) -> None:
    (tmp_path / "weights").mkdir()
    tiny_onnx.sparse_landmarks(tmp_path / "weights" / "2d106det.onnx")
    with pytest.raises(MalformedPack, match="no model is known"):
        add(tmp_path / "weights", stocked, base="open")


def test_an_operating_point_belongs_to_the_very_weights() -> None:
    assert match_of(MOBILE_INT8).impostor_trials == 19_000
    assert match_of(MOBILE_INT8[::-1]).impostor_trials is None
