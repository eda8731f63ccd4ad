"""Statements of one transaction, with the database's errors in this package's words.

After the first failure the transaction is over: PostgreSQL would answer `COMMIT` with a silent
rollback, and SQLite, which rolls back by itself when the disk is full, would carry out later
statements on their own.

    >>> from sqlalchemy import create_engine, text
    >>> with create_engine("sqlite://").connect() as connection:
    ...     Statements(connection, read_only=False).run(text("select 7")).scalar()
    7
"""

import sqlite3
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    CursorResult,
    Executable,
    case,
    inspect,
    select,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, SQLAlchemyError, StatementError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from storage.errors import ReadOnlyTransaction, StorageError, StoreUnavailable
from storage.tables import Row

IN_ONE_STATEMENT = 500
"""How many values an `IN` names: PostgreSQL takes 65,535 parameters, SQLite 32,766."""
READ_ONLY_TRANSACTION = "25006"  # SQLSTATE, PostgreSQL's appendix A


class Statements:
    """Runs statements on one connection until one of them fails.

    `erased`: whether something was deleted of which nothing may be left.
    """

    def __init__(self, connection: Connection, *, read_only: bool) -> None:
        self._connection = connection
        self._read_only = read_only
        self.failed = False
        self.erased = False

    def run(
        self, statement: Executable, parameters: Sequence[dict[str, Any]] | None = None
    ) -> CursorResult[Any]:
        """Execute `statement`, once for each of `parameters` where they are given."""
        self.require_sound()
        try:
            with wrapping_errors(read_only=self._read_only):
                return self._connection.execute(statement, parameters)
        except StorageError:
            self.failed = True
            raise

    def erase(
        self, statement: Executable, parameters: Sequence[dict[str, Any]] | None = None
    ) -> int:
        """Run a deletion of which nothing may be left anywhere; return how many rows it met."""
        gone = self.run(statement, parameters).rowcount
        self.erased = gone > 0 or self.erased
        return gone

    def copy_unless_taken(
        self, source: type[Row], target: type[Row], these: ColumnElement[bool]
    ) -> None:
        """Copy rows of one table into another that has the same columns, where their unique values
        are free. No value is read on the way."""
        columns = inspect(target).local_table.columns.keys()
        chosen = inspect(source).local_table.columns
        rows = select(*[chosen[name] for name in columns]).where(these)
        if self._connection.dialect.name == "postgresql":
            copied: Any = postgresql.insert(target).on_conflict_do_nothing()
        else:
            copied = sqlite.insert(target).on_conflict_do_nothing()
        self.run(copied.from_select(columns, rows))

    def insert_unless_taken(self, table: type[Row], values: Sequence[dict[str, Any]]) -> int:
        """Insert the rows whose unique values are free; return how many there were."""
        if self._connection.dialect.name == "postgresql":
            free: Any = postgresql.insert(table).on_conflict_do_nothing()
        else:
            free = sqlite.insert(table).on_conflict_do_nothing()
        if len(values) > 1:
            # many in one statement, which does not count but can name what it stored
            key = inspect(table).primary_key[0]
            return len(self.run(free.returning(key), values).fetchall())
        # asked for: the count of an insert is -1 otherwise
        counted = free.execution_options(preserve_rowcount=True)
        return sum(self.run(counted, [row]).rowcount for row in values)

    def insert_or_add(
        self,
        table: type[Row],
        values: Sequence[dict[str, Any]],
        *,
        added: tuple[str, ...],
        raised: tuple[str, ...] = (),
    ) -> None:
        """Insert the rows. Where the key is there, add to the fields `added`, and take the greater
        of the fields `raised`."""
        columns = inspect(table).local_table.columns
        if self._connection.dialect.name == "postgresql":
            insert: Any = postgresql.insert(table)
        else:
            insert = sqlite.insert(table)
        new = insert.excluded
        changes = {name: columns[name] + new[name] for name in added} | {
            name: case((new[name] > columns[name], new[name]), else_=columns[name])
            for name in raised
        }
        keys = list(inspect(table).primary_key)
        for row in values:
            self.run(insert.on_conflict_do_update(index_elements=keys, set_=changes), [row])

    def has_table(self, name: str) -> bool:
        """Whether the database has this table."""
        self.require_sound()
        with wrapping_errors():
            return inspect(self._connection).has_table(name)

    def require_sound(self) -> None:
        """Raise `StorageError` when an earlier statement failed."""
        if self.failed:
            raise StorageError("an earlier statement of this transaction failed: it cannot go on")


def pages_of(values: Collection[str]) -> Iterator[list[str]]:
    """The values once each, in order, as many at a time as one statement may name.

    >>> [len(page) for page in pages_of([str(number) for number in range(501)])]
    [500, 1]
    """
    # in SQLite bytes may stand where an id should
    every = sorted(set(values), key=str)
    for start in range(0, len(every), IN_ONE_STATEMENT):
        yield every[start : start + IN_ONE_STATEMENT]


@contextmanager
def wrapping_errors(*, read_only: bool = False, at: str | None = None) -> Iterator[None]:
    """Raise what the database raises as `StorageError`, without a statement or a value in it.

    `at` is the server's address, for whoever has to look why it does not answer.
    """
    try:
        yield
    except DBAPIError as error:
        raise _condition(error, read_only=read_only, at=at) from error
    except PoolTimeout as error:
        raise StoreUnavailable("every connection to the database is in use") from error
    except StatementError as error:
        # raised before anything was sent: a value that its column cannot hold
        raise StorageError(f"a value cannot be stored: {type(error.orig).__name__}") from error
    except SQLAlchemyError as error:
        raise StoreUnavailable(f"the database failed: {type(error).__name__}") from error
    except (ValueError, TypeError, OverflowError) as error:
        # from the driver, as it turns values into its own
        raise StorageError(f"a value cannot be stored: {type(error).__name__}") from error


def _condition(error: DBAPIError, *, read_only: bool, at: str | None) -> StorageError:
    cause = error.orig
    name = _name_of(cause)
    if read_only and _is_write_refusal(cause):
        return ReadOnlyTransaction("a read transaction cannot write")
    if isinstance(error, DataError | IntegrityError):
        return StorageError(f"a value cannot be stored: `{name}`")
    database = f"the database at `{at}`" if at else "the database"
    return StoreUnavailable(f"{database} failed: `{name}`")


def _name_of(cause: BaseException | None) -> str:
    """What the database calls it: PostgreSQL's codes say little without their names."""
    kind = type(cause).__name__
    code = getattr(cause, "sqlstate", None)
    return getattr(cause, "sqlite_errorname", None) or (f"{code} {kind}" if code else kind)


def _is_write_refusal(cause: BaseException | None) -> bool:
    if isinstance(cause, sqlite3.Error):
        # the driver itself raises some, and those have no code
        return getattr(cause, "sqlite_errorcode", None) == sqlite3.SQLITE_READONLY
    return getattr(cause, "sqlstate", None) == READ_ONLY_TRANSACTION
