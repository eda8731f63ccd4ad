"""Rows that somebody altered, kept apart from those that can be read.

found = readable_in(statements, select(UseRow), col(UseRow.id), UseRecord)
found.records
found.altered     # the ids of the others
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy import Select

from storage.errors import Tampered
from storage.records.readable import Readable
from storage.rows import records_in, values_in
from storage.statements import Statements, pages_of

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

R = TypeVar("R", bound="DataclassInstance")


def readable_in(
    statements: Statements,
    query: Select[*tuple[Any, ...]],
    id: Any,  # noqa: ANN401 (a column)
    kind: type[R],
) -> Readable[R]:
    """What `query` selects, a record of `kind` for each row, and the ids of those that are none.

    `id` is the column that names a row, and orders the query. Where every row can be read it is
    one statement; each that cannot costs a few more. Raises `Tampered` for an id that is no text.
    """

    def read(ids: list[str]) -> list[R]:
        return records_in(statements.run(query.where(id.in_(ids))), kind)

    try:
        return Readable(records_in(statements.run(query), kind), [])
    except Tampered:
        named = statements.run(query.with_only_columns(id, maintain_column_froms=True))
        ids = values_in(named, f"id of a {kind.__name__}")
        if not all(isinstance(each, str) for each in ids):
            # what nobody can name is neither ended nor passed over unnoticed
            raise Tampered(f"the id of a stored {kind.__name__} cannot be read") from None
    found: Readable[R] = Readable([], [])
    for page in pages_of(ids):
        _sort_out(page, read, found)
    return found


def _sort_out(ids: list[str], read: Callable[[list[str]], list[R]], found: Readable[R]) -> None:
    """Add what these rows are to `found`: all of them at once, or either half by itself.

    >>> def read(ids):
    ...     if "bad" in ids:
    ...         raise Tampered
    ...     return ids
    >>> found = Readable([], [])
    >>> _sort_out(["a", "bad", "c"], read, found)
    >>> found
    Readable(records=['a', 'c'], altered=['bad'])
    """
    try:
        found.records.extend(read(ids))
    except Tampered:
        if len(ids) == 1:
            found.altered.extend(ids)
            return
        middle = len(ids) // 2
        _sort_out(ids[:middle], read, found)
        _sort_out(ids[middle:], read, found)
