"""The revision of a SQLite database, confirmed in microseconds.

`PRAGMA data_version` tells whether any other connection, of this process or another one, has
committed since; only then is the revision's row read again. Both are memory and a system call or
two, so they run on the event loop itself.

probe = SqliteProbe(Path("/data/cameo.sqlite"))
await probe.confirm()

https://www.sqlite.org/pragma.html#pragma_data_version
"""

import os
import sqlite3
from dataclasses import dataclass
from pathlib import Path

from storage.errors import StorageError, StoreUnavailable
from storage.local.sqlite import FileConnection, connect_to, identity_of

PATIENCE = 0.25
"""Seconds that a lock is waited for. Readers meet one only while a log is being recovered."""

NEWEST = "SELECT max(number) FROM revisions"


@dataclass(slots=True, kw_only=True)
class _Seen:
    """An open connection, and what was last read through it."""

    connection: FileConnection
    data_version: int | None = None
    revision: int = 0


class SqliteProbe:
    """`RevisionProbe` on a connection of its own, which is opened again after a failure."""

    def __init__(self, path: Path) -> None:
        self._path = os.fspath(path)
        self._seen: _Seen | None = None
        self._closed = False

    async def confirm(self) -> int:
        """The revision of the last commit acknowledged before this call, or a later one."""
        if self._closed:
            raise StoreUnavailable("the probe is closed")
        try:
            return self._confirm()
        except (sqlite3.Error, OSError) as error:
            self._drop()
            reason = getattr(error, "sqlite_errorname", None) or type(error).__name__
            raise StoreUnavailable(f"the database failed: `{reason}`") from error
        except StorageError:
            self._drop()
            raise

    async def close(self) -> None:
        """Release the connection."""
        self._closed = True
        self._drop()

    def _confirm(self) -> int:
        seen = self._seen or self._open()
        if identity_of(self._path) != seen.connection.identity:
            raise StoreUnavailable(f"the database at `{self._path}` was replaced by another file")
        (data_version,) = seen.connection.execute("PRAGMA data_version").fetchone()
        if data_version != seen.data_version:
            # in this order: a commit in between is only read twice
            (newest,) = seen.connection.execute(NEWEST).fetchone()
            seen.revision = _number(newest)
            seen.data_version = data_version
        return seen.revision

    def _open(self) -> _Seen:
        connection = connect_to(self._path, patience=PATIENCE, read_only=True)
        self._seen = _Seen(connection=connection)
        return self._seen

    def _drop(self) -> None:
        if self._seen is not None:
            self._seen.connection.close()
            self._seen = None


def _number(newest: object) -> int:
    if newest is None:
        return 0
    if not isinstance(newest, int):
        # SQLite lets any value stand in any column
        raise StoreUnavailable("the revision cannot be read")
    return newest
