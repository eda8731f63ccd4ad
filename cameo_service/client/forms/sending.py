"""How forms are sent: as JSON data, without what was not said.

>>> from cameo_service.client.forms.questions import Likeness
>>> sent(Likeness(cameo_id="cam_1", facets=("voice", "face")))
{'cameo_id': 'cam_1', 'facets': ['voice', 'face']}
"""

from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from typing import Any


def sent(value: Any, form: type | None = None) -> Any:  # noqa: ANN401 (JSON is what it is)
    """`value` as JSON data; of a dataclass only the fields of `form`, and none that is None.

    Raises `ValueError` for a moment without a time zone.
    """
    if is_dataclass(value):
        members = {each.name: getattr(value, each.name) for each in fields(form or type(value))}
        return {name: sent(each) for name, each in members.items() if each is not None}
    if isinstance(value, date):
        return _text(value)
    if isinstance(value, Mapping):
        return {name: sent(each) for name, each in value.items()}
    if isinstance(value, set | frozenset):
        return [sent(each) for each in sorted(value)]
    if isinstance(value, Iterable) and not isinstance(value, str):
        return [sent(each) for each in value]
    return value


def _text(value: date) -> str:
    """A date; or a moment, which is a date too, and needs its time zone."""
    if isinstance(value, datetime) and value.tzinfo is None:
        raise ValueError(f"`{value}` has no time zone")
    return value.isoformat()
