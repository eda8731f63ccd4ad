"""Settings that come in groups: dataclasses within dataclasses, each leaf a variable of its own.

>>> from verification.drawing import ChallengePlan
>>> dict(leaves(ChallengePlan(digits=7)))["digits",]
7
>>> variable("tolerances", "turns", "yaw")
'CAMEO_TOLERANCES__TURNS__YAW'
"""

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import Any, TypeVar, get_type_hints

from pydantic import BaseModel

PREFIX = "CAMEO_"
DELIMITER = "__"
Group = TypeVar("Group")


def variable(*path: str) -> str:
    """The environment variable of the setting at `path`."""
    return PREFIX + DELIMITER.join(path).upper()


def leaves(group: Any) -> Iterator[tuple[tuple[str, ...], Any]]:  # noqa: ANN401 (any dataclass)
    """The path and the value of every leaf of a group, in the order of its fields."""
    for field in fields(group):
        value = getattr(group, field.name)
        if is_dataclass(value):
            yield from (((field.name, *path), leaf) for path, leaf in leaves(value))
        else:
            yield (field.name,), value


def variables(settings: BaseModel) -> Iterator[str]:
    """The variable of every setting, and of every leaf of those that are groups."""
    for name in type(settings).model_fields:
        value = getattr(settings, name)
        if is_dataclass(value):
            yield from (variable(name, *path) for path, _ in leaves(value))
        else:
            yield variable(name)


def only_known(kind: type[Any]) -> Callable[[object], object]:
    """A validator of what is to become a `kind`: a misspelt bound must not be ignored."""

    def check(value: object) -> object:
        if isinstance(value, str):
            raise ValueError("is set by its parts, each a variable of its own")  # noqa: TRY004 (pydantic tells of a ValueError)
        _require_known(value, kind, "")
        return value

    return check


def require_sound(group: Group, standard: Group) -> Group:
    """`group`, if its numbers are numbers: NaN is neither above nor below any bound.

    None may be negative that is not so in `standard`, the group as it is shipped.
    """
    shipped = dict(leaves(standard))
    for path, value in leaves(group):
        least = -math.inf if shipped[path] < 0 else 0.0
        if not math.isfinite(value) or value < least:
            raise ValueError(f"`{'.'.join(path)}` must be a finite number of at least {least:g}")
    return group


def _require_known(value: object, kind: type[Any], above: str) -> None:
    if not isinstance(value, Mapping):
        return
    hints = get_type_hints(kind)
    for name, inner in value.items():
        if name not in hints:
            raise ValueError(f"there is no `{above}{name}`")
        if is_dataclass(hints[name]):
            _require_known(inner, hints[name], f"{above}{name}.")
