"""`cameo db`: the schema of the database.

$ cameo db upgrade
"""

from typing import TYPE_CHECKING

import typer

from cameo_service.cli.options import DataDirOption, JsonOption, epilog
from cameo_service.cli.output import emit_json

if TYPE_CHECKING:
    from cameo_service.settings import Settings

db_app = typer.Typer(
    name="db", help="The database's schema.", no_args_is_help=True, rich_markup_mode=None
)


@db_app.callback()
def _group() -> None:
    """Keep `upgrade` a subcommand while it is the only one."""


@db_app.command(
    "upgrade",
    epilog=epilog(
        "cameo db upgrade",
        "CAMEO_DATABASE_URL=postgresql://cameo@db/cameo cameo db upgrade --json",
    ),
)
def upgrade(*, data_dir: DataDirOption = None, as_json: JsonOption = False) -> None:
    """Create the schema, or bring it up to date. Running it again changes nothing."""
    from cameo_service.cli.configuration import load_settings
    from storage.database import Database

    settings = load_settings(data_dir=data_dir)
    revision = migrate_database(settings)
    label = Database(settings.resolved_database_url).label
    if as_json:
        emit_json({"database": label, "revision": revision})
    else:
        typer.echo(f"{label} is at revision {revision}")


def migrate_database(settings: "Settings") -> str:
    """Bring the schema up to date, and return its revision."""
    from storage.store import migrate

    settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    return migrate(settings.resolved_database_url)
