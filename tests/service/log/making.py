"""Logs for tests: entries, and what was published of them."""

import io
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, create_engine, text
from sqlalchemy.engine import make_url

from cameo_service.context import Context
from cameo_service.events import Event, record
from cameo_service.log.published import PREFIX, fetch
from cameo_service.log.sequencing import Sequencer
from storage.contracts import Transaction


def add(tx: Transaction, context: Context, cameo: str = "cam_1") -> int:
    document = {"cameo": cameo}
    return record(tx, Event.CAMEO_SUSPENDED, document, subjects=(cameo,), now=context.clock())


def grow(context: Context, count: int, *, cameo: str = "cam_1") -> None:
    """Commit entries, all in one transaction."""
    with context.store.write() as tx:
        for _ in range(count):
            add(tx, context, cameo)


def publish(context: Context) -> Sequencer:
    sequencer = Sequencer(context)
    sequencer.catch_up()
    return sequencer


def content_of(context: Context, path: str) -> bytes:
    """What is published at a path below `/log/`."""
    return fetch(context.blobs, PREFIX + path)


def overwrite(context: Context, path: str, content: bytes) -> None:
    """Put something else there, as somebody does who can write to the blobs."""
    context.blobs.put(PREFIX + path, io.BytesIO(content), limit=len(content))


def flip(context: Context, path: str, at: int = 0) -> None:
    """Change one bit there, and the store's own checksum with it."""
    content = bytearray(content_of(context, path))
    content[at] ^= 1
    overwrite(context, path, bytes(content))


def lose(context: Context, path: str) -> None:
    """Delete what is published there."""
    context.blobs.delete(PREFIX + path)


def damage(context: Context, path: str, at: int = 0) -> None:
    """Change one bit of the file that it lies in, as a disk does."""
    file = context.settings.data_dir / "blobs" / f"{PREFIX}{path}".replace("/", "+")
    content = bytearray(file.read_bytes())
    content[at] ^= 1
    file.write_bytes(bytes(content))


@contextmanager
def database(context: Context) -> Iterator[Connection]:
    """The database, for who means it ill: no reference between tables is in the way."""
    url = make_url(context.settings.resolved_database_url)
    postgres = url.get_backend_name() == "postgresql"
    engine = create_engine(url.set(drivername="postgresql+psycopg") if postgres else url)
    try:
        with engine.begin() as connection:
            if postgres:
                connection.execute(text("SET LOCAL session_replication_role = replica"))
            yield connection
    finally:
        engine.dispose()


def alter_entry(context: Context, number: int) -> None:
    """Another word in an entry, where it is kept."""
    with database(context) as connection:
        found = connection.execute(
            text("SELECT entry FROM log_entries WHERE number = :number"), {"number": number}
        ).scalar_one()
        connection.execute(
            text("UPDATE log_entries SET entry = :entry WHERE number = :number"),
            {"number": number, "entry": bytes(found).replace(b"cameo", b"camel")},
        )


def emptied(context: Context) -> None:
    """Forget what was logged when the keys were made; nothing of it was published."""
    with database(context) as connection:
        for table in ("log_subjects", "log_openings", "log_entries"):
            connection.execute(text(f"DELETE FROM {table}"))  # noqa: S608 (our own names)
