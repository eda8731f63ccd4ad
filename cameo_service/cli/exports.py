"""`cameo export`: archives of everything about one person, verified without the service."""

from pathlib import Path
from typing import Annotated

import typer

from cameo_service.cli.exits import ExitCode
from cameo_service.cli.failures import CliError
from cameo_service.cli.options import JsonOption, epilog
from cameo_service.cli.output import emit_json
from cameo_service.cli.trusting import KeysOption, OriginOption, RootOption, trusted_by

export_app = typer.Typer(
    name="export",
    help="Archives of everything about one person.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@export_app.command(
    "verify",
    epilog=epilog(
        "cameo export verify cameo-export.zip --keys root.json --root kPrK_qmx…",
        "cameo export verify cameo-export.zip",
        codes="1  the archive does not hold",
    ),
)
def verify(
    archive: Annotated[Path, typer.Argument(help="What `GET /v1/me/export` answered.")],
    *,
    keys: KeysOption = None,
    root: RootOption = None,
    origin: OriginOption = None,
    largest_mb: Annotated[
        int,
        typer.Option(
            "--largest-mb",
            min=1,
            help="Megabytes of 10^6 bytes that it may unfold to.",
        ),
    ] = 2_000,
    as_json: JsonOption = False,
) -> None:
    """Verify an archive without the service: every file, receipt, log entry and signature in it."""
    from dataclasses import asdict

    from cameo_service.offline.archives import ArchiveNotProven, verify_archive

    trusted = None if keys is None else trusted_by(keys, root=root, origin=origin)
    try:
        with archive.open("rb") as stream:
            found = verify_archive(stream, trusted, largest=largest_mb * 1_000_000)
    except ArchiveNotProven as error:
        raise CliError(
            error.code, f"the archive does not hold in {error}", exit_code=ExitCode.NO
        ) from error
    if as_json:
        emit_json(asdict(found))
        return
    typer.echo(
        f"The archive holds: {found.issuer} gave it out for {found.subject} at {found.created_at}."
        f"\nAs they were signed: files {found.files}, receipts {found.receipts}, log entries "
        f"{found.entries}, signed statements {found.statements}."
    )
    if found.by_own_keys:
        typer.echo("The keys are its own: it is whole, but who made it was not shown (see --keys).")
