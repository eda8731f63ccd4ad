"""SQLite connections that lose nothing: WAL, every commit synced, foreign keys kept.

The file is made by `create_file` alone, private to its user; SQLite gives its companions (`-wal`,
`-shm`) the same mode. A missing file is an error, never a new empty database.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "data" / "cameo.sqlite"
    ...     create_file(path)
    ...     oct(path.stat().st_mode)[-3:]
    '600'
"""

import os
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.pool import QueuePool

from storage.errors import StoreUnavailable

LOG_PATIENCE = 0.5
"""Seconds to wait for those who read the log before it is left for another time."""

WAL_PAUSE = 0.01
"""Seconds before a file whose journal another process is changing is asked again."""


def create_file(path: Path) -> None:
    """Create the empty file and its directory where they are missing."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600))
    except OSError as error:
        raise StoreUnavailable(f"`{path}` cannot be created: {error.strerror}") from error


def empty_log(path: Path) -> bool:
    """Write the log back into the file and cut it to nothing; False while it is being read.

    Readers and writers are waited for `LOG_PATIENCE` seconds each, during which nobody can write.
    https://www.sqlite.org/pragma.html#pragma_wal_checkpoint
    """
    try:
        with closing(sqlite3.connect(_uri(path), uri=True, timeout=LOG_PATIENCE)) as connection:
            busy, _, _ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    except sqlite3.Error as error:
        reason = getattr(error, "sqlite_errorname", None) or type(error).__name__
        raise StoreUnavailable(f"the database's log cannot be emptied: `{reason}`") from error
    return bool(busy == 0)


def _uri(path: Path) -> str:
    return f"file:{quote(str(path))}?mode=rw"


WRITER_PRAGMAS = (
    "synchronous=FULL",
    "foreign_keys=ON",
    # what was deleted is overwritten with zeros
    "secure_delete=ON",
)
READER_PRAGMAS = (*WRITER_PRAGMAS, "query_only=ON")

FileIdentity = tuple[int, int]
"""Device and inode: which file it is, whatever its name."""


def identity_of(path: str) -> FileIdentity:
    """Which file stands at `path`. Raises `StoreUnavailable` where there is none."""
    try:
        found = os.stat(path)  # noqa: PTH116 (`Path.stat` takes longer than the rest of a probe)
    except OSError as error:
        raise StoreUnavailable(
            f"there is no database at `{path}`: run `cameo db upgrade`"
        ) from error
    return found.st_dev, found.st_ino


class FileConnection(sqlite3.Connection):
    """A connection that knows which file it is to. `identity` is set once it is open."""

    identity: FileIdentity


def connect_to(path: str, *, patience: float, read_only: bool) -> FileConnection:
    """A connection to the file that stands at `path`, waiting `patience` seconds for a lock."""
    identity = identity_of(path)
    # isolation_level None: we say ourselves when a transaction begins
    connection = sqlite3.connect(
        _uri(Path(path)),
        uri=True,
        timeout=patience,
        isolation_level=None,
        check_same_thread=False,
        factory=FileConnection,
    )
    try:
        _enter_wal(connection, until=time.monotonic() + patience)
        for pragma in READER_PRAGMAS if read_only else WRITER_PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")
        _require_file(path, identity)
    except (sqlite3.Error, StoreUnavailable):
        connection.close()
        raise
    connection.identity = identity
    return connection


def _enter_wal(connection: sqlite3.Connection, *, until: float) -> None:
    """Use the write-ahead log, asking again while another process is putting it in place.

    SQLite does not wait for a lock here: two that change the journal of a new file would wait for
    each other. https://www.sqlite.org/rescode.html#busy
    """
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() >= until:
                raise
            time.sleep(WAL_PAUSE)
        else:
            return


def _require_file(path: str, identity: FileIdentity) -> None:
    if identity_of(path) != identity:
        raise StoreUnavailable(f"the database at `{path}` was replaced as it was opened")


def sqlite_engine(
    path: Path,
    *,
    begin: str,
    read_only: bool,
    patience: float,
    json_serializer: Callable[[object], str],
    pool_size: int,
    max_overflow: int,
) -> Engine:
    """An engine whose transactions start with `begin`, waiting `patience` seconds for a lock.

    A connection to a file that no longer stands at `path` is not used again: what it says was
    never, or is no longer, the database.
    """
    place = os.fspath(path)

    def connect() -> FileConnection:
        return connect_to(place, patience=patience, read_only=read_only)

    engine = create_engine(
        "sqlite://",
        creator=connect,
        json_serializer=json_serializer,
        hide_parameters=True,
        # named, because a url without a file would get the pool of an in-memory database
        poolclass=QueuePool,
        pool_size=pool_size,
        max_overflow=max_overflow,
        pool_timeout=patience,
    )

    @event.listens_for(engine, "checkout")
    def look_at_file(connection: FileConnection, *_: object) -> None:
        if identity_of(place) != connection.identity:
            # the pool opens another one in its place
            raise DisconnectionError("another file stands where the database was")

    @event.listens_for(engine, "begin")
    def start(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine
