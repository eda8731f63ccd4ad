import json
import subprocess
import sys
from pathlib import Path

import av
import cv2

from verification.challenge import Challenge, from_document, to_document
from verification.studio.actors import astronaut

ROOT = Path(__file__).parents[3]


def studio(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 (our own program)
        [sys.executable, "-m", "verification.studio", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )


def test_a_recording_for_a_given_challenge(challenge: Challenge, tmp_path: Path) -> None:
    asked, made = tmp_path / "challenge.json", tmp_path / "out.mp4"
    asked.write_text(json.dumps(to_document(challenge)))
    done = studio(str(made), f"--challenge={asked}", "--size=320x180", "--fps=10", "--seed=3")
    assert done.returncode == 0, done.stderr
    with av.open(str(made)) as container:
        assert len(list(container.decode(video=0))) == 56


def test_a_challenge_is_drawn_and_a_wrong_wish_is_named(tmp_path: Path) -> None:
    asked, made = tmp_path / "challenge.json", tmp_path / "out.webm"
    done = studio(str(made), f"--challenge={asked}", "--attack=charm")
    assert done.returncode == 2
    assert "no attack is called `charm`" in done.stderr
    assert len(from_document(json.loads(asked.read_text())).digits) == 6
    done = studio(str(made), f"--challenge={asked}", "--size=321x180")
    assert done.returncode == 2
    assert "`321x180`" in done.stderr


def test_any_still_serves_when_a_pack_finds_its_landmarks(
    challenge: Challenge, open_pack: Path, tmp_path: Path
) -> None:
    still = tmp_path / "still.png"
    cv2.imwrite(str(still), cv2.cvtColor(astronaut().image, cv2.COLOR_RGB2BGR))
    asked, made = tmp_path / "challenge.json", tmp_path / "out.webm"
    asked.write_text(json.dumps(to_document(challenge)))
    small = (str(made), f"--challenge={asked}", "--size=320x180", "--fps=10", f"--still={still}")
    done = studio(*small)
    assert done.returncode == 2
    assert "`--pack`" in done.stderr
    done = studio(*small, f"--pack={tmp_path}")
    assert done.returncode == 2
    assert "there is no pack" in done.stderr
    done = studio(*small, f"--pack={open_pack}")
    assert done.returncode == 0, done.stderr
    with av.open(str(made)) as container:
        assert len(list(container.decode(video=0))) == 56
