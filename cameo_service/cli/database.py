"""`cameo db`: the schema of the database.

$ cameo db upgrade
$ cameo db downgrade 0004
"""

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from cameo_service.cli.exits import ExitCode
from cameo_service.cli.failures import CliError
from cameo_service.cli.options import DataDirOption, JsonOption, epilog
from cameo_service.cli.output import emit_json, emit_table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cameo_service.settings import Settings
    from storage.database import Database
    from storage.losses import Loss

db_app = typer.Typer(
    name="db", help="The database's schema.", no_args_is_help=True, rich_markup_mode=None
)


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


@db_app.command(
    "downgrade",
    epilog=epilog(
        "cameo db downgrade 0004",
        "cameo db downgrade 0004 --yes --json",
        codes="1  the answer was no: nothing was changed; "
        "2  there is no such revision, or nobody to ask; 4  the database cannot be had",
    ),
)
def downgrade(
    revision: Annotated[str, typer.Argument(help="The older revision, four digits.")],
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    data_dir: DataDirOption = None,
    as_json: JsonOption = False,
) -> None:
    """Take the schema back to an older revision, for an older version of the service. DATA IS LOST.

    What the newer revisions brought is dropped, with all that it holds. It is tried first, in a
    transaction that is not kept, to say which tables, rows and columns go; then it asks. Stop the
    service and its workers before, and back up: nothing else brings back what was dropped.
    """
    from cameo_service.cli.configuration import load_settings
    from storage import schema
    from storage.database import Database
    from storage.losses import losses

    database = Database(load_settings(data_dir=data_dir).resolved_database_url)
    try:
        current = _current_above(database, revision)
        lost = losses(database, revision)
        if not as_json:
            _warn(database, current, revision, lost)
        if not yes:
            _require_yes(as_json=as_json)
        schema.downgrade(database, revision)
    finally:
        database.close()
    if as_json:
        emit_json(_document(database, current, revision, lost))
    else:
        typer.echo(
            f"{database.label} is at revision {revision}. This version no longer works with it: "
            "install the one that it is for before anything is started"
        )


def _current_above(database: "Database", target: str) -> str:
    """The revision of the database. Raises `CliError` unless it can be taken back to `target`."""
    from storage import schema

    known = schema.revisions()
    with database.read() as statements:
        current = schema.version(statements)
    if current is None:
        raise CliError(
            "unknown_revision", f"{database.label} has no schema", exit_code=ExitCode.USAGE
        )
    if current not in known:
        raise CliError(
            "unknown_revision",
            f"{database.label} is at revision `{current}`, of which this version knows nothing: "
            "only the version that made it can take it back",
            exit_code=ExitCode.USAGE,
        )
    older = [each for each in known if each < current]
    if target not in older:
        raise CliError(
            "unknown_revision",
            f"{database.label} is at revision `{current}`, and `{target}` is none before it: "
            f"there are {', '.join(older) or 'none'}",
            exit_code=ExitCode.USAGE,
        )
    return current


def _warn(database: "Database", current: str, target: str, lost: "Sequence[Loss]") -> None:
    from storage import schema

    typer.echo(f"{database.label} goes back from revision {current} to {target}. It loses")
    for revision, brought in schema.revisions().items():
        if target < revision <= current:
            typer.echo(f"  {revision}: {brought}")
    typer.echo("")
    emit_table(
        ("table", "rows lost", "what goes"),
        [(loss.table, str(loss.rows), _what_goes(loss)) for loss in lost],
    )
    typer.echo("\nWithout a backup nothing brings it back. The service must be stopped.")


def _what_goes(loss: "Loss") -> str:
    if loss.is_whole:
        return "the table"
    return f"columns {', '.join(loss.columns)}" if loss.columns else "rows"


def _require_yes(*, as_json: bool) -> None:
    if as_json or not sys.stdin.isatty():
        raise CliError(
            "confirmation_missing",
            "data would be lost, and there is nobody to ask: `--yes` says that it may be",
            exit_code=ExitCode.USAGE,
        )
    if not typer.confirm("Drop all this?"):
        raise CliError("not_confirmed", "nothing was changed", exit_code=ExitCode.NO)


def _document(
    database: "Database", current: str, target: str, lost: "Sequence[Loss]"
) -> dict[str, object]:
    return {
        "database": database.label,
        "from": current,
        "revision": target,
        "lost": [
            {
                "table": loss.table,
                "rows": loss.rows,
                "columns": list(loss.columns),
                "whole": loss.is_whole,
            }
            for loss in lost
        ],
    }


def migrate_database(settings: "Settings") -> str:
    """Bring the schema up to date, and return its revision."""
    from storage.store import migrate

    settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    return migrate(settings.resolved_database_url)
