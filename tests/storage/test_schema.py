"""The schema: the migrations make what the tables say, up and down, once."""

import subprocess
import sys
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text

from storage import schema
from storage.database import Database
from storage.errors import StorageError, StoreUnavailable
from storage.local.key_encryption import LocalKeyEncryption
from storage.store import migrate, open_store
from storage.tables import METADATA

ROOT = Path(__file__).parents[2]
KEYS = LocalKeyEncryption(bytes(32))


def tables_of(database: Database) -> set[str]:
    with database.write_connection() as connection:
        return set(inspect(connection).get_table_names())


def test_the_head_is_that_of_the_migrations() -> None:
    scripts = ScriptDirectory.from_config(schema.configuration())
    assert scripts.get_heads() == [schema.HEAD]


def test_the_migrations_make_what_the_tables_say(empty_url: str) -> None:
    assert migrate(empty_url) == schema.HEAD
    database = Database(empty_url)
    with database.write_connection() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, METADATA) == []
    database.close()


def test_a_comparison_would_notice_a_difference(empty_url: str) -> None:
    migrate(empty_url)
    database = Database(empty_url)
    with database.write_connection() as connection:
        connection.execute(text("DROP INDEX ix_cameos_owner"))
        connection.execute(text("ALTER TABLE cameos DROP COLUMN credential"))
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        found = {str(difference[0]) for difference in compare_metadata(context, METADATA)}
    assert found == {"add_index", "add_column"}
    database.close()


def test_a_migration_can_be_taken_back_and_done_again(empty_url: str) -> None:
    migrate(empty_url)
    database = Database(empty_url)
    assert tables_of(database) == {*METADATA.tables, "alembic_version"}
    schema.downgrade(database)
    assert tables_of(database) == {"alembic_version"}
    database.close()
    assert migrate(empty_url) == migrate(empty_url) == schema.HEAD


def test_ping_names_the_command_until_the_schema_is_at_head(empty_url: str) -> None:
    store = open_store(empty_url, key_encryption=KEYS)
    with pytest.raises(StoreUnavailable, match="run `cameo db upgrade`"):
        store.ping()
    migrate(empty_url)
    store.ping()
    database = Database(empty_url)
    schema.downgrade(database)
    with pytest.raises(StoreUnavailable, match="run `cameo db upgrade`"):
        store.ping()
    with database.write() as statements:
        statements.run(text("INSERT INTO alembic_version VALUES ('9999')"))
    with pytest.raises(StoreUnavailable, match="`9999`"):
        store.ping()
    with pytest.raises(StorageError, match="9999"):
        migrate(empty_url)
    database.close()
    store.close()


def test_processes_that_migrate_at_once_do_it_once(empty_url: str) -> None:
    code = "import sys; from storage.store import migrate; print(migrate(sys.argv[1]))"
    command = [sys.executable, "-W", "error", "-c", code, empty_url]
    processes = [
        subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)  # noqa: S603 (our own)
        for _ in range(2)
    ]
    answers = [process.communicate(timeout=240)[0].strip() for process in processes]
    assert answers == [schema.HEAD] * 2


def test_the_file_and_its_companions_are_private(empty_sqlite: str) -> None:
    migrate(empty_sqlite)
    store = open_store(empty_sqlite, key_encryption=KEYS)
    folder = Path(empty_sqlite.removeprefix("sqlite:///")).parent
    with store.read() as tx:
        tx.revisions.current()
        modes = {file.name: file.stat().st_mode & 0o777 for file in folder.iterdir()}
    names = ("cameo.sqlite", "cameo.sqlite-shm", "cameo.sqlite-wal")
    assert modes == dict.fromkeys(names, 0o600)
    assert folder.stat().st_mode & 0o777 == 0o700
    store.close()


def test_sqlite_loses_nothing_and_overwrites_what_is_deleted(sqlite_url: str) -> None:
    database = Database(sqlite_url)
    for transaction in (database.read, database.write):
        with transaction() as statements:
            found = {
                name: statements.run(text(f"PRAGMA {name}")).scalar()
                for name in ("journal_mode", "synchronous", "foreign_keys", "secure_delete")
            }
        full = 2
        assert found == {
            "journal_mode": "wal",
            "synchronous": full,
            "foreign_keys": 1,
            "secure_delete": 1,
        }
    database.close()
