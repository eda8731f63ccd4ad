"""Write `docs/cli.md` from the commands' own help; a test compares the two.

$ python -m tools.cli_reference
"""

from collections.abc import Iterator
from pathlib import Path

import typer

from cameo_service.cli.__main__ import app

TARGET = Path(__file__).parent.parent / "docs" / "cli.md"
WIDTH = 100
INTRODUCTION = """# Command line

`cameo`, or `python -m cameo_service` from a source tree. This page is written by
`python -m tools.cli_reference` from the commands' own help, and a test compares the two.

Every command takes `--json`: its result is then one JSON document on standard output (`cameo demo`
prints one a line), and an error is `{"error": {"code": …, "message": …}}` on standard error.
Without it an error is one line, `cameo: code: message`. The codes are stable.

| exit status | meaning |
|---|---|
| 0 | done; where a question was asked, the answer is yes |
| 1 | the answer is no: rejected, unknown, or a story that went otherwise |
| 2 | the command, an argument, a setting or an input document makes no sense |
| 3 | the checks leave it open: a person has to look |
| 4 | something that is needed is missing or broken: database, models, keys, files, address |
| 70 | a fault of ours; `CAMEO_LOG_LEVEL=DEBUG` shows where |
| 130 | Ctrl-C |
"""


def reference() -> str:
    """The whole page."""
    group = typer.main.get_command(app)
    sections = [f"## `{name}`\n\n```text\n{help}\n```\n" for name, help in _helps(group, "cameo")]
    return "\n".join([INTRODUCTION, *sections])


def _helps(command: object, name: str) -> Iterator[tuple[str, str]]:
    """The help of `command` and of all below it, each under its full name."""
    yield name, _help(command, name)
    for below, inner in getattr(command, "commands", {}).items():
        yield from _helps(inner, f"{name} {below}")


def _help(command: object, name: str) -> str:
    make_context = getattr(command, "make_context")  # noqa: B009 (typer keeps its types private)
    with make_context(name, [], resilient_parsing=True, terminal_width=WIDTH) as context:
        text = str(context.get_help())
    return "\n".join(line.rstrip() for line in text.splitlines()).strip()


if __name__ == "__main__":
    TARGET.write_text(reference(), encoding="utf-8")
