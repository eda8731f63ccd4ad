"""`docs/settings.md` says what the settings say, one row each, in their order."""

from pathlib import Path
from typing import Any

import pytest

from cameo_service.cli.__main__ import main
from cameo_service.cli.exits import ExitCode
from cameo_service.settings import Settings
from tests.cli.running import cameo

PAGE = Path(__file__).parents[2] / "docs" / "settings.md"
UNJUDGED = {"data_dir", "host"}
"""Settings that any text is allowed for at the start."""


def bounds(name: str) -> dict[str, Any]:
    return {
        bound: value
        for metadata in Settings.model_fields[name].metadata
        for bound in ("ge", "le", "pattern")
        if (value := getattr(metadata, bound, None)) is not None
    }


def allowed(name: str) -> str:
    found = bounds(name)
    if "ge" in found:
        return f"{found['ge']} to {found['le']}"
    if name == "log_level":
        return ", ".join(f"`{level}`" for level in found["pattern"].strip("^()$").split("|"))
    return "see right" if "pattern" in found else "any"


def row(name: str) -> str:
    field = Settings.model_fields[name]
    default = "none" if field.default is None else f"`{field.default}`"
    return f"| `CAMEO_{name.upper()}` | {default} | {allowed(name)} | {field.description} |"


def test_every_setting_is_documented_and_no_other() -> None:
    rows = [line for line in PAGE.read_text().splitlines() if line.startswith("| `CAMEO_")]
    assert rows == [row(name) for name in Settings.model_fields]


@pytest.mark.parametrize("name", sorted(set(Settings.model_fields) - UNJUDGED))
def test_a_value_that_is_not_allowed_stops_the_start_and_is_named(
    name: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    found = bounds(name)
    variable = f"CAMEO_{name.upper()}"
    wrong = ["nonsense-value"]
    if "ge" in found:
        wrong += [str(found["ge"] - 1), str(found["le"] + 1)]
    for value in wrong:
        monkeypatch.setenv(variable, value)
        assert main(["serve", "--data-dir", str(tmp_path / "data")]) == ExitCode.USAGE
        said = capsys.readouterr().err
        assert said.startswith(f"cameo: invalid_settings: {variable}: ")
        assert "nonsense-value" not in said
    assert not (tmp_path / "data").exists()


def test_a_wrong_host_stops_the_start_where_it_is_used(tmp_path: Path) -> None:
    address = {"CAMEO_HOST": "203.0.113.1"}
    ran = cameo("serve", "--port", "0", data_dir=tmp_path, timeout=60, **address)
    assert ran.status == ExitCode.UNAVAILABLE
    assert "cannot_listen" in ran.err
