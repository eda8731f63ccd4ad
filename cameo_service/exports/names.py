"""Whom and what a person's archive names so far: what else may be opened names nobody besides.

>>> named = Names()
>>> named.note({"grantee": "user:bob", "cameo_id": "cam_1"})
>>> named.covers({"event": "grant.accepted", "to": "user:bob"})
True
>>> named.covers({"event": "permit.issued", "cameos": ["cam_1", "cam_2"]})
False
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

_NAME = re.compile(
    r"(?<![A-Za-z0-9])(?:(?:user|org|app):[A-Za-z0-9][A-Za-z0-9._~@+-]{0,127}|(?:cam|gra)_[0-9A-Za-z]+)"
)


class Names:
    """Principals, cameos and grants, found wherever they stand in JSON data."""

    def __init__(self, *known: str) -> None:
        self._known = set(known)

    def note(self, document: object) -> None:
        """Remember everybody whom `document` names."""
        self._known.update(_names_in(document))

    def noted(self, items: Iterable[Any]) -> Iterator[Any]:
        """The items, each of them noted as it goes by."""
        for item in items:
            self.note(item)
            yield item

    def covers(self, document: object) -> bool:
        """Whether `document` names nobody new."""
        return self._known.issuperset(_names_in(document))


def _names_in(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield from _NAME.findall(value)
    elif isinstance(value, Mapping):
        for member in value.values():
            yield from _names_in(member)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from _names_in(each)
