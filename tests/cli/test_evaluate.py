"""`cameo evaluate`, run as its users run it, on small directories made here."""

import json
import random
import wave
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from cameo_service.cli.__main__ import main
from verification.challenge import to_document
from verification.drawing import make_challenge
from verification.evaluation.judging import Judge, Result
from verification.evaluation.recordings import Recording
from verification.studio.actors import Actor, astronaut
from verification.studio.speakers import SyntheticVoice
from verification.studio.strangers import stranger


def evaluate(
    capsys: pytest.CaptureFixture[str], data_dir: Path, *arguments: str
) -> tuple[int, Any, str]:
    """The exit code, the document, and what was said beside it."""
    status = main(["evaluate", *arguments, "--data-dir", str(data_dir), "--json"])
    said = capsys.readouterr()
    return status, json.loads(said.out) if said.out else None, said.err


def write_stills(folder: Path, actor: Actor) -> None:
    folder.mkdir(parents=True)
    picture = cv2.cvtColor(actor.image, cv2.COLOR_RGB2BGR)
    cv2.imwrite(str(folder / "1.png"), picture)
    cv2.imwrite(str(folder / "2.jpg"), cv2.convertScaleAbs(picture, alpha=0.8))
    cv2.imwrite(str(folder / "3.png"), np.zeros((64, 64, 3), np.uint8))


def write_digits(folder: Path, speaker: str) -> None:
    folder.mkdir(parents=True)
    rng = np.random.default_rng(1)
    for digit in range(10):
        said = SyntheticVoice(speaker=speaker).say(digit, rng)
        with wave.open(str(folder / f"{digit}_a.wav"), "wb") as file:
            file.setparams((1, 2, 48_000, 0, "NONE", ""))
            file.writeframes((said * 0.5 / np.abs(said).max() * 32_767).astype("<i2").tobytes())


@pytest.fixture(scope="module")
def stills(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("stills")
    write_stills(folder / "ann", astronaut())
    write_stills(folder / "ben", stranger(astronaut()))
    return folder


@pytest.fixture(scope="module")
def digits(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("digits")
    write_digits(folder / "ann", "high")
    write_digits(folder / "ben", "low")
    return folder


@pytest.fixture
def recordings(tmp_path: Path) -> Path:
    """Files that are no video: the verifier rejects them at a glance."""
    folder = tmp_path / "recordings"
    for name in ("bonafide/1", "attacks/print/1", "attacks/print/2", "attacks/mask/1"):
        path = folder / f"{name}.webm"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"no video " + name.encode())
        challenge = to_document(make_challenge(random.Random(1)))
        path.with_suffix(".json").write_text(json.dumps({**challenge, "studio": {"seed": 1}}))
    return folder


def test_faces_are_compared_and_told_on_a_page(
    capsys: pytest.CaptureFixture[str], data_dir_with_models: Path, stills: Path, tmp_path: Path
) -> None:
    page = tmp_path / "faces.html"
    status, document, said = evaluate(
        capsys, data_dir_with_models, "faces", str(stills), "--html", str(page), "--calibrate"
    )
    assert document["data"]["subjects"] == 2
    assert document["failure_to_enroll"]["reasons"] == {"no_face": 2}
    assert (document["data"]["genuine_trials"], document["data"]["impostor_trials"]) == (2, 4)
    assert document["at_pack_threshold"]["threshold"] == pytest.approx(0.92)
    assert document["at_pack_threshold"]["false_non_match_rate"]["errors"] == 0
    assert "cameo evaluate faces" in page.read_text()
    # two people cannot show a rate of one in a thousand, and the result stands all the same
    assert (status, json.loads(said)["error"]["code"]) == (1, "too_little_data")
    assert "needs 78 subjects" in json.loads(said)["error"]["message"]


def test_voices_are_compared_over_noise(
    capsys: pytest.CaptureFixture[str], data_dir_with_models: Path, digits: Path
) -> None:
    wanted = ("voices", str(digits), "--join", "5", "--noise", str(digits / "ann"), "--snr", "30")
    status, document, _ = evaluate(capsys, data_dir_with_models, *wanted, "--seed", "4")
    assert status == 0
    assert document["data"]["files_a_sample"] == 5
    assert document["data"]["noise"] == "10 sounds, 30 dB quieter"
    assert (document["data"]["genuine_trials"], document["data"]["impostor_trials"]) == (2, 4)
    assert evaluate(capsys, data_dir_with_models, *wanted, "--seed", "4")[1] == document


def test_strings_are_said_of_recorded_digits(
    capsys: pytest.CaptureFixture[str],
    data_dir_with_models: Path,
    digits: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("CAMEO_CHALLENGE__DIGITS", "4")
    wanted = ("digits", str(digits), "--strings", "2", "--noise", str(digits / "ann"))
    asked = (*wanted, "--snr", "40", "--calibrate")
    status, document, said = evaluate(capsys, data_dir_with_models, *asked)
    # two speakers cannot show what others would do, and the result stands all the same
    assert (status, json.loads(said)["error"]["code"]) == (1, "too_little_data")
    assert "needs 20 speakers, got `2`" in json.loads(said)["error"]["message"]
    assert document["data"]["recorded_digits"] == 20
    assert document["data"]["digits_a_string"] == 4
    assert document["data"]["noise"] == "10 sounds, 40 dB quieter"
    assert document["strings"]["right"]["accepted"]["trials"] == 4
    assert document["strings"]["two_off"]["accepted"]["trials"] == 4 * 6 * 81
    assert document["strings"]["unrelated"]["accepted"]["rate"] < 0.02
    assert document["named_right"]["rate"] > 0.5


def test_recordings_are_judged_once_and_only_once(
    capsys: pytest.CaptureFixture[str],
    data_dir_with_models: Path,
    recordings: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ask = ("liveness", str(recordings))
    judged: list[str] = []
    judge = Judge.__call__

    def counted(self: Judge, recording: Recording) -> Result:
        judged.append(recording.name)
        if len(judged) == 3:
            raise KeyboardInterrupt
        return judge(self, recording)

    monkeypatch.setattr(Judge, "__call__", counted)
    assert evaluate(capsys, data_dir_with_models, *ask)[0] == 130
    status, document, _ = evaluate(capsys, data_dir_with_models, *ask)
    assert status == 0
    assert len(judged) == 5
    assert document["bona_fide"]["bpcer"]["rate"] == 1.0
    assert document["bona_fide"]["stopped_by"] == {"media:media_not_video": 1}
    assert {name: found["presentations"] for name, found in document["species"].items()} == {
        "mask": 1,
        "print": 2,
    }
    (recordings / "attacks" / "print" / "2.webm").write_bytes(b"another one")
    assert evaluate(capsys, data_dir_with_models, *ask)[1]["species"] == document["species"]
    assert judged[5:] == ["attacks/print/2.webm"]


def test_results_under_other_tolerances_or_of_fewer_checks_are_not_mixed(
    capsys: pytest.CaptureFixture[str],
    data_dir_with_models: Path,
    recordings: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    work = tmp_path / "work"
    ask = ("liveness", str(recordings), "--work", str(work), "--limit", "1")
    assert evaluate(capsys, data_dir_with_models, *ask)[1]["data"]["attacks"] == 2
    assert [path.name for path in work.iterdir()] == ["liveness-open.jsonl"]
    early = (*ask, "--stop-early")
    for asked, yaw in ((early, "0.18"), (ask, "0.2")):
        monkeypatch.setenv("CAMEO_TOLERANCES__TURNS__YAW", yaw)
        status, document, said = evaluate(capsys, data_dir_with_models, *asked)
        assert (status, document) == (2, None)
        assert json.loads(said)["error"]["code"] == "other_evaluation"


def test_no_bound_is_measured_where_none_can_be(
    capsys: pytest.CaptureFixture[str], data_dir_with_models: Path, recordings: Path
) -> None:
    """The passive model sees a synthesis for what it is, and `open` has none."""
    asked = ("liveness", str(recordings), "--calibrate")
    for because in ("the studio made `4` of the recordings", "`open` has no passive model"):
        status, document, said = evaluate(capsys, data_dir_with_models, *asked)
        assert (status, document) == (2, None)
        assert json.loads(said)["error"]["code"] == "not_calibrable"
        assert because in json.loads(said)["error"]["message"]
        assert not list(recordings.glob("*.jsonl"))
        for sidecar in recordings.rglob("*.json"):
            kept = {k: v for k, v in json.loads(sidecar.read_text()).items() if k != "studio"}
            sidecar.write_text(json.dumps(kept))


def test_what_makes_no_sense_is_said(
    capsys: pytest.CaptureFixture[str], data_dir_with_models: Path, recordings: Path, tmp_path: Path
) -> None:
    (recordings / "bonafide" / "1.json").write_text("{}")
    (tmp_path / "empty").mkdir()
    for arguments, status, code in (
        (("faces", str(tmp_path / "absent")), 2, "nothing_to_evaluate"),
        (("voices", str(tmp_path / "empty")), 2, "nothing_to_evaluate"),
        (("digits", str(tmp_path / "empty")), 2, "nothing_to_evaluate"),
        (("liveness", str(tmp_path / "empty")), 2, "nothing_to_evaluate"),
        (("liveness", str(recordings)), 2, "challenge_malformed"),
    ):
        found, document, said = evaluate(capsys, data_dir_with_models, *arguments)
        assert (found, document) == (status, None), arguments
        assert json.loads(said)["error"]["code"] == code, arguments


@pytest.mark.parametrize("command", ["faces", "voices", "digits", "liveness"])
def test_help_shows_the_layout(capsys: pytest.CaptureFixture[str], command: str) -> None:
    assert main(["evaluate", command, "--help"]) == 0
    shown = capsys.readouterr().out
    assert "DIR/" in shown
    assert f"cameo evaluate {command}" in shown
    for option in ("--pack", "--limit", "--html", "--data-dir", "--json"):
        assert option in shown


def test_people_get_a_table(
    capsys: pytest.CaptureFixture[str], data_dir_with_models: Path, recordings: Path
) -> None:
    asked = ["evaluate", "liveness", str(recordings), "--data-dir", str(data_dir_with_models)]
    assert main(asked) == 0
    shown = capsys.readouterr().out
    assert "APCER mask" in shown
    assert "BPCER" in shown


@pytest.mark.slow
def test_a_series_is_shot_and_judged_in_two_processes(
    capsys: pytest.CaptureFixture[str], data_dir_with_models: Path, tmp_path: Path
) -> None:
    from verification.studio.series import Series, shoot_series
    from verification.studio.shots import planned

    shots = planned(seed=1, genuine=1, attacks={"no_sound": 1}, stills=(), voices=())
    assert len(list(shoot_series(Series(directory=tmp_path), shots, workers=2))) == 2
    status, document, _ = evaluate(
        capsys, data_dir_with_models, "liveness", str(tmp_path), "--workers", "2"
    )
    assert status == 0
    assert document["bona_fide"]["rejected"] == 0
    assert document["species"]["no_sound"]["rejected"] == 1
