"""`cameo db`, and the rule by which other commands find a database ready.

The default database is ours: a SQLite file in the data directory, created and upgraded when a
command needs it. One that was named by `CAMEO_DATABASE_URL` is its operator's, and is changed only
when asked.
"""

import typer

from cameo_service.cli.options import DataDirOption, JsonOption, epilog
from cameo_service.cli.output import emit_json
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
    revision = _migrate(settings)
    label = Database(settings.resolved_database_url).label
    if as_json:
        emit_json({"database": label, "revision": revision})
    else:
        typer.echo(f"{label} is at revision {revision}")


def prepare_database(settings: Settings, *, migrate: bool) -> None:
    """Migrate the default database, or a given one when asked to."""
    if migrate or settings.database_url is None:
        _migrate(settings)


def _migrate(settings: Settings) -> str:
    from storage.store import migrate

    settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    return migrate(settings.resolved_database_url)
