"""Logs for tests: entries, and what was published of them."""

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from cameo_service.context import Context
from cameo_service.events import Event, record
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
    while sequencer.step():
        pass
    return sequencer


def blob(context: Context, path: str) -> Path:
    """The file in which a published file lies."""
    return context.settings.data_dir / "blobs" / f"log/{path}".replace("/", "+")


def flip(path: Path, at: int = 0) -> None:
    content = bytearray(path.read_bytes())
    content[at] ^= 1
    path.write_bytes(bytes(content))


@contextlib.contextmanager
def database(context: Context) -> Iterator[sqlite3.Connection]:
    """The database, for who means it ill."""
    path = context.settings.data_dir / "cameo.sqlite"
    with contextlib.closing(sqlite3.connect(path)) as connection, connection:
        yield connection


def emptied(context: Context) -> None:
    """Forget what was logged when the keys were made; nothing of it was published."""
    with database(context) as connection:
        for table in ("log_subjects", "log_openings", "log_entries"):
            connection.execute(f"DELETE FROM {table}")  # noqa: S608 (our own names)
