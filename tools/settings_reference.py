"""Write the tables of `docs/settings.md` from the settings themselves; a test compares the two.

$ python -m tools.settings_reference
"""

import inspect
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

from cameo_service.settings import Settings
from cameo_service.settings_groups import leaves, variable
from verification.drawing import LONGEST_MS, RANGES, ChallengePlan
from verification.tolerances import Tolerances

TARGET = Path(__file__).parent.parent / "docs" / "settings.md"
BEGIN, END = "<!-- tables: begin -->", "<!-- tables: end -->"
HEAD = "| variable | default | allowed | what it is |\n|---|---|---|---|"
GROUP_HEAD = "| variable | default | allowed |\n|---|---|---|"


def tables() -> str:
    """Everything between the two marks of the page."""
    return "\n\n".join([_plain(), *_plan(), *_tolerances()])


def page() -> str:
    """The page as it should be."""
    before, rest = TARGET.read_text(encoding="utf-8").split(BEGIN)
    after = rest.split(END)[1]
    return f"{before}{BEGIN}\n\n{tables()}\n\n{END}{after}"


def _plain() -> str:
    names = [name for name, field in Settings.model_fields.items() if not _is_group(field.default)]
    return "\n".join([HEAD, *map(_row, names)])


def _row(name: str) -> str:
    field = Settings.model_fields[name]
    default = "none" if field.default is None else f"`{field.default}`"
    return f"| `{variable(name)}` | {default} | {_allowed(name)} | {field.description} |"


def _allowed(name: str) -> str:
    found = {
        bound: value
        for metadata in Settings.model_fields[name].metadata
        for bound in ("ge", "le", "pattern")
        if (value := getattr(metadata, bound, None)) is not None
    }
    if "ge" in found:
        return f"{found['ge']} to {found['le']}"
    if name == "log_level":
        return ", ".join(f"`{level}`" for level in found["pattern"].strip("^()$").split("|"))
    return "see right" if "pattern" in found else "any"


def _plan() -> Iterator[str]:
    yield "## The challenge: `CAMEO_CHALLENGE__…`"
    yield _prose(ChallengePlan)
    yield (
        "The shortest gap is at most the longest, and no challenge, whatever it leaves out or\n"
        f"reads out, may take longer than {LONGEST_MS // 1000} seconds; another plan stops the\n"
        "start."
    )
    rows = [
        f"| `{variable('challenge', name)}` | `{value}` | {RANGES[name][0]} to {RANGES[name][1]} |"
        for (name,), value in leaves(ChallengePlan())
    ]
    yield "\n".join([GROUP_HEAD, *rows])


def _tolerances() -> Iterator[str]:
    yield "## Tolerances of the checks: `CAMEO_TOLERANCES__…`"
    yield (
        "Every one is a finite number and, unless its default is negative, at least 0. What each\n"
        "check does with them, and what was measured, stands in `docs/verification.md`."
    )
    for group in fields(Tolerances):
        bounds = getattr(Tolerances(), group.name)
        yield f"### `{group.name}`"
        yield _prose(type(bounds))
        rows = [
            f"| `{variable('tolerances', group.name, *path)}` | `{value}` | at least 0 |"
            if value >= 0
            else f"| `{variable('tolerances', group.name, *path)}` | `{value}` | any |"
            for path, value in leaves(bounds)
        ]
        yield "\n".join([GROUP_HEAD, *rows])


def _prose(kind: type[Any]) -> str:
    """What the class says of its fields; what it raises is told in the words of this page."""
    paragraphs = inspect.cleandoc(kind.__doc__ or "").split("\n\n")
    return "\n\n".join(each for each in paragraphs if not each.startswith("Raises "))


def _is_group(value: object) -> bool:
    return is_dataclass(value)


if __name__ == "__main__":
    TARGET.write_text(page(), encoding="utf-8")
