"""Reading JSON documents field by field: the type that is expected, or `MalformedDocument`.

>>> number({"version": 3}, "version")
3
>>> number({"version": True}, "version")
Traceback (most recent call last):
    ...
cameo_service.client.documents.MalformedDocument: `version` is not a whole number
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, TypeVar

Document = Mapping[str, Any]
Value = TypeVar("Value")


class MalformedDocument(ValueError):
    """A field is missing or of another type than expected."""


def text(document: Document, name: str) -> str:
    """The string under `name`."""
    value = document.get(name)
    if not isinstance(value, str):
        raise MalformedDocument(f"`{name}` is not a text")
    return value


def number(document: Document, name: str) -> int:
    """The whole number under `name`."""
    value = document.get(name)
    if not isinstance(value, int) or isinstance(value, bool):
        raise MalformedDocument(f"`{name}` is not a whole number")
    return value


def flag(document: Document, name: str) -> bool:
    """The truth value under `name`."""
    value = document.get(name)
    if not isinstance(value, bool):
        raise MalformedDocument(f"`{name}` is neither true nor false")
    return value


def moment(document: Document, name: str) -> datetime:
    """The aware datetime (RFC 3339) under `name`."""
    value = datetime.fromisoformat(text(document, name))
    if value.tzinfo is None:
        raise MalformedDocument(f"`{name}` has no time zone")
    return value


def part(document: Document, name: str) -> Document:
    """The document under `name`."""
    return whole(document.get(name), name)


def items(document: Document, name: str) -> list[Document]:
    """The documents listed under `name`."""
    return [whole(item, name) for item in _listed(document, name)]


def texts(document: Document, name: str) -> tuple[str, ...]:
    """The strings listed under `name`."""
    found = _listed(document, name)
    if not all(isinstance(item, str) for item in found):
        raise MalformedDocument(f"`{name}` does not list texts")
    return tuple(found)


def maybe(document: Document, name: str, read: Callable[[Document, str], Value]) -> Value | None:
    """What `read` finds under `name`, or None where there is nothing."""
    return read(document, name) if document.get(name) is not None else None


def whole(value: object, name: str) -> Document:
    """`value` as a document; `name` is for the message."""
    if not isinstance(value, dict):
        raise MalformedDocument(f"`{name}` is not a document")
    return value


def _listed(document: Document, name: str) -> list[Any]:
    value = document.get(name)
    if not isinstance(value, list):
        raise MalformedDocument(f"`{name}` is not a list")
    return value
