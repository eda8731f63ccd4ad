"""The two kinds of database, and what tests do to one from outside.

with kind.settings(tmp_path / "data") as settings, build(settings) as context:
    with kind.away(settings):
        ...
"""

import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import psycopg
from psycopg import sql

from cameo_service.settings import Settings
from tests.storage.databases import cut_off, name_of, postgres_database


class Kind(Protocol):
    """Makes databases for tests; each is gone when its block ends."""

    @property
    def name(self) -> str:
        """`sqlite` or `postgresql`."""

    def settings(self, data_dir: Path, **others: Any) -> AbstractContextManager[Settings]:
        """Settings of a deployment with an empty database, its schema at head."""

    def begun(self, data_dir: Path, **others: Any) -> AbstractContextManager[Settings]:
        """The same, with its keys made: that takes longer than most tests. All have the same."""

    def bare(self, folder: Path) -> AbstractContextManager[str]:
        """The URL of a database without a schema. On SQLite there is not even a file yet."""

    def away(self, settings: Settings) -> AbstractContextManager[None]:
        """While the block runs nobody reaches the database, and who was connected is so no more."""

    def contents(self, settings: Settings) -> bytes:
        """Everything that is stored, byte for byte where it is readable."""

    def another(self, settings: Settings, data_dir: Path) -> AbstractContextManager[Settings]:
        """A copy of a deployment whose store is closed: its files and its database."""

    def remembered(self, settings: Settings) -> AbstractContextManager[Callable[[], None]]:
        """What takes the database back to what it is now, as a restored backup does."""


@dataclass(frozen=True)
class Sqlite:
    """Files: each a copy of one that was migrated, or of a deployment that began."""

    migrated: Path
    deployment: Path
    name: str = "sqlite"

    @contextmanager
    def settings(self, data_dir: Path, **others: Any) -> Iterator[Settings]:
        data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        settings = Settings(data_dir=data_dir, database_url=None, **others)
        shutil.copy2(self.migrated, file_of(settings))
        yield settings

    @contextmanager
    def begun(self, data_dir: Path, **others: Any) -> Iterator[Settings]:
        shutil.copytree(self.deployment, data_dir, dirs_exist_ok=True)
        yield Settings(data_dir=data_dir, database_url=None, **others)

    @contextmanager
    def bare(self, folder: Path) -> Iterator[str]:
        yield f"sqlite:///{folder}/bare.sqlite"

    @contextmanager
    def away(self, settings: Settings) -> Iterator[None]:
        file = file_of(settings)
        hidden = file.rename(file.with_suffix(".hidden"))
        try:
            yield
        finally:
            hidden.rename(file)

    def contents(self, settings: Settings) -> bytes:
        return b"".join(path.read_bytes() for path in settings.data_dir.glob("cameo.sqlite*"))

    @contextmanager
    def another(self, settings: Settings, data_dir: Path) -> Iterator[Settings]:
        shutil.copytree(settings.data_dir, data_dir, dirs_exist_ok=True)
        yield settings.model_copy(update={"data_dir": data_dir})

    @contextmanager
    def remembered(self, settings: Settings) -> Iterator[Callable[[], None]]:
        files = {path: path.read_bytes() for path in settings.data_dir.glob("cameo.sqlite*")}

        def back() -> None:
            for path in settings.data_dir.glob("cameo.sqlite*"):
                path.unlink()
            for path, content in files.items():
                path.write_bytes(content)

        yield back


INDEX = "pgvector"
"""Where the service under test searches faces on PostgreSQL: what no other database offers."""


@dataclass(frozen=True)
class Postgres:
    """Databases of one server: each a copy of one that was migrated, or of a deployment's."""

    server: str
    template: str
    deployment: Settings
    name: str = "postgresql"

    @contextmanager
    def settings(self, data_dir: Path, **others: Any) -> Iterator[Settings]:
        with postgres_database(self.server, template=self.template) as url:
            yield Settings(data_dir=data_dir, database_url=url, **{"face_index": INDEX, **others})

    @contextmanager
    def begun(self, data_dir: Path, **others: Any) -> Iterator[Settings]:
        shutil.copytree(self.deployment.data_dir, data_dir, dirs_exist_ok=True)
        source = name_of(self.deployment.resolved_database_url)
        with postgres_database(self.server, template=source) as url:
            yield Settings(data_dir=data_dir, database_url=url, **{"face_index": INDEX, **others})

    def bare(self, folder: Path) -> AbstractContextManager[str]:
        del folder
        return postgres_database(self.server)

    @contextmanager
    def away(self, settings: Settings) -> Iterator[None]:
        name = name_of(settings.resolved_database_url)
        admit = sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS {}")
        with psycopg.connect(self.server, autocommit=True) as connection:
            connection.execute(admit.format(sql.Identifier(name), sql.SQL("false")))
            cut_off(connection, name)
            try:
                yield
            finally:
                connection.execute(admit.format(sql.Identifier(name), sql.SQL("true")))

    def contents(self, settings: Settings) -> bytes:
        with psycopg.connect(settings.resolved_database_url, autocommit=True) as connection:
            # bytes that are letters stay letters
            connection.execute("SET bytea_output = escape")
            tables = connection.execute(
                "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
            ).fetchall()
            rows = sql.SQL("SELECT CAST(row AS text) FROM {} AS row")
            return "\n".join(
                str(row)
                for (table,) in tables
                for (row,) in connection.execute(rows.format(sql.Identifier(table)))
            ).encode()

    @contextmanager
    def another(self, settings: Settings, data_dir: Path) -> Iterator[Settings]:
        shutil.copytree(settings.data_dir, data_dir, dirs_exist_ok=True)
        source = name_of(settings.resolved_database_url)
        with postgres_database(self.server, template=source) as url:
            yield settings.model_copy(update={"data_dir": data_dir, "database_url": url})

    @contextmanager
    def remembered(self, settings: Settings) -> Iterator[Callable[[], None]]:
        name = name_of(settings.resolved_database_url)
        replace = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
        with psycopg.connect(self.server, autocommit=True) as connection:
            cut_off(connection, name)
            with postgres_database(self.server, template=name) as kept:
                before = name_of(kept)

                def back() -> None:
                    gone = sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name))
                    connection.execute(gone)
                    connection.execute(replace.format(sql.Identifier(name), sql.Identifier(before)))

                yield back


def file_of(settings: Settings) -> Path:
    """Where the default database is."""
    return settings.data_dir / "cameo.sqlite"
