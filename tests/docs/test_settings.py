"""`docs/settings.md` says what the settings say, one row each, in their order."""

from pathlib import Path

from cameo_service.settings import Settings

PAGE = Path(__file__).parents[2] / "docs" / "settings.md"


def row(name: str) -> str:
    field = Settings.model_fields[name]
    default = "none" if field.default is None else f"`{field.default}`"
    return f"| `CAMEO_{name.upper()}` | {default} | {field.description} |"


def test_every_setting_is_documented_and_no_other() -> None:
    rows = [line for line in PAGE.read_text().splitlines() if line.startswith("| `CAMEO_")]
    assert rows == [row(name) for name in Settings.model_fields]
