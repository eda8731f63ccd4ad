"""The group `cameo models`, and what its commands share.

@models_app.command("list")
def list_packs() -> None: ...
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cameo_service.cli.exits import ExitCode
from cameo_service.cli.failures import CliError
from cameo_service.cli.models.documents import document_of
from cameo_service.cli.output import emit_json

if TYPE_CHECKING:
    from verification.errors import VerificationError
    from verification.packs.shelf import Shelf

models_app = typer.Typer(
    name="models",
    help="Model packs: the weights that find, compare and check faces and voices.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

PackArgument = Annotated[
    str, typer.Argument(help="The pack's name, as `cameo models list` has it.")
]


def shelf_of(data_dir: Path | None) -> "Shelf":
    """The packs of the data directory."""
    from cameo_service.cli.configuration import load_settings
    from verification.packs.shelf import Shelf

    return Shelf(load_settings(data_dir=data_dir).data_dir)


def require_known(name: str, shelf: "Shelf") -> None:
    """Raise `CliError` for a pack that is neither built in nor on the shelf."""
    from verification.packs.catalogue import NAMES

    if name not in NAMES and name not in shelf.names():
        known = ", ".join(sorted({*NAMES, *shelf.names()}))
        raise CliError(
            "pack_unknown", f"no pack is called `{name}`; there are {known}", exit_code=ExitCode.NO
        )


@contextmanager
def answering_no(*refusals: "type[VerificationError]") -> Iterator[None]:
    """End the command with exit code 1 where one of these is raised: not a failure, but a no."""
    try:
        yield
    except refusals as error:
        raise CliError(error.code, str(error), exit_code=ExitCode.NO) from None


def tell(name: str, shelf: "Shelf", *, as_json: bool, line: str) -> None:
    """Say `line`, or, as JSON, all that is to be told of the pack."""
    if as_json:
        emit_json(document_of(shelf.read(name), shelf, here=True, active=shelf.active()))
    else:
        typer.echo(line)
