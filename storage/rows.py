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

from dataclasses import fields
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy import CursorResult

from storage.errors import NotFound, Tampered

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

R = TypeVar("R", bound="DataclassInstance")


def row_of(record: "DataclassInstance") -> dict[str, Any]:
    """The record's fields, as a row."""
    return {field.name: getattr(record, field.name) for field in fields(record)}


def records_in(result: CursorResult[Any], kind: type[R]) -> list[R]:
    """Every row of `result` as a record. Raises `Tampered` where a value is not of its column's."""
    try:
        return [kind(**row) for row in result.mappings()]
    except (ValueError, TypeError) as error:
        # SQLite lets any value stand in any column
        raise Tampered(f"a stored {kind.__name__} cannot be read") from error


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
