"""The settings of a run: the environment, and over it the options of the command.

>>> load_settings(port=0, host=None).port
0
"""

import json
import os
from collections.abc import Mapping
from dataclasses import is_dataclass
from typing import Any

from cameo_service.cli.exits import ExitCode
from cameo_service.cli.failures import CliError
from cameo_service.settings import Settings
from cameo_service.settings_groups import DELIMITER, PREFIX, leaves, variable, variables


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


def unknown_variables(settings: Settings, environment: Mapping[str, str]) -> tuple[str, ...]:
    """The variables that look like settings and are none: a misspelt one has no effect.

    >>> unknown_variables(Settings(), {"CAMEO_PORT": "1", "CAMEO_PROT": "1", "HOME": "/"})
    ('CAMEO_PROT',)
    """
    known = {*variables(settings), *(variable(name) for name in type(settings).model_fields)}
    groups = tuple(variable(name) + DELIMITER for name in type(settings).model_fields)
    return tuple(
        name
        for name in sorted(environment)
        if name.upper().startswith(PREFIX)
        and name.upper() not in known
        and not name.upper().startswith(groups)
    )


def warn_of_unknown_variables(settings: Settings) -> None:
    """Say in the log which variables of this process's environment are no settings."""
    import structlog

    unknown = unknown_variables(settings, os.environ)
    if unknown:
        # their values are not repeated: one may be a secret whose name was misspelt
        structlog.get_logger("cameo.settings").warning("no such setting", variables=unknown)


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
