"""The inference library reports nothing: a service of consent does not tell others of its use."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
OPEN = """
import sys
from pathlib import Path
from verification.sessions import open_session
open_session(Path(sys.argv[1]))
"""


@pytest.fixture
def model(open_pack: Path) -> Path:
    return next(open_pack.glob("*silero*.onnx"))


def left_behind(script: str, model: Path, home: Path) -> list[Path]:
    """Every file that a process leaves in its home and temporary directory."""
    environment = {name: value for name, value in os.environ.items() if "TELEMETRY" not in name}
    environment |= {"HOME": str(home), "TMPDIR": str(home), "XDG_CACHE_HOME": str(home)}
    for quiet in ("CI", "GITHUB_ACTIONS"):  # in which the library keeps quiet by itself
        environment.pop(quiet, None)
    command = [sys.executable, "-B", "-c", script, str(model)]
    subprocess.run(  # noqa: S603 (our own interpreter and script)
        command, check=True, cwd=ROOT, env=environment, capture_output=True
    )
    return [path for path in home.rglob("*") if path.is_file()]


def test_opening_a_model_leaves_no_device_id(model: Path, tmp_path: Path) -> None:
    assert left_behind(OPEN, model, tmp_path) == []
