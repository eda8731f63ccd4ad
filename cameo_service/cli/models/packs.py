"""`cameo models list`, `pull`, `add`, `verify`, `use`: which packs are here, and which is used.

$ cameo models pull open
$ cameo models use open
"""

from pathlib import Path
from typing import Annotated

import typer

from cameo_service.cli.downloads import Downloads
from cameo_service.cli.exits import ExitCode
from cameo_service.cli.failures import CliError
from cameo_service.cli.models.documents import document_of, show
from cameo_service.cli.models.group import (
    PackArgument,
    answering_no,
    models_app,
    require_known,
    shelf_of,
    tell,
)
from cameo_service.cli.options import DataDirOption, JsonOption, epilog
from cameo_service.cli.output import emit_json

AcceptOption = Annotated[
    bool,
    typer.Option(
        "--accept-non-commercial",
        help="Take a pack whose face recognizer is licensed for non-commercial use only.",
    ),
]


@models_app.command("list", epilog=epilog("cameo models list", "cameo models list --json"))
def list_packs(*, data_dir: DataDirOption = None, as_json: JsonOption = False) -> None:
    """List every pack that is here or built in: components, size, licence, state of the files.

    The active pack is the one that this data directory works with. Every file is hashed.
    """
    from verification.packs.catalogue import built_in

    shelf = shelf_of(data_dir)
    here = shelf.names()
    names = [*built_in(), *(name for name in here if name not in built_in())]
    active = shelf.active()
    packs = [shelf.read(name) if name in here else built_in()[name] for name in names]
    documents = [document_of(pack, shelf, here=pack.name in here, active=active) for pack in packs]
    if as_json:
        emit_json(documents)
        return
    for document in documents:
        show(document)


@models_app.command(
    "pull",
    epilog=epilog(
        "cameo models pull open",
        "cameo models pull insightface --accept-non-commercial",
        codes="1  no such pack, or its licence was not accepted; "
        "4  a file cannot be fetched, or is not the one pinned",
    ),
)
def pull_pack(
    name: PackArgument,
    *,
    accept: AcceptOption = False,
    data_dir: DataDirOption = None,
    as_json: JsonOption = False,
) -> None:
    """Fetch a pack, or mend one: what is missing, truncated or altered is fetched again.

    Every file is compared with its pinned hash before it is used, and the pack appears at once,
    complete. An interrupted pull is simply repeated.
    """
    from verification.packs.catalogue import NAMES, recipe
    from verification.packs.choice import require_accepted
    from verification.packs.errors import LicenceNotAccepted
    from verification.packs.pulling import pull

    shelf = shelf_of(data_dir)
    require_known(name, shelf)
    pack = recipe(name) if name in NAMES else shelf.read(name)
    with answering_no(LicenceNotAccepted):
        require_accepted(pack, accept=accept or name in shelf.names())
    with Downloads(silent=as_json) as downloads:
        pull(pack, shelf, progress=downloads)
    tell(name, shelf, as_json=as_json, line=f"`{name}` is complete")


@models_app.command(
    "add",
    epilog=epilog(
        "cameo models add ~/.insightface/models/buffalo_l --name buffalo",
        "cameo models add minifasnet --name open-passive --base open",
        "cameo models add weights --name ours --licence 'our own' --commercial",
        codes="1  the name is taken, or the base unknown; 4  a model that is needed is lacking",
    ),
)
def add_pack(
    directory: Annotated[
        Path,
        typer.Argument(help="A directory of InsightFace or MiniFASNet ONNX files.", metavar="DIR"),
    ],
    *,
    name: Annotated[str, typer.Option("--name", help="What to call the pack.")],
    base: Annotated[
        str | None,
        typer.Option(
            "--base",
            help="The pack that has whatever the directory lacks.  [default: open, for all but "
            "the faces, which the directory must have]",
        ),
    ] = None,
    licence: Annotated[
        str | None,
        typer.Option(
            "--licence",
            help="The licence of these weights.  [default: their publisher's: InsightFace: "
            "non-commercial research; MiniFASNet: Apache-2.0]",
        ),
    ] = None,
    commercial: Annotated[
        bool,
        typer.Option("--commercial", help="That licence allows commercial use."),
    ] = False,
    data_dir: DataDirOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make a pack of a directory of models, and of another pack for what the directory lacks.

    Detectors, recognizers and 68 landmarks of InsightFace are known by the shapes of their tensors,
    and so are the passive models that tell a living face from a picture of one: MiniFASNet's, and
    InsightFace's add-on `liveness`. Other files are passed over.
    """
    from verification.packs.adding import add_directory
    from verification.packs.errors import LicenceNotAccepted, PackExists, UnknownPack

    if not directory.is_dir():
        raise CliError("no_directory", f"no directory `{directory}`", exit_code=ExitCode.USAGE)
    if commercial and licence is None:
        raise CliError(
            "licence_unnamed", "`--commercial` needs `--licence`", exit_code=ExitCode.USAGE
        )
    shelf = shelf_of(data_dir)
    refusals = LicenceNotAccepted, PackExists, UnknownPack
    with answering_no(*refusals), Downloads(silent=as_json) as downloads:
        add_directory(
            directory,
            shelf,
            name=name,
            base=base,
            licence=licence,
            commercial=commercial,
            progress=downloads,
        )
    tell(name, shelf, as_json=as_json, line=f"`{name}` was added: `cameo models use {name}`")


@models_app.command(
    "verify",
    epilog=epilog("cameo models verify", "cameo models verify open", codes="1  a file is broken"),
)
def verify(
    name: Annotated[
        str | None, typer.Argument(help="The pack's name.  [default: the active one]")
    ] = None,
    *,
    data_dir: DataDirOption = None,
    as_json: JsonOption = False,
) -> None:
    """Hash every file of a pack and compare it with its record."""
    from verification.packs.errors import BrokenFile
    from verification.packs.integrity import verify_pack

    shelf = shelf_of(data_dir)
    name = name or shelf.active_directory().name
    require_known(name, shelf)
    with answering_no(BrokenFile):
        verify_pack(shelf.read(name), shelf.directory(name))
    tell(name, shelf, as_json=as_json, line=f"every file of `{name}` is as recorded")


@models_app.command(
    "use",
    epilog=epilog(
        "cameo models use open", codes="1  the pack is unknown, or a file of it is broken"
    ),
)
def use(name: PackArgument, *, data_dir: DataDirOption = None, as_json: JsonOption = False) -> None:
    """Choose the pack that this data directory works with. Nothing else ever changes the choice.

    Templates are bound to the model that made them, and those of the former pack stay: keep that
    pack until `cameo models migrate` or renewals have made new ones. Restart the workers.
    """
    from verification.packs.errors import BrokenFile, UnknownPack

    shelf = shelf_of(data_dir)
    require_known(name, shelf)
    with answering_no(BrokenFile, UnknownPack):
        shelf.activate(name)
    tell(name, shelf, as_json=as_json, line=f"`{name}` is the active pack")
