"""From rows to records and back: the fields have the same names.

>>> from storage.records import PolicyRecord
>>> from datetime import UTC, datetime
>>> policy = PolicyRecord(
...     cameo_id="cam_1", version=1, document={}, created_by="user:a",
...     created_at=datetime(2026, 1, 1, tzinfo=UTC),
... )
>>> sorted(row_of(policy))
['cameo_id', 'created_at', 'created_by', 'document', 'version']
"""

import sqlite3
from collections.abc import Iterator
from dataclasses import fields
from functools import cache
from types import UnionType
from typing import TYPE_CHECKING, Any, TypeVar, get_args, get_origin, get_type_hints

import psycopg
from sqlalchemy import CursorResult
from sqlalchemy.exc import DBAPIError

from storage.errors import NotFound, StorageError, StoreUnavailable, Tampered

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

R = TypeVar("R", bound="DataclassInstance")


def row_of(record: "DataclassInstance") -> dict[str, Any]:
    """The record's fields, as a row."""
    return {field.name: getattr(record, field.name) for field in fields(record)}


def records_in(result: CursorResult[Any], kind: type[R]) -> list[R]:
    """Every row of `result` as a record. Raises `Tampered` where a value is not of its column's.

    SQLite lets any value stand in any column, and a statement that means no harm may turn bytes
    into text. The value itself is not told: it may be a secret.
    """
    try:
        rows = result.mappings().all()
        records = [kind(**row) for row in rows]
    except (ValueError, TypeError, RecursionError):
        # nothing of the cause is shown either, which may have the value in it
        raise Tampered(f"a stored {kind.__name__} cannot be read") from None
    except DBAPIError as error:
        raise _unfetched(kind, error.orig) from None
    expected = _types_of(kind)
    for record in records:
        for name, types in expected:
            if not isinstance(getattr(record, name), types):
                raise Tampered(
                    f"a stored {kind.__name__} cannot be read: `{name}` is of another type"
                )
    return records


def _unfetched(kind: type["DataclassInstance"], cause: BaseException | None) -> StorageError:
    if _is_no_value(cause):
        return Tampered(f"a stored {kind.__name__} cannot be read")
    return StoreUnavailable(f"the database failed: `{type(cause).__name__}`")


def _is_no_value(cause: BaseException | None) -> bool:
    """Whether the driver itself could not take what the database sent: text that is not UTF-8, a
    moment such as `infinity`. Its message may show it."""
    if isinstance(cause, sqlite3.Error):
        # SQLite's own errors have a code
        return not hasattr(cause, "sqlite_errorcode")
    # and the server's have one of theirs
    return isinstance(cause, psycopg.DataError) and cause.sqlstate is None


def texts_in(result: CursorResult[Any], named: str) -> list[str]:
    """The only column of `result`, which is text. Bytes are left out: SQLite lets them stand there,
    behind every text, and nothing that the service looks for is among them.

    Raises `Tampered` for text that is none, naming the column.
    """
    return [each for each in values_in(result, named) if isinstance(each, str)]


def values_in(result: CursorResult[Any], named: str) -> list[Any]:
    """The same with the bytes: for whoever takes something from rows, whatever names them."""
    return [each for (each,) in tuples_in(result, named)]


def tuples_in(result: CursorResult[Any], named: str) -> list[tuple[Any, ...]]:
    """The same of several columns, a tuple for each row."""
    try:
        return [tuple(row) for row in result]
    except DBAPIError as error:
        if _is_no_value(error.orig):
            raise Tampered(f"a stored {named} cannot be read") from None
        raise StoreUnavailable(f"the database failed: `{type(error.orig).__name__}`") from None


def numbers_in(result: CursorResult[Any], named: str) -> list[int]:
    """The only column of `result`, which is whole numbers.

    Raises `Tampered` where one is none, naming the column: it is not left out, since what follows
    from numbers is wrong without it.
    """
    found = values_in(result, named)
    if not all(isinstance(each, int) for each in found):
        raise Tampered(f"a stored {named} cannot be read")
    return found


def number_in(result: CursorResult[Any], named: str) -> int | None:
    """The one whole number that `result` is, or None where it is the highest of none at all."""
    (found,) = values_in(result, named)
    if not isinstance(found, int | None):
        raise Tampered(f"a stored {named} cannot be read")
    return found


@cache
def _types_of(kind: type["DataclassInstance"]) -> tuple[tuple[str, tuple[type, ...]], ...]:
    """What each field of a record may be: of a container, its outermost type."""
    hints = get_type_hints(kind)
    return tuple((field.name, tuple(_plain(hints[field.name]))) for field in fields(kind))


def _plain(hint: Any) -> Iterator[type]:  # noqa: ANN401 (a hint is of many types)
    if isinstance(hint, UnionType):
        for each in get_args(hint):
            yield from _plain(each)
    else:
        yield get_origin(hint) or hint


def first_in(result: CursorResult[Any], kind: type[R]) -> R | None:
    """The first row of `result` as a record, or None."""
    found = records_in(result, kind)
    return found[0] if found else None


def only_in(result: CursorResult[Any], kind: type[R], id: str) -> R:
    """The first row of `result` as a record; raises `NotFound`, naming `id`."""
    found = first_in(result, kind)
    if found is None:
        raise NotFound(f"there is no record `{id}`")
    return found
