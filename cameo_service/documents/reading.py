"""How stored documents are read: against a form, exactly, with one error for what does not fit.

>>> class Pair(Form, frozen=True):
...     first: int
...     second: int
>>> read({"first": 1, "second": 2}, Pair).second
2
>>> try:
...     read({"first": 1}, Pair)
... except DamagedDocument as error:
...     str(error)
'the document cannot be read: object missing required field `second`'
"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated, Any, TypeVar

import msgspec

Document = dict[str, Any]
Moment = Annotated[datetime, msgspec.Meta(tz=True)]
Natural = Annotated[int, msgspec.Meta(ge=0)]
T = TypeVar("T")
F = TypeVar("F", bound="Form")


class DamagedDocument(ValueError):
    """A stored document cannot be read. Nothing may be permitted on its strength."""

    code = "document_damaged"


class Form(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a document holds: these keys, no more and no fewer, unless they have a default."""


def read(document: Document, form: type[F]) -> F:
    """Return `document` in its form. Raises `DamagedDocument`."""
    try:
        return msgspec.convert(document, form)
    except msgspec.ValidationError as error:
        said = str(error)
        raise DamagedDocument(
            f"the document cannot be read: {said[0].lower()}{said[1:]}"
        ) from error


def is_first(document: Document) -> bool:
    """Whether the first release wrote this: its documents have no version."""
    if not isinstance(document, dict):
        raise DamagedDocument("the document is not an object")
    return "version" not in document


def made(make: Callable[[], T]) -> T:
    """Return what `make` makes of parts that may contradict each other or be no words of ours."""
    try:
        return make()
    except ValueError as error:
        raise DamagedDocument(str(error)) from error


def moment_text(moment: datetime | None) -> str | None:
    """The moment in ISO 8601, in UTC."""
    return moment.astimezone(UTC).isoformat() if moment is not None else None
