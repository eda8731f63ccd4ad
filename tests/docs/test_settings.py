"""`docs/settings.md` says what the settings say, one row each, in their order."""

import re
from pathlib import Path
from typing import Any

import pytest

from cameo_service.cli.__main__ import main
from cameo_service.cli.configuration import environment_of, load_settings
from cameo_service.cli.exits import ExitCode
from cameo_service.cli.failures import CliError
from cameo_service.settings import Settings
from cameo_service.settings_groups import variables
from tests.cli.running import cameo
from tools.settings_reference import page
from verification.drawing import ChallengePlan
from verification.liveness.turns import TurnTolerances
from verification.tolerances import Tolerances

PAGE = Path(__file__).parents[2] / "docs" / "settings.md"
VARIABLES = set(variables(Settings()))
UNJUDGED = {
    *("data_dir", "host", "key_passphrase", "key_passphrase_file"),
    *("operator_name", "operator_address", "operator_contact", "log_origin"),
}
"""Settings that any text is allowed for at the start."""


def bounds(name: str) -> dict[str, Any]:
    return {
        bound: value
        for metadata in Settings.model_fields[name].metadata
        for bound in ("ge", "le", "pattern")
        if (value := getattr(metadata, bound, None)) is not None
    }


def test_the_page_is_written_from_the_settings() -> None:
    assert PAGE.read_text(encoding="utf-8") == page()


def test_every_setting_is_documented_once_and_no_other() -> None:
    rows = re.findall(r"^\| `(CAMEO_\w+)` ", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(rows) == sorted(VARIABLES)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("CAMEO_CHALLENGE__DIGITS", "six", "CAMEO_CHALLENGE__DIGITS: "),
        ("CAMEO_CHALLENGE__DIGITS", "13", "CAMEO_CHALLENGE: Value error, `digits`"),
        ("CAMEO_CHALLENGE__DIGIST", "6", "CAMEO_CHALLENGE: Value error, there is no `digist`"),
        ("CAMEO_CHALLENGE__SHORTEST_GAP_MS", "900", "CAMEO_CHALLENGE: Value error, `shortest_gap"),
        ("CAMEO_TOLERANCES__TURNS__YAW", "far", "CAMEO_TOLERANCES__TURNS__YAW: "),
        ("CAMEO_TOLERANCES__TURNS__YAW", "nan", "CAMEO_TOLERANCES: Value error, `turns.yaw`"),
        ("CAMEO_TOLERANCES__TURNS__YAW", "inf", "CAMEO_TOLERANCES: Value error, `turns.yaw`"),
        ("CAMEO_TOLERANCES__TURNS__YAW", "-1", "CAMEO_TOLERANCES: Value error, `turns.yaw`"),
        ("CAMEO_TOLERANCES__TURNS__YAWN", "1", "CAMEO_TOLERANCES: Value error, there is no `tur"),
        ("CAMEO_TOLERANCES__TURN__YAW", "1", "CAMEO_TOLERANCES: Value error, there is no `turn`"),
        ("CAMEO_TOLERANCES__TURNS", "1", "CAMEO_TOLERANCES__TURNS: "),
    ],
)
def test_a_part_that_makes_no_sense_stops_the_start_and_is_named(
    name: str, value: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(CliError, match=re.escape(said)) as refused:
        load_settings()
    assert (refused.value.code, refused.value.exit_code) == ("invalid_settings", ExitCode.USAGE)


def test_parts_of_groups_are_set_one_by_one_and_reach_child_processes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("CAMEO_CHALLENGE__DIGITS", "8")
    monkeypatch.setenv("CAMEO_TOLERANCES__TURNS__YAW", "0.25")
    given = load_settings()
    assert given.challenge == ChallengePlan(digits=8)
    assert given.tolerances.turns == TurnTolerances(yaw=0.25)
    assert given.tolerances.speech == Tolerances().speech
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    for name, value in environment_of(given).items():
        monkeypatch.setenv(name, value)
    assert load_settings() == given


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
    ran = cameo("serve", "--port", "0", data_dir=tmp_path, timeout=120, **address)
    assert ran.status == ExitCode.UNAVAILABLE
    assert "cannot_listen" in ran.err
