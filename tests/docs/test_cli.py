"""The documented command line is the real one."""

from cameo_service.cli.exits import ExitCode
from tools.cli_reference import INTRODUCTION, TARGET, reference


def test_the_documented_help_is_the_real_one() -> None:
    written = TARGET.read_text(encoding="utf-8")
    assert written == reference(), "run `python -m tools.cli_reference`"
    assert "cameo keys create --name" in written


def test_every_exit_status_is_documented() -> None:
    for code in ExitCode:
        assert f"| {int(code)} |" in INTRODUCTION
