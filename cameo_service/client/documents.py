"""Reading JSON documents: the types that are expected, or `MalformedDocument`.

Members that this version does not know are passed over, so that the service may grow.

>>> from dataclasses import dataclass
>>> @dataclass
... class Version:
...     version: int
>>> read(Version, {"version": 3, "news": True})
Version(version=3)
>>> read(Version, {"version": True})
Traceback (most recent call last):
    ...
cameo_service.client.documents.MalformedDocument: Expected `int`, got `bool` - at `$.version`
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, TypeVar

import msgspec

Document = Mapping[str, Any]
Moment = Annotated[datetime, msgspec.Meta(tz=True)]
"""An aware datetime, RFC 3339 on the wire."""
Value = TypeVar("Value")


class MalformedDocument(ValueError):
    """A member is missing or of another type than expected."""


def read(kind: type[Value], document: object) -> Value:
    """`document` as a `kind`, which is a dataclass. Nothing is converted but times and lists."""
    try:
        return msgspec.convert(document, kind)
    except (msgspec.ValidationError, RecursionError) as error:
        raise MalformedDocument(str(error)) from None


def whole(value: object, name: str) -> Document:
    """`value` as a document; `name` is for the message."""
    if not isinstance(value, dict):
        raise MalformedDocument(f"`{name}` is not a document")
    return value
