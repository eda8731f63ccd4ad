"""The settings of a run: the environment, and over it the options of the command.

>>> load_settings(port=0, host=None).port
0
"""

import json
import os
from dataclasses import is_dataclass
from typing import Any

from cameo_service.cli.exits import ExitCode
from cameo_service.cli.failures import CliError
from cameo_service.settings import Settings
from cameo_service.settings_groups import PREFIX, leaves, variable


def load_settings(**options: Any) -> Settings:  # noqa: ANN401 (a setting is of any type)
    """The settings, with every option that is not None in place of the environment's."""
    from pydantic import ValidationError

    given = {name: value for name, value in options.items() if value is not None}
    try:
        return Settings(**given)
    except ValidationError as error:
        # The value itself is not repeated: it may hold a password.
        problems = "; ".join(
            f"{variable(*map(str, item['loc']))}: {item['msg']}" if item["loc"] else item["msg"]
            for item in error.errors()
        )
        raise CliError("invalid_settings", problems, exit_code=ExitCode.USAGE) from None


def environment_of(settings: Settings) -> dict[str, str]:
    """This process's environment with exactly these settings, for a child process."""
    from pydantic import SecretStr

    others = {
        name: value for name, value in os.environ.items() if not name.upper().startswith(PREFIX)
    }
    ours: dict[str, str] = {}
    for name in Settings.model_fields:
        value = getattr(settings, name)
        if is_dataclass(value):
            ours |= {variable(name, *path): json.dumps(leaf) for path, leaf in leaves(value)}
        elif isinstance(value, SecretStr):
            ours[variable(name)] = value.get_secret_value()
        elif value is not None:
            ours[variable(name)] = str(value)
    return {**others, **ours}
