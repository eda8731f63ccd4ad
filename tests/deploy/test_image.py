"""The image: what its recipe promises, and, where an engine works, that it keeps it."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
RECIPE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
STAGES = re.split(r"^FROM .*\n", RECIPE, flags=re.MULTILINE)[1:]
SCRIPT = ROOT / "tools/image.sh"


def test_what_ships_is_a_stage_of_its_own_that_installs_nothing() -> None:
    assert len(STAGES) == 2
    assert not re.search(r"\b(pip|apt|apt-get)\b", STAGES[1])
    assert STAGES[1].count("COPY --from=build") == 2


def test_what_is_installed_is_pinned_by_hash_and_names_no_host() -> None:
    resolving = re.findall(r"pip install ([^\n]*(?:\\\n[^\n]*)?)", STAGES[0])
    assert resolving
    for arguments in resolving:
        assert "--no-deps" in arguments
        assert "--require-hashes" in arguments or "/wheels/" in arguments
    assert "index-url" not in RECIPE
    assert set(re.findall(r"https?://([\w.]+)", RECIPE)) == {"127.0.0.1"}


def test_it_runs_as_nobody_special_and_says_whether_it_is_well() -> None:
    shipped = STAGES[1]
    assert re.search(r"^USER cameo$", shipped, re.MULTILINE)
    assert shipped.index("USER cameo") < shipped.index("ENTRYPOINT")
    assert "HEALTHCHECK" in shipped
    assert "VOLUME /data" in shipped


def test_the_script_teaches_its_use() -> None:
    said = subprocess.run([SCRIPT], capture_output=True, text=True, check=False)  # noqa: S603 (our own)
    assert said.returncode == 2
    assert "tools/image.sh build" in said.stdout
    assert "IMAGE_FLAGS" in said.stdout


def test_without_an_engine_it_says_what_to_install(tmp_path: Path) -> None:
    for tool in ("bash", "dirname", "sed"):
        (tmp_path / tool).symlink_to(shutil.which(tool) or "")
    said = subprocess.run(  # noqa: S603 (our own)
        [SCRIPT, "build"],
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": str(tmp_path)},
    )
    assert said.returncode != 0
    assert "start docker or podman, or install buildah" in said.stderr


@pytest.mark.slow
@pytest.mark.timeout(3_600)
def test_it_builds_and_keeps_its_promises() -> None:
    """Where the package index needs a proxy's certificates, IMAGE_FLAGS and IMAGE_MOUNTS say so."""
    if os.geteuid() != 0 or shutil.which("buildah") is None:
        pytest.skip("needs root and buildah")
    environment = {**os.environ, "IMAGE": "cameo-tried", "IMAGE_ENGINE": "buildah"}
    for step in ("build", "check"):
        done = subprocess.run(  # noqa: S603 (our own)
            [SCRIPT, step], capture_output=True, text=True, check=False, env=environment
        )
        assert done.returncode == 0, done.stdout[-4_000:] + done.stderr[-4_000:]
    assert done.stdout.count("ok  ") == 5
