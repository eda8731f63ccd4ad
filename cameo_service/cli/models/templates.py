"""`cameo models status`, `migrate`, `retire`: the templates that each pack's models made.

$ cameo models status
$ cameo models migrate
"""

import typer

from cameo_service.cli.exits import ExitCode
from cameo_service.cli.failures import CliError
from cameo_service.cli.models.group import PackArgument, models_app, require_known, shelf_of
from cameo_service.cli.options import DataDirOption, JsonOption, epilog
from cameo_service.cli.output import emit_json, emit_table


@models_app.command(
    "status",
    epilog=epilog("cameo models status", "cameo models status --json"),
)
def status(*, data_dir: DataDirOption = None, as_json: JsonOption = False) -> None:
    """Count the cameos that have templates of each model, and those that lack the active pack's.

    A pack that made templates must stay here until its last ones are retired: renewals are
    compared by the model that made them.
    """
    from cameo_service.cli.configuration import load_settings
    from cameo_service.cli.opening import existing
    from cameo_service.templates.status import status_of
    from verification.packs.shelf import Shelf

    settings = load_settings(data_dir=data_dir)
    with existing(settings) as context, context.store.read() as tx:
        found = status_of(tx, Shelf(settings.data_dir))
    if as_json:
        emit_json(found)
        return
    emit_table(
        ("modality", "model", "sha256", "packs", "active", "cameos", "lacking"),
        [
            (
                row["modality"],
                row["model"],
                row["model_sha256"][:12],
                ", ".join(row["packs"]) or "GONE",
                "yes" if row["active"] else "-",
                str(row["cameos"]),
                "-" if row["lacking"] is None else str(row["lacking"]),
            )
            for row in found
        ],
    )


@models_app.command(
    "migrate",
    epilog=epilog("cameo models migrate", codes="1  no pack was chosen"),
)
def migrate(*, data_dir: DataDirOption = None, as_json: JsonOption = False) -> None:
    """Let the workers make templates of the active pack, out of the samples kept at enrollment.

    Old templates stay beside the new ones. `cameo models status` shows how far it is; a migration
    that was interrupted goes on by itself, and beginning another one does no harm.
    """
    from cameo_service.cli.configuration import load_settings
    from cameo_service.cli.opening import opened
    from cameo_service.templates import migration
    from cameo_service.templates.targets import target_of

    shelf, settings = shelf_of(data_dir), load_settings(data_dir=data_dir)
    target = target_of(shelf.read(shelf.active_directory().name))
    with opened(settings) as context, context.store.write() as tx:
        job = migration.begin(tx, context, target)
    if as_json:
        emit_json({"job": job.id, "pack": target.pack})
    else:
        typer.echo(f"Migrating to `{target.pack}`: `cameo models status` shows how far it is.")


@models_app.command(
    "retire",
    epilog=epilog(
        "cameo models retire open", codes="1  the pack is active, or a cameo has no new templates"
    ),
)
def retire(
    name: PackArgument, *, data_dir: DataDirOption = None, as_json: JsonOption = False
) -> None:
    """Drop the templates that another pack made, once every cameo has those of the active one.

    Credentials are signed anew over what is left. What both packs make stays.
    """
    from cameo_service.cli.configuration import load_settings
    from cameo_service.cli.opening import opened
    from cameo_service.templates import retirement
    from cameo_service.templates.targets import target_of

    shelf, settings = shelf_of(data_dir), load_settings(data_dir=data_dir)
    active = shelf.active_directory().name
    if name == active:
        raise CliError("pack_active", f"`{name}` is the active pack", exit_code=ExitCode.NO)
    require_known(name, shelf)
    old, kept = target_of(shelf.read(name)), target_of(shelf.read(active))
    try:
        with opened(settings) as context:
            dropped = retirement.retire(context, old, kept=kept)
    except retirement.NotMigrated as error:
        raise CliError(error.code, str(error), exit_code=ExitCode.NO) from None
    if as_json:
        emit_json({"pack": name, "dropped": dropped})
    else:
        typer.echo(f"{dropped} templates of `{name}` are gone")
