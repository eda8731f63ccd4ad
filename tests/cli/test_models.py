"""`cameo models`, run as its users run it."""

import json
import shutil
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from cameo_service.cli.__main__ import main
from cameo_service.settings import Settings
from cameo_service.templates import genuine
from cameo_service.templates.targets import target_of
from cameo_service.wiring import build
from storage.keys import Purpose
from storage.store import migrate
from tests.fixtures_packs import link
from tests.storage import samples
from tests.verification.models import tiny_onnx
from verification.packs.manifest import FILE_NAME
from verification.packs.shelf import Shelf


@pytest.fixture
def data_dir(data_dir: Path, open_pack: Path) -> Path:
    """A data directory with the `open` pack, linked from the test cache where that can be."""
    shutil.copytree(open_pack, data_dir / "packs" / "open", copy_function=link)
    return data_dir


def run(capsys: pytest.CaptureFixture[str], data_dir: Path, *arguments: str) -> tuple[int, Any]:
    """The exit code, and what `--json` printed: the result, or the error."""
    status = main(["models", *arguments, "--data-dir", str(data_dir), "--json"])
    said = capsys.readouterr()
    return status, json.loads(said.out or said.err)


def spoil(data_dir: Path, name: str, content: bytes | None) -> None:
    path = data_dir / "packs" / "open" / name
    path.unlink()
    if content is not None:
        path.write_bytes(content)


def test_a_fresh_directory_lists_what_could_be_pulled(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    status, packs = run(capsys, tmp_path, "list")
    assert status == 0
    assert [(pack["name"], pack["state"], pack["active"]) for pack in packs] == [
        ("open", "not pulled", False),
        ("insightface", "not pulled", False),
    ]
    assert list(tmp_path.iterdir()) == []


def test_the_list_shows_licences_and_states(
    capsys: pytest.CaptureFixture[str], data_dir: Path
) -> None:
    assert run(capsys, data_dir, "use", "open")[0] == 0
    assert main(["models", "list", "--data-dir", str(data_dir)]) == 0
    shown = capsys.readouterr().out
    assert "open: active, complete, 146 MB, not for commercial use" in shown
    assert "CC0-1.0" in shown
    assert "Apache-2.0" in shown


@pytest.mark.parametrize(
    ("name", "content", "code", "state"),
    [
        ("ge2e.onnx", None, "model_file_missing", "missing"),
        ("ge2e.pt", b"short", "model_file_truncated", "truncated"),
        ("silero_vad.onnx", bytes(1_289_603), "model_file_altered", "altered"),
    ],
)
def test_a_broken_file_is_named_and_cannot_be_used(
    capsys: pytest.CaptureFixture[str],
    data_dir: Path,
    name: str,
    content: bytes | None,
    code: str,
    state: str,
) -> None:
    spoil(data_dir, name, content)
    for command in (("verify", "open"), ("use", "open")):
        status, failure = run(capsys, data_dir, *command)
        assert status == 1
        assert failure["error"]["code"] == code
        assert f"`{name}`" in failure["error"]["message"]
        assert "cameo models pull open" in failure["error"]["message"]
    _, packs = run(capsys, data_dir, "list")
    assert packs[0]["state"] == "broken"
    assert state in {part["state"] for part in packs[0]["components"]}
    assert not (data_dir / "packs" / "active.json").exists()


def test_pull_leaves_a_complete_pack_alone(
    capsys: pytest.CaptureFixture[str], data_dir: Path
) -> None:
    before = (data_dir / "packs" / "open" / FILE_NAME).stat().st_mtime_ns
    status, pack = run(capsys, data_dir, "pull", "open")
    assert (status, pack["state"]) == (0, "complete")
    assert (data_dir / "packs" / "open" / FILE_NAME).stat().st_mtime_ns == before


def test_a_spoiled_record_is_mended_without_fetching_weights(
    capsys: pytest.CaptureFixture[str], data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.delenv("PIP_FIND_LINKS", raising=False)
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    spoil(data_dir, FILE_NAME, b"format = 7")
    status, failure = run(capsys, data_dir, "list")
    assert (status, failure["error"]["code"]) == (4, "pack_malformed")
    assert run(capsys, data_dir, "pull", "open")[0] == 0
    assert run(capsys, data_dir, "verify", "open")[0] == 0


def test_a_pull_without_the_package_index_fails_clearly(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.delenv("PIP_FIND_LINKS", raising=False)
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    status, failure = run(capsys, tmp_path, "pull", "open")
    assert (status, failure["error"]["code"]) == (4, "pull_failed")
    assert "shape_predictor_68_face_landmarks.dat" in failure["error"]["message"]
    assert run(capsys, tmp_path, "list")[1][0]["state"] == "not pulled"


def test_questions_without_an_answer(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    for arguments, status, code in (
        (("pull", "absent"), 1, "pack_unknown"),
        (("pull", "insightface"), 1, "licence_not_accepted"),
        (("use", "absent"), 1, "pack_unknown"),
        (("use", "open"), 1, "pack_unknown"),
        (("use", "../up"), 1, "pack_unknown"),
        (("verify", "absent"), 1, "pack_unknown"),
        (("verify",), 4, "pack_not_chosen"),
        (("add", str(tmp_path / "no"), "--name", "x"), 2, "no_directory"),
        (("add", str(tmp_path), "--name", "open"), 1, "pack_exists"),
        (("add", str(tmp_path), "--name", "x"), 4, "pack_malformed"),
        (("add", str(tmp_path), "--name", "x", "--commercial"), 2, "licence_unnamed"),
    ):
        found, failure = run(capsys, tmp_path, *arguments)
        assert (found, failure["error"]["code"]) == (status, code), arguments


@pytest.mark.parametrize("command", ["list", "pull", "add", "verify", "use"])
def test_help_teaches_by_example(capsys: pytest.CaptureFixture[str], command: str) -> None:
    assert main(["models", command, "--help"]) == 0
    assert f"cameo models {command}" in capsys.readouterr().out


def test_a_passive_model_is_added_to_another_pack_and_listed(
    capsys: pytest.CaptureFixture[str], data_dir: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    weights = tmp_path_factory.mktemp("weights")
    tiny_onnx.minifasnet(weights / "2.7_80x80_MiniFASNetV2.onnx")
    asked = ("add", str(weights), "--name", "open-passive")
    status, failure = run(capsys, data_dir, *asked, "--base", "elsewhere")
    assert (status, failure["error"]["code"]) == (1, "pack_unknown")
    status, failure = run(capsys, data_dir, *asked)
    assert (status, failure["error"]["code"]) == (4, "pack_malformed")
    status, failure = run(capsys, data_dir, *asked, "--base", "insightface")
    assert (status, failure["error"]["code"]) == (1, "licence_not_accepted")
    status, pack = run(capsys, data_dir, *asked, "--base", "open")
    assert (status, pack["state"]) == (0, "complete")
    assert pack["enables"] == dict.fromkeys(("passive", "depth", "blink", "lips"), True)
    passive = next(part for part in pack["components"] if part["role"] == "passive")
    assert passive["adapter"] == "minifasnet"
    assert list(passive["pieces"]) == ["2.7"]
    assert passive["pieces"]["2.7"]["sha256"] != passive["sha256"]
    assert set(passive["thresholds"]) == {"live", "attack"}
    assert main(["models", "list", "--data-dir", str(data_dir)]) == 0
    lines = capsys.readouterr().out.splitlines()
    title = next(n for n, line in enumerate(lines) if line.startswith("open-passive: complete"))
    assert "checks besides the common ones: passive, depth, blink, lips" in lines[title + 2]
    assert any("cannot check: passive" in line for line in lines)


def enrolled(data_dir: Path) -> str:
    """A cameo in the database of `data_dir`, with templates of a pack that is gone."""
    now = datetime(2026, 11, 22, tzinfo=UTC)
    settings = Settings(data_dir=data_dir)
    migrate(settings.resolved_database_url)
    with build(settings) as context, context.store.write() as tx:
        tx.cameos.add(samples.cameo(credential=None))
        for modality in ("face", "voice"):
            tx.templates.put([samples.template(modality=modality, created_at=now)])
    return "cam_1"


def test_status_counts_the_cameos_of_each_model(
    capsys: pytest.CaptureFixture[str], data_dir: Path
) -> None:
    run(capsys, data_dir, "use", "open")
    enrolled(data_dir)
    status, rows = run(capsys, data_dir, "status")
    assert status == 0
    seen = [(row["modality"], row["packs"], row["cameos"], row["lacking"]) for row in rows]
    assert sorted(seen, key=str) == [
        ("face", ["open"], 0, 1),
        ("face", [], 1, None),
        ("voice", ["open"], 0, 1),
        ("voice", [], 1, None),
    ]
    assert main(["models", "status", "--data-dir", str(data_dir)]) == 0
    assert "GONE" in capsys.readouterr().out


def test_a_migration_is_queued_to_the_active_pack(
    capsys: pytest.CaptureFixture[str], data_dir: Path
) -> None:
    assert run(capsys, data_dir, "migrate")[0] != 0
    run(capsys, data_dir, "use", "open")
    status, said = run(capsys, data_dir, "migrate")
    assert (status, said["pack"]) == (0, "open")
    with build(Settings(data_dir=data_dir)) as context, context.store.read() as tx:
        assert tx.jobs.get(said["job"]).payload["target"]["pack"] == "open"


def second_pack(data_dir: Path) -> None:
    """The same pack under another name, with another recognizer by its hash."""
    folder = data_dir / "packs"
    shutil.copytree(folder / "open", folder / "second")
    text = (folder / "second" / FILE_NAME).read_text()
    sha256 = target_of(Shelf(data_dir).read("open")).face
    text = text.replace('name = "open"', 'name = "second"').replace(sha256, "e" * 64)
    (folder / "second" / FILE_NAME).write_text(text)


def test_a_pack_is_retired_when_nobody_needs_its_templates(
    capsys: pytest.CaptureFixture[str], data_dir: Path
) -> None:
    run(capsys, data_dir, "use", "open")
    second_pack(data_dir)
    cameo = enrolled(data_dir)
    status, said = run(capsys, data_dir, "retire", "open")
    assert (status, said["error"]["code"]) == (1, "pack_active")
    status, said = run(capsys, data_dir, "retire", "second")
    assert (status, said["error"]["code"]) == (1, "templates_not_migrated")
    target = target_of(Shelf(data_dir).read("open"))
    with build(Settings(data_dir=data_dir)) as context, context.store.write() as tx:
        for modality in ("face", "voice"):
            made = samples.template(modality=modality, model_sha256=target.of(modality))
            tx.templates.put([made])
        tx.templates.put([samples.template(model_sha256="e" * 64)])
        owner = tx.cameos.get(cameo)
        said = {
            "cameo": owner.id,
            "sub": owner.owner,
            "templates": genuine.named(tx.templates.of_cameo(cameo)),
        }
        credential = context.signer.sign(Purpose.IDENTITY, said)
        tx.cameos.save(replace(owner, credential=credential))
    assert run(capsys, data_dir, "retire", "second") == (0, {"pack": "second", "dropped": 1})
    with build(Settings(data_dir=data_dir)) as context, context.store.read() as tx:
        left = {each.model_sha256 for each in tx.templates.of_cameo(cameo)}
    assert left == {target.face, target.voice, "00ff"}
