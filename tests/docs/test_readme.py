"""The README's integration runs as it stands, against a real service."""

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import pytest

from cameo_service.callers import Scope

# The service's own fixtures: the same server, over the same stores.
from tests.service.conftest import context, service, settings
from tests.service.running import Clock, RunningService, verification
from verification.report import Verdict

__all__ = ["clock", "context", "service", "settings"]

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


class MachineClock(Clock):
    """The only one that the script knows: a permit must not be old because the machine is slow."""

    def __call__(self) -> datetime:
        return datetime.now(UTC)


@pytest.fixture
def clock() -> Clock:
    return MachineClock()


def integration() -> str:
    """The one block after its marker."""
    (found,) = re.findall(r"<!-- integration: .* -->\n\n```python\n(.*?)```", README, re.DOTALL)
    return str(found)


def key_commands() -> list[list[str]]:
    """The arguments of every `cameo keys create`, lines joined."""
    joined = README.replace("\\\n", " ")
    return [shlex.split(line) for line in joined.splitlines() if "cameo keys create" in line]


def options(command: list[str], name: str) -> tuple[str, ...]:
    """The values of an option, in order."""
    return tuple(value for option, value in pairwise(command) if option == name)


def keys(service: RunningService) -> Mapping[str, str]:
    """The keys that the README makes, with exactly their scopes."""
    return {
        f"{options(command, '--name')[0].upper()}_KEY": service.key(
            *(Scope(scope) for scope in options(command, "--scope")),
            principal=options(command, "--principal")[0],
            acts_for=options(command, "--acts-for"),
        )
        for command in key_commands()
    }


@contextmanager
def kept_from_waiting(process: "subprocess.Popen[str]") -> Iterator[None]:
    """A test that fails ends the script, which would wait for Alice."""
    try:
        yield
    except BaseException:
        process.kill()
        raise


def test_the_integration_runs(service: RunningService, tmp_path: Path) -> None:
    script = tmp_path / "integration.py"
    script.write_text(integration(), encoding="utf-8")
    process = subprocess.Popen(  # noqa: S603 (our own interpreter, our own README)
        [sys.executable, str(script)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        cwd=ROOT,
        env={
            **os.environ,
            **keys(service),
            "SERVICE_URL": service.url,
            "PYTHONPATH": str(ROOT),
            "NO_PROXY": "*",
        },
    )
    with process, kept_from_waiting(process):
        assert process.stdout is not None
        line = process.stdout.readline().strip()
        link = re.search(r"/enroll/(enr_\w+)#cs_[\w-]+$", line)
        assert link is not None, line
        # what Alice does at the page, and the worker with her recording
        service.conclude(link[1], verification(Verdict.VERIFIED))
        said = process.stdout.read().splitlines()
    assert process.returncode == 0, said
    assert said[0] == "Check: permit"
    assert said[1].startswith("Permit per_")
    assert re.fullmatch(r"Use use_\w+ draft", said[2])
    assert said[3:] == ["Revoked. Permits ended: 1 recalled: 1", "Check: deny not_permitted"]


def test_the_pictures_are_there_and_small() -> None:
    pictures = re.findall(r"\((docs/images/[\w-]+\.png)\)", README)
    assert len(pictures) == len(list((ROOT / "docs" / "images").iterdir())) == 3
    for picture in pictures:
        assert 1_000 < (ROOT / picture).stat().st_size < 150_000


def test_every_make_target_that_the_readme_names_exists() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    named = set(re.findall(r"^make ([a-z-]+)|`make ([a-z-]+)", README, re.MULTILINE))
    for target in {one or other for one, other in named}:
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target
