"""A database by its URL: its connections, and how its transactions begin and end.

Writers come one at a time on both databases. SQLite has it so (`BEGIN IMMEDIATE`); on PostgreSQL
every write transaction first takes one advisory lock. Their order is then the order of their
commits, which is what a revision number promises, and nobody has to retry. Readers wait for
nobody: a SQLite snapshot, or `REPEATABLE READ READ ONLY`.

    >>> Database("mysql://somewhere/x")
    Traceback (most recent call last):
    storage.errors.UnsupportedDatabase: `mysql` is neither `sqlite` nor `postgresql`
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock

from sqlalchemy import Connection, Engine, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from storage.contracts import RevisionProbe
from storage.errors import StoreUnavailable, UnsupportedDatabase
from storage.local.probe import SqliteProbe
from storage.local.sqlite import create_file, empty_log, sqlite_engine
from storage.statements import Statements, wrapping_errors

PATIENCE = 10.0
"""Seconds that a transaction waits for a lock or a connection."""

WRITER_LOCK = 0x63616D656F
"""PostgreSQL's advisory lock that a writer holds: the word `cameo` as a number."""

PASSWORDS = ("password", "sslpassword")
"""Parameters of PostgreSQL's URLs that are never shown."""

CONNECTIONS = 16
SPARE_CONNECTIONS = 48


class Database:
    """The connections to one database, shared by all threads. Nothing is opened until needed."""

    def __init__(self, url: str, *, patience: float = PATIENCE) -> None:
        parsed = _parse(url)
        shown = parsed.difference_update_query(PASSWORDS)
        self.label = shown.render_as_string(hide_password=True)
        self._patience = patience
        # a queue of our own is fair and wakes at once, which SQLite's busy wait does not
        self._writing = Lock()
        self._url = parsed
        self._file = Path(parsed.database or "") if parsed.drivername == "sqlite" else None
        if self._file is not None:
            self._writers = _sqlite(self._file, patience, begin="BEGIN IMMEDIATE", read_only=False)
            self._readers = _sqlite(self._file, patience, begin="BEGIN", read_only=True)
        else:
            self._writers = self._readers = _postgres(parsed, patience)
        self._address = None if self._file is not None else _address(parsed)

    @property
    def is_to_be_made(self) -> bool:
        """Whether it is SQLite's, and its file is not there yet."""
        return self._file is not None and not self._file.exists()

    def create(self) -> None:
        """Create the file of a SQLite database. A PostgreSQL database is its operator's to make."""
        if self._file is not None:
            create_file(self._file)

    @contextmanager
    def read(self) -> Iterator[Statements]:
        """A snapshot that cannot write."""
        with _connected(self._readers, self._address) as connection:
            with wrapping_errors():
                if self._file is None:
                    connection.execution_options(
                        isolation_level="REPEATABLE READ", postgresql_readonly=True
                    )
                connection.begin()
            yield Statements(connection, read_only=True)
            # closing the connection ends the snapshot

    @contextmanager
    def write(self) -> Iterator[Statements]:
        """The one writer: commits when the block ends, rolls back when it raises."""
        with self.write_connection() as connection:
            statements = Statements(connection, read_only=False)
            yield statements
            statements.require_sound()

    @contextmanager
    def write_connection(self) -> Iterator[Connection]:
        """The one writer's connection, for the schema's own statements."""
        with self._turn(), _connected(self._writers, self._address) as connection:
            with wrapping_errors():
                transaction = connection.begin()
                if self._file is None:
                    self._wait_for_turn(connection)
            yield connection
            with wrapping_errors():
                transaction.commit()

    def probe(self) -> RevisionProbe:
        """A probe on a connection of its own, opened when it is first used."""
        if self._file is not None:
            return SqliteProbe(self._file)
        from storage.postgres.probe import PostgresProbe, connecting

        _, parameters = self._writers.dialect.create_connect_args(self._url)
        return PostgresProbe(connecting(parameters), at=self._address)

    def scrub(self) -> bool:
        """Cut SQLite's log to nothing; whether it is. On PostgreSQL there is nothing to do."""
        return self._file is None or empty_log(self._file)

    def close(self) -> None:
        """Close every connection that is not in use."""
        self._writers.dispose()
        self._readers.dispose()

    @contextmanager
    def _turn(self) -> Iterator[None]:
        if not self._writing.acquire(timeout=self._patience):
            raise StoreUnavailable(f"another writer held the database for {self._patience:g} s")
        try:
            yield
        finally:
            self._writing.release()

    def _wait_for_turn(self, connection: Connection) -> None:
        connection.execute(text(f"SET LOCAL lock_timeout = {int(self._patience * 1000)}"))
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": WRITER_LOCK})


@contextmanager
def _connected(engine: Engine, address: str | None) -> Iterator[Connection]:
    with wrapping_errors(at=address):
        connection = engine.connect()
    try:
        yield connection
    finally:
        # rolls back what was not committed
        with wrapping_errors():
            connection.close()


def _parse(url: str) -> URL:
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        # the text may hold a password: it is not repeated
        raise UnsupportedDatabase("the database url cannot be read") from None
    if "@" in (parsed.host or ""):
        # what stands before it is the rest of a password, and addresses are shown
        raise UnsupportedDatabase("an `@` in the database url's password must be written `%40`")
    backend = parsed.get_backend_name()
    if backend == "postgresql":
        return parsed.set(drivername="postgresql+psycopg")
    if backend != "sqlite":
        raise UnsupportedDatabase(f"`{backend}` is neither `sqlite` nor `postgresql`")
    if parsed.query or parsed.database in (None, "", ":memory:"):
        raise UnsupportedDatabase("a sqlite url must name a file: `sqlite:////data/cameo.sqlite`")
    return parsed.set(drivername="sqlite")


def _sqlite(path: Path, patience: float, *, begin: str, read_only: bool) -> Engine:
    return sqlite_engine(
        path,
        begin=begin,
        read_only=read_only,
        patience=patience,
        json_serializer=strict_json,
        pool_size=CONNECTIONS,
        max_overflow=SPARE_CONNECTIONS,
    )


def _postgres(url: URL, patience: float) -> Engine:
    from storage.postgres.connections import postgres_engine

    return postgres_engine(
        url,
        patience=patience,
        json_serializer=strict_json,
        pool_size=CONNECTIONS,
        max_overflow=SPARE_CONNECTIONS,
    )


def _address(url: URL) -> str | None:
    from storage.postgres.connections import address_of

    return address_of(url)


def strict_json(value: object) -> str:
    """JSON as RFC 8259 has it: no NaN, no infinities."""
    return json.dumps(value, allow_nan=False, separators=(",", ":"))
