"""Opening a SQLite file: what another process is doing to it meanwhile is waited for."""

import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import pytest

from storage.local.sqlite import connect_to, create_file

pytestmark = pytest.mark.sqlite_only("a file's journal, and who else has it open")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A new file, whose journal is not the write-ahead log yet."""
    file = tmp_path / "cameo.sqlite"
    create_file(file)
    return file


def writing(path: Path) -> sqlite3.Connection:
    """Another process in the middle of its first transaction."""
    other = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    return other


def test_a_file_whose_journal_another_process_changes_is_waited_for(path: Path) -> None:
    with closing(writing(path)) as other:
        released = threading.Timer(0.2, other.execute, ["COMMIT"])
        released.start()
        with closing(connect_to(str(path), patience=30, read_only=False)) as connection:
            assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        released.join()


def test_it_is_not_waited_for_longer_than_patience(path: Path) -> None:
    with closing(writing(path)), pytest.raises(sqlite3.OperationalError, match="locked"):
        connect_to(str(path), patience=0.05, read_only=False)
