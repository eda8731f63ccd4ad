"""What goes with a schema that is taken back: tried on the data itself, and not kept.

    for loss in losses(database, "0004"):
        print(loss.table, loss.rows)

The migrations run in a transaction that is rolled back. What is there before and not after them is
what will be lost, whatever a migration says of itself.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from sqlalchemy import Connection, func, inspect, select, table

from storage import schema
from storage.database import Database
from storage.statements import wrapping_errors


@dataclass(frozen=True, slots=True, kw_only=True)
class Loss:
    """Of one table: how many rows go, and which columns of those that stay.

    `is_whole` where the table itself goes, empty or not.
    """

    table: str
    rows: int
    columns: tuple[str, ...] = ()
    is_whole: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What a table holds."""

    rows: int
    columns: Sequence[str]


class _Rehearsed(Exception):
    """Ends the transaction, so that nothing of it is kept."""


def losses(database: Database, target: str) -> list[Loss]:
    """What `schema.downgrade(database, target)` would lose now, by table."""
    found: list[Loss] = []
    with suppress(_Rehearsed), database.write_connection() as connection:
        before = _held(connection)
        schema.take_back(connection, target)
        found = compared(before, _held(connection))
        raise _Rehearsed
    return found


def compared(before: Mapping[str, Held], after: Mapping[str, Held]) -> list[Loss]:
    """What is in `before` and not in `after`.

    >>> compared({"a": Held(rows=2, columns=("id",))}, {})
    [Loss(table='a', rows=2, columns=(), is_whole=True)]
    """
    found = []
    for name, held in sorted(before.items()):
        left = after.get(name)
        if left is None:
            found.append(Loss(table=name, rows=held.rows, is_whole=True))
            continue
        columns = tuple(each for each in held.columns if each not in left.columns)
        if columns or left.rows < held.rows:
            found.append(Loss(table=name, rows=held.rows - left.rows, columns=columns))
    return found


def _held(connection: Connection) -> dict[str, Held]:
    with wrapping_errors():
        # a new one: what it has seen it keeps
        inspector = inspect(connection)
        return {
            name: Held(
                rows=connection.execute(select(func.count()).select_from(table(name))).scalar_one(),
                columns=[column["name"] for column in inspector.get_columns(name)],
            )
            for name in inspector.get_table_names()
            if name != schema.VERSION_TABLE
        }
