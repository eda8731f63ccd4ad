"""Compose file, image, Makefile and pages use only commands, options and settings that exist."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml  # type: ignore[import-untyped]  # it publishes no types; uvicorn brings it

from cameo_service.cli.__main__ import app
from cameo_service.settings import Settings
from cameo_service.settings_groups import variable, variables

ROOT = Path(__file__).parents[2]
COMPOSE = (ROOT / "compose.yaml").read_text(encoding="utf-8")
SETTINGS = {*map(variable, Settings.model_fields), *variables(Settings())}
IN_CODE = re.compile(r"```sh\n(.*?)```|`(cameo [^`]+)`", re.DOTALL)


def problem_with(arguments: list[str]) -> str | None:
    """What the command line would not understand of `cameo …`, or None."""
    command: Any = typer.main.get_command(app)
    rest = list(arguments)
    while rest and rest[0] in getattr(command, "commands", {}):
        command = command.commands[rest.pop(0)]
    if rest and not rest[0].startswith("-") and getattr(command, "commands", None):
        return f"no command `{rest[0]}` in `{' '.join(arguments)}`"
    options = {name for parameter in command.params for name in parameter.opts} | {"--help"}
    unknown = [word for word in rest if word.startswith("--") and word not in options]
    return f"no option `{unknown[0]}` in `{' '.join(arguments)}`" if unknown else None


def commands_in(shell: str) -> Iterator[list[str]]:
    """The arguments of every `cameo …` in shell text."""
    joined = re.sub(r"\\\n(\s*#)?", " ", shell)
    for part in re.split(r"\n|&&|;|\|", joined):
        found = re.search(r"(?:^|\s|python -m |/)cameo(?:_service)? ([a-z-].*)$", part)
        if found is not None:
            yield shlex.split(found[1], comments=True)


def containers() -> dict[str, Any]:
    document = yaml.safe_load(COMPOSE)
    return {name: each for name, each in document["services"].items() if each.get("build")}


def test_what_does_not_exist_is_found() -> None:
    assert problem_with(["serve", "--worker"]) is None
    assert problem_with(["models", "fetch"]) == "no command `fetch` in `models fetch`"
    assert problem_with(["db", "upgrade", "--now"]) == "no option `--now` in `db upgrade --now`"
    assert list(commands_in("x exec cameo a \\\n  --b c && .venv/bin/cameo d # e")) == [
        ["a", "--b", "c"],
        ["d"],
    ]


def test_the_compose_file_runs_service_worker_and_preparation() -> None:
    found = containers()
    assert set(found) == {"prepare", "service", "worker"}
    for container in found.values():
        started = container["command"] or list(commands_in(container["entrypoint"][-1]))
        for arguments in [started] if isinstance(started[0], str) else started:
            assert problem_with(arguments) is None


def test_the_compose_file_sets_only_settings() -> None:
    for container in containers().values():
        given = {name for name in container["environment"] if name.startswith("CAMEO_")}
        assert given
        assert given <= SETTINGS


def test_what_the_compose_file_asks_for_is_said_at_its_top() -> None:
    top = COMPOSE[: COMPOSE.index("name: cameo")]
    asked = set(re.findall(r"\$\{(CAMEO_\w+)", COMPOSE)) - SETTINGS
    assert asked
    assert [name for name in asked if name not in top] == []
    assert [problem_with(arguments) for arguments in commands_in(top.replace("#   ", ""))] == [None]


def test_the_image_sets_only_settings() -> None:
    image = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    assert set(re.findall(r"\b(CAMEO_\w+)=", image)) <= SETTINGS


@pytest.mark.parametrize(
    "name", ["README.md", "Makefile", "docs/operations.md", "docs/security.md"]
)
def test_a_page_names_only_commands_that_exist(name: str) -> None:
    page = (ROOT / name).read_text(encoding="utf-8")
    shell = [page] if name == "Makefile" else ["".join(found) for found in IN_CODE.findall(page)]
    problems = [problem_with(each) for part in shell for each in commands_in(part)]
    assert [problem for problem in problems if problem] == []


@pytest.mark.parametrize("page", sorted(ROOT.glob("docs/**/*.md")), ids=lambda page: page.name)
def test_a_page_names_only_settings_that_exist(page: Path) -> None:
    of_compose = set(re.findall(r"\$\{(CAMEO_\w+)", COMPOSE))
    named = set(re.findall(r"\bCAMEO_[A-Z0-9_]*[A-Z0-9]\b", page.read_text(encoding="utf-8")))
    assert named <= SETTINGS | of_compose
