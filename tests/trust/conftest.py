"""The real service over HTTP, and the command line on what it keeps."""

from collections.abc import Callable

import pytest

from cameo_service.cli.__main__ import main
from cameo_service.cli.configuration import environment_of
from cameo_service.settings import Settings
from tests.cli.running import Ran
from tests.service.conftest import clock, context, platform, service, settings

__all__ = ["clock", "context", "platform", "service", "settings"]
Command = Callable[..., Ran]


@pytest.fixture
def command(
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Command:
    """`cameo …` with these arguments, in this process: it starts at once."""
    for name, value in environment_of(settings).items():
        monkeypatch.setenv(name, value)

    def run(*arguments: str) -> Ran:
        capsys.readouterr()
        status = main([*arguments, "--json"])
        printed = capsys.readouterr()
        return Ran(status, printed.out, printed.err)

    return run
