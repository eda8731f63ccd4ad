"""`cameo models build ecapa`: with a stand-in for the environment, and, slowly, with the real one.

The stand-in writes small ONNX models of the same inputs and outputs; the real one installs
SpeechBrain and torch and exports SpeechBrain's own architecture.
"""

import json
import os
import subprocess
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from verification.packs.building import environment as environments
from verification.packs.building.checkpoints import COMMAND_FILES, command_weights, obtain_ecapa
from verification.packs.building.ecapa import Built, build_ecapa
from verification.packs.building.environment import BuildFailed, ExportEnvironment, Parity
from verification.packs.errors import LicenceNotAccepted, PackExists, PullFailed
from verification.packs.integrity import sha256_of
from verification.packs.loading import Models, load_models
from verification.packs.manifest import PinnedFile, Role
from verification.packs.pulling import pull
from verification.packs.shelf import Shelf
from verification.sources.contracts import Progress, silent
from verification.speech.contracts import UnusableSound
from verification.voices.contracts import SAMPLE_RATE, UnusableVoice

SAME = Parity(cosine=1.0, bands_db=0.0, lengths=5)


def write_model(path: Path, *, bands: int, output: str, size: int) -> None:
    """The mean of the bands over time, mapped by fixed numbers to `size` others."""
    from onnx import TensorProto, helper, numpy_helper

    weights = np.random.default_rng(1).standard_normal((bands, size)).astype(np.float32)
    graph = helper.make_graph(
        [
            helper.make_node("Abs", ["bands"], ["loud"]),
            helper.make_node("ReduceMean", ["loud"], ["mean"], axes=[1], keepdims=0),
            helper.make_node("MatMul", ["mean", "weights"], ["mapped"]),
            helper.make_node("LpNormalization", ["mapped"], [output], axis=1, p=2),
        ],
        "small",
        [helper.make_tensor_value_info("bands", TensorProto.FLOAT, ["n", "frames", bands])],
        [helper.make_tensor_value_info(output, TensorProto.FLOAT, ["n", size])],
        [numpy_helper.from_array(weights, "weights")],
    )
    opset = helper.make_opsetid("", 17)
    path.write_bytes(
        helper.make_model(graph, opset_imports=[opset], ir_version=8).SerializeToString()
    )


class StandIn(ExportEnvironment):
    """Writes small models, and says what parity it is told to say."""

    def __init__(self, parity: Parity = SAME) -> None:
        super().__init__(Path("nowhere"))
        self._parity = parity

    def install(self, *, progress: Progress) -> None:
        progress("nothing to install", 0, 0)

    def export(self, job: Mapping[str, Mapping[str, str]], *, folder: Path) -> dict[str, Parity]:
        (folder / "job.json").write_text(json.dumps(job))
        write_model(Path(job["ecapa"]["onnx"]), bands=80, output="embedding", size=192)
        if "commands" in job:
            write_model(Path(job["commands"]["onnx"]), bands=24, output="digits", size=10)
        return dict.fromkeys(job, self._parity)


@pytest.fixture
def given(tmp_path: Path) -> Path:
    folder = tmp_path / "given"
    folder.mkdir()
    (folder / "embedding_model.ckpt").write_bytes(b"weights")
    for name in COMMAND_FILES:
        (folder / "commands").mkdir(exist_ok=True)
        (folder / "commands" / name).write_bytes(b"commands")
    return folder


def pin_of(path: Path) -> PinnedFile:
    return PinnedFile(path=path.name, sha256=sha256_of(path), size=path.stat().st_size)


def build(
    shelf: Shelf,
    given: Path,
    environment: ExportEnvironment,
    *,
    name: str = "ecapa",
    with_commands: bool = True,
) -> Built:
    return build_ecapa(
        shelf,
        name=name,
        base="open",
        given=given,
        commands=command_weights(given / "commands") if with_commands else None,
        environment=environment,
        progress=silent,
        pin=pin_of(given / "embedding_model.ckpt"),
    )


@pytest.fixture
def shelf_with_open(shelf: Shelf, open_pack: Path) -> Shelf:
    shelf.root.mkdir(parents=True)
    (shelf.root / "open").symlink_to(open_pack)
    return shelf


def tone(seconds: float) -> np.ndarray:
    at = np.arange(round(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    return (0.2 * np.sin(2 * np.pi * 300 * at) * np.sin(9 * at)).astype(np.float32)


def test_the_pack_has_the_new_voice_and_everything_else_of_its_base(
    shelf_with_open: Shelf, given: Path
) -> None:
    built = build(shelf_with_open, given, StandIn(), with_commands=False)
    pack, base = shelf_with_open.read("ecapa"), shelf_with_open.read("open")
    assert pack.components[Role.VOICE].adapter == "ecapa"
    same = set(base.components) - {Role.VOICE}
    assert all(pack.components[role] == base.components[role] for role in same)
    models = load_models(built.directory)
    assert models.voice.name == "ecapa-tdnn-voxceleb"
    assert models.voice.sha256 == sha256_of(given / "embedding_model.ckpt")
    assert models.voice.embed(tone(1.0)).shape == (192,)
    with pytest.raises(UnusableVoice):
        models.voice.embed(tone(0.3))
    with pytest.raises(UnusableVoice):
        models.voice.embed(0 * tone(1.0))
    assert not (shelf_with_open.root / ".building" / "ecapa").exists()


def test_the_command_model_scores_ten_digits(shelf_with_open: Shelf, given: Path) -> None:
    models = load_models(build(shelf_with_open, given, StandIn()).directory)
    scores = models.digits.scores([tone(0.5), tone(0.4)])
    assert scores.shape == (2, 10)
    assert np.isfinite(scores).all()
    for unusable in (tone(0.1), 0 * tone(1.0)):
        with pytest.raises(UnusableSound):
            models.digits.scores([tone(0.5), unusable])


@pytest.mark.parametrize(
    "parity",
    [
        replace(SAME, cosine=0.99),
        replace(SAME, bands_db=1.0),
        replace(SAME, cosine=float("nan")),
        replace(SAME, bands_db=float("nan")),
    ],
)
def test_a_model_that_is_not_the_same_makes_no_pack(
    shelf_with_open: Shelf, given: Path, parity: Parity
) -> None:
    with pytest.raises(BuildFailed, match="not SpeechBrain's"):
        build(shelf_with_open, given, StandIn(parity))
    assert shelf_with_open.names() == ["open"]
    assert not (shelf_with_open.root / ".building" / "ecapa").exists()


def test_another_checkpoint_than_the_pinned_one_is_refused(tmp_path: Path, given: Path) -> None:
    with pytest.raises(PullFailed, match="not the file that was pinned"):
        obtain_ecapa(given, tmp_path / "into", progress=silent)
    assert not (tmp_path / "into").exists()
    with pytest.raises(PullFailed, match="cannot read"):
        obtain_ecapa(tmp_path / "absent", tmp_path / "into", progress=silent)


def test_what_is_missing_of_the_commands_is_named(given: Path) -> None:
    (given / "commands" / "label_encoder.txt").unlink()
    with pytest.raises(PullFailed, match="label_encoder"):
        command_weights(given / "commands")


def test_a_base_under_a_licence_that_nobody_accepted_is_not_fetched(
    shelf_with_open: Shelf, given: Path
) -> None:
    with pytest.raises(LicenceNotAccepted, match="--accept-non-commercial"):
        build_ecapa(
            shelf_with_open,
            name="ecapa",
            base="insightface",
            given=given,
            commands=None,
            environment=StandIn(),
            progress=silent,
        )
    assert shelf_with_open.names() == ["open"]


def test_a_taken_name_is_refused(shelf_with_open: Shelf, given: Path) -> None:
    with pytest.raises(PackExists):
        build(shelf_with_open, given, StandIn(), name="open")


def test_a_built_pack_that_broke_is_not_fetched_but_built_again(
    shelf_with_open: Shelf, given: Path
) -> None:
    built = build(shelf_with_open, given, StandIn())
    pack = shelf_with_open.read("ecapa")
    assert pull(pack, shelf_with_open, progress=silent) == built.directory
    (built.directory / "ecapa.onnx").unlink()
    with pytest.raises(PullFailed, match="cameo models build"):
        pull(pack, shelf_with_open, progress=silent)


def test_too_little_room_is_told_before_anything_is_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(environments, "NEEDED_BYTES", 10**18)
    with pytest.raises(BuildFailed, match="GB of room"):
        ExportEnvironment(tmp_path / "environment").install(progress=silent)
    assert not (tmp_path / "environment").exists()


@pytest.mark.slow
@pytest.mark.timeout(3_600)
def test_speechbrains_own_architecture_is_exported_and_agrees(
    shelf_with_open: Shelf, tmp_path: Path, open_models: Models
) -> None:
    """The real path but for the weights, which are random: parity does not depend on them."""
    kept = os.environ.get("CAMEO_EXPORT_ENVIRONMENT")
    environment = ExportEnvironment(Path(kept) if kept else tmp_path / "environment")
    environment.install(progress=silent)
    subprocess.run(  # noqa: S603 (our own script, no shell)
        [environment.python, Path(__file__).with_name("untrained.py"), tmp_path / "untrained"],
        check=True,
    )
    built = build(shelf_with_open, tmp_path / "untrained", environment)
    for parity in built.parity.values():
        assert parity.cosine > 0.99999
        assert parity.bands_db < 0.01
    models = load_models(built.directory)
    voice = models.voice.embed(tone(2.0))
    assert voice.shape == (192,)
    assert float(np.linalg.norm(voice)) == pytest.approx(1.0, abs=1e-5)
    assert voice.shape != open_models.voice.embed(tone(2.0)).shape
    scores = models.digits.scores([tone(0.7)])[0]
    assert np.exp(scores).sum() <= 1.0
