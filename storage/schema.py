"""The schema's revisions: up, down, and which one a database is at.

Alembic runs them on the writer's connection: of two processes that upgrade at once one waits for
the other, and an upgrade that fails leaves nothing behind.

    >>> HEAD
    '0007'
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, column, select, table

from storage.database import Database
from storage.errors import StorageError
from storage.statements import Statements, wrapping_errors

if TYPE_CHECKING:
    from alembic.config import Config

HEAD = "0007"
"""The revision that this version of the service needs."""

MIGRATIONS = Path(__file__).parent / "migrations"
VERSION_TABLE = "alembic_version"


def version(statements: Statements) -> str | None:
    """The revision of a database, or None for an empty one."""
    if not statements.has_table(VERSION_TABLE):
        return None
    found = statements.run(select(column("version_num")).select_from(table(VERSION_TABLE)))
    return found.scalar()


def upgrade(database: Database) -> str:
    """Bring the schema to `HEAD`, and return that."""
    from alembic import command

    with _migrating(database) as config:
        command.upgrade(config, HEAD)
    return HEAD


def downgrade(database: Database, target: str = "base") -> None:
    """Take the schema back to `target`. What newer tables held is lost."""
    with database.write_connection() as connection:
        take_back(connection, target)


def take_back(connection: Connection, target: str) -> None:
    """Take the schema back within the transaction of the writer's `connection`."""
    from alembic import command

    with _configured(connection) as config:
        command.downgrade(config, target)


def revisions() -> dict[str, str]:
    """Every revision that this version knows, the newest first, and what each one brought."""
    from alembic.script import ScriptDirectory

    scripts = ScriptDirectory.from_config(configuration())
    return {each.revision: each.doc for each in scripts.walk_revisions()}


@contextmanager
def _migrating(database: Database) -> Iterator["Config"]:
    with database.write_connection() as connection, _configured(connection) as config:
        yield config


@contextmanager
def _configured(connection: Connection) -> Iterator["Config"]:
    from alembic.util import CommandError

    with wrapping_errors():
        config = configuration()
        config.attributes["connection"] = connection
        try:
            yield config
        except CommandError as error:
            raise StorageError(f"the schema cannot be changed: {error}") from error


def configuration() -> "Config":
    """What Alembic needs to find the revisions."""
    from alembic.config import Config

    config = Config()
    # ConfigParser reads `%` as an interpolation
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    return config
