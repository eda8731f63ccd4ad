"""JSON that somebody else wrote, read in the one way in which everybody reads it.

A member that stands twice, or a number that JSON does not have, is read by each program as it
likes: what was verified would not be what another one shows.

    >>> read_json(b'{"a": 1}')
    {'a': 1}
    >>> read_json(b'{"a": 1, "a": 2}')
    Traceback (most recent call last):
        ...
    cameo_service.offline.errors.NotProven: the member `a` stands twice
"""

import json
from typing import Any, NoReturn

from cameo_service.offline.errors import NotProven


def read_json(content: bytes) -> Any:  # noqa: ANN401 (any JSON)
    """The document. Raises `NotProven`: `not_json`."""
    try:
        return json.loads(content, object_pairs_hook=_members, parse_constant=_refuse)
    except NotProven:
        raise
    except (ValueError, RecursionError) as error:
        raise NotProven("not_json", "not JSON") from error


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise NotProven("not_json", f"the member `{name[:80]}` stands twice")
        found[name] = value
    return found


def _refuse(constant: str) -> NoReturn:
    raise NotProven("not_json", f"`{constant}` is no number of JSON")
