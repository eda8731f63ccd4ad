"""JSON that somebody else wrote, read in the one way in which everybody reads it.

A member that stands twice, a number that JSON does not have or that is too large to be held, text
in another encoding than UTF-8 or with half a character in it is read by each program as it likes:
what was verified would not be what another one shows (RFC 8259, RFC 7493).

    >>> read_json(b'{"a": 1}')
    {'a': 1}
    >>> read_json(b'{"a": 1, "a": 2}')
    Traceback (most recent call last):
        ...
    cameo_service.offline.errors.NotProven: the member `a` stands twice
"""

import json
import math
from typing import Any, NoReturn

from cameo_service.offline.errors import NotProven


def read_json(content: bytes) -> Any:  # noqa: ANN401 (any JSON)
    """The document. Raises `NotProven`: `not_json`."""
    try:
        text = content.decode("utf-8")
        document = json.loads(
            text, object_pairs_hook=_members, parse_float=_finite, parse_constant=_refuse
        )
        if "\\u" in text:
            # only an escape can put half a character into text that is UTF-8
            json.dumps(document, ensure_ascii=False).encode("utf-8")
    except NotProven:
        raise
    except (ValueError, RecursionError) as error:
        raise NotProven("not_json", "not JSON") from error
    return document


def _finite(number: str) -> float:
    value = float(number)
    if not math.isfinite(value):
        raise NotProven("not_json", f"`{number[:80]}` is too large")
    return value


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise NotProven("not_json", f"the member `{name[:80]}` stands twice")
        found[name] = value
    return found


def _refuse(constant: str) -> NoReturn:
    raise NotProven("not_json", f"`{constant}` is no number of JSON")
