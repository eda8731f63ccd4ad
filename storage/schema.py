"""The schema's revisions: up, down, and which one a database is at.

Alembic runs them on the writer's connection: of two processes that upgrade at once one waits for
the other, and an upgrade that fails leaves nothing behind.

    >>> head()
    '0001'
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import column, select, table

from storage.contracts import StorageError
from storage.database import Database
from storage.statements import Statements, wrapping_errors

MIGRATIONS = Path(__file__).parent / "migrations"
VERSION_TABLE = "alembic_version"


@cache
def head() -> str:
    """The revision that this version of the service needs."""
    newest = ScriptDirectory.from_config(_config()).get_current_head()
    if newest is None:
        raise LookupError(f"there is no migration in `{MIGRATIONS}`")
    return newest


def version(statements: Statements) -> str | None:
    """The revision of a database, or None for an empty one."""
    if not statements.has_table(VERSION_TABLE):
        return None
    found = statements.run(select(column("version_num")).select_from(table(VERSION_TABLE)))
    return found.scalar()


def upgrade(database: Database) -> str:
    """Bring the schema to `head`, and return that."""
    with _migrating(database) as config:
        command.upgrade(config, "head")
    return head()


def downgrade(database: Database, target: str = "base") -> None:
    """Take the schema back to `target`. What newer tables held is lost."""
    with _migrating(database) as config:
        command.downgrade(config, target)


@contextmanager
def _migrating(database: Database) -> Iterator[Config]:
    with database.write_connection() as connection, wrapping_errors():
        config = _config()
        config.attributes["connection"] = connection
        try:
            yield config
        except CommandError as error:
            raise StorageError(f"the schema cannot be changed: {error}") from error


def _config() -> Config:
    config = Config()
    # ConfigParser reads `%` as an interpolation
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    return config
