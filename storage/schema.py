"""The schema's revisions: up, down, and which one a database is at.

Alembic runs them on the writer's connection: of two processes that upgrade at once one waits for
the other, and an upgrade that fails leaves nothing behind.

    >>> HEAD
    '0006'
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import column, select, table

from storage.database import Database
from storage.errors import StorageError
from storage.statements import Statements, wrapping_errors

if TYPE_CHECKING:
    from alembic.config import Config

HEAD = "0006"
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
    from alembic import command

    with _migrating(database) as config:
        command.downgrade(config, target)


@contextmanager
def _migrating(database: Database) -> Iterator["Config"]:
    from alembic.util import CommandError

    with database.write_connection() as connection, wrapping_errors():
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
