"""`cameo models`: the model packs of a data directory.

$ cameo models pull open
$ cameo models use open
"""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cameo_service.cli.downloads import Downloads
from cameo_service.cli.exits import ExitCode
from cameo_service.cli.failures import CliError
from cameo_service.cli.options import DataDirOption, JsonOption, epilog
from cameo_service.cli.output import emit_json, emit_table

if TYPE_CHECKING:
    from verification.packs.manifest import Component, Pack
    from verification.packs.shelf import Shelf

models_app = typer.Typer(
    name="models",
    help="Model packs: the weights that find, compare and check faces and voices.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

AcceptOption = Annotated[
    bool,
    typer.Option(
        "--accept-non-commercial",
        help="Take a pack whose face recognizer is licensed for non-commercial use only.",
    ),
]
PackArgument = Annotated[
    str, typer.Argument(help="The pack's name, as `cameo models list` has it.")
]


@models_app.command("list", epilog=epilog("cameo models list", "cameo models list --json"))
def list_packs(*, data_dir: DataDirOption = None, as_json: JsonOption = False) -> None:
    """List every pack that is here or built in: components, size, licence, state of the files.

    The active pack is the one that this data directory works with. Every file is hashed.
    """
    from verification.packs.catalogue import built_in

    shelf = _shelf(data_dir)
    here = shelf.names()
    names = [*built_in(), *(name for name in here if name not in built_in())]
    active = shelf.active()
    packs = [shelf.read(name) if name in here else built_in()[name] for name in names]
    documents = [_document(pack, shelf, here=pack.name in here, active=active) for pack in packs]
    if as_json:
        emit_json(documents)
        return
    for document in documents:
        _show(document)


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

    shelf = _shelf(data_dir)
    _require_known(name, shelf)
    pack = recipe(name) if name in NAMES else shelf.read(name)
    try:
        require_accepted(pack, accept=accept or name in shelf.names())
    except LicenceNotAccepted as error:
        raise CliError(error.code, str(error), exit_code=ExitCode.NO) from None
    with Downloads(silent=as_json) as downloads:
        pull(pack, shelf, progress=downloads)
    _tell(name, shelf, as_json=as_json, line=f"`{name}` is complete")


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
    from verification.packs.errors import PackExists, UnknownPack

    if not directory.is_dir():
        raise CliError("no_directory", f"no directory `{directory}`", exit_code=ExitCode.USAGE)
    if commercial and licence is None:
        raise CliError(
            "licence_unnamed", "`--commercial` needs `--licence`", exit_code=ExitCode.USAGE
        )
    shelf = _shelf(data_dir)
    try:
        with Downloads(silent=as_json) as downloads:
            add_directory(
                directory,
                shelf,
                name=name,
                base=base,
                licence=licence,
                commercial=commercial,
                progress=downloads,
            )
    except (PackExists, UnknownPack) as error:
        raise CliError(error.code, str(error), exit_code=ExitCode.NO) from None
    _tell(name, shelf, as_json=as_json, line=f"`{name}` was added: `cameo models use {name}`")


build_app = typer.Typer(
    name="build",
    help="Build a pack from models that other frameworks trained, in an environment of its own.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
models_app.add_typer(build_app)


@build_app.command(
    "ecapa",
    epilog=epilog(
        "cameo models build ecapa",
        "cameo models build ecapa --from checkpoints --base insightface --name ecapa-insight",
        "cameo models build ecapa --commands google_speech_command_xvector",
        codes="1  the name is taken; 4  a checkpoint cannot be had or is not the one pinned, the "
        "environment cannot be made, or the export is not the same model",
    ),
)
def build_ecapa_pack(
    *,
    name: Annotated[str, typer.Option("--name", help="What to call the pack.")] = "ecapa",
    base: Annotated[
        str, typer.Option("--base", help="The pack that everything else is taken from.")
    ] = "open",
    given: Annotated[
        Path | None,
        typer.Option(
            "--from",
            metavar="DIR",
            help="A directory with `embedding_model.ckpt` of spkrec-ecapa-voxceleb.  "
            "[default: fetch it from its hub]",
        ),
    ] = None,
    commands: Annotated[
        Path | None,
        typer.Option(
            "--commands",
            metavar="DIR",
            help="A directory with the files of google_speech_command_xvector, which then hears "
            "the digits. You vouch for them: no hash of them is published.",
        ),
    ] = None,
    environment: Annotated[
        Path | None,
        typer.Option(
            "--environment",
            metavar="DIR",
            help="Where to install SpeechBrain and torch, about 5 GB.  "
            "[default: in the data directory, removed afterwards]",
        ),
    ] = None,
    data_dir: DataDirOption = None,
    as_json: JsonOption = False,
) -> None:
    """Export SpeechBrain's speaker encoder to ONNX and make a pack with it.

    SpeechBrain and torch are installed into an environment of their own, never into the service's.
    The exported model is compared with SpeechBrain's own, from the sound to the embedding, at
    several lengths; no pack is written unless they agree. The voice threshold is the publisher's:
    `cameo evaluate voices DIR --calibrate` sets one for the people you serve.
    """
    from verification.packs.building.checkpoints import command_weights
    from verification.packs.building.ecapa import build_ecapa
    from verification.packs.building.environment import ExportEnvironment
    from verification.packs.errors import PackExists

    shelf = _shelf(data_dir)
    place = ExportEnvironment(environment or shelf.root / ".export-environment")
    try:
        with Downloads(silent=as_json) as downloads:
            built = build_ecapa(
                shelf,
                name=name,
                base=base,
                given=given,
                commands=command_weights(commands) if commands is not None else None,
                environment=place,
                progress=downloads,
            )
    except PackExists as error:
        raise CliError(error.code, str(error), exit_code=ExitCode.NO) from None
    if environment is None:
        place.remove()
    worst = min(parity.cosine for parity in built.parity.values())
    line = f"`{name}` was built and agrees with SpeechBrain (cosine {worst:.6f}): "
    _tell(name, shelf, as_json=as_json, line=line + f"`cameo models use {name}`")


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

    shelf = _shelf(data_dir)
    name = name or shelf.active_directory().name
    _require_known(name, shelf)
    try:
        verify_pack(shelf.read(name), shelf.directory(name))
    except BrokenFile as error:
        raise CliError(error.code, str(error), exit_code=ExitCode.NO) from None
    _tell(name, shelf, as_json=as_json, line=f"every file of `{name}` is as recorded")


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

    shelf = _shelf(data_dir)
    try:
        shelf.activate(name)
    except (BrokenFile, UnknownPack) as error:
        raise CliError(error.code, str(error), exit_code=ExitCode.NO) from None
    _tell(name, shelf, as_json=as_json, line=f"`{name}` is the active pack")


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
    from cameo_service.cli.opening import opened
    from cameo_service.templates.status import status_of
    from verification.packs.shelf import Shelf

    settings = load_settings(data_dir=data_dir)
    with opened(settings) as context, context.store.read() as tx:
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

    shelf, settings = _shelf(data_dir), load_settings(data_dir=data_dir)
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

    shelf, settings = _shelf(data_dir), load_settings(data_dir=data_dir)
    active = shelf.active_directory().name
    if name == active:
        raise CliError("pack_active", f"`{name}` is the active pack", exit_code=ExitCode.NO)
    _require_known(name, shelf)
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


def _shelf(data_dir: Path | None) -> "Shelf":
    from cameo_service.cli.configuration import load_settings
    from verification.packs.shelf import Shelf

    return Shelf(load_settings(data_dir=data_dir).data_dir)


def _require_known(name: str, shelf: "Shelf") -> None:
    from verification.packs.catalogue import NAMES

    if name not in NAMES and name not in shelf.names():
        known = ", ".join(sorted({*NAMES, *shelf.names()}))
        raise CliError(
            "pack_unknown", f"no pack is called `{name}`: {known}", exit_code=ExitCode.NO
        )


def _tell(name: str, shelf: "Shelf", *, as_json: bool, line: str) -> None:
    if as_json:
        emit_json(_document(shelf.read(name), shelf, here=True, active=shelf.active()))
    else:
        typer.echo(line)


def _document(pack: "Pack", shelf: "Shelf", *, here: bool, active: str | None) -> dict[str, Any]:
    directory = shelf.directory(pack.name)
    components = [_component(part, directory) for part in pack.components.values()]
    states = {component["state"] for component in components} - {"built in"}
    return {
        "name": pack.name,
        "title": pack.title,
        "active": pack.name == active,
        "state": _summary(states) if here else "not pulled",
        "size": pack.size,
        "commercial": pack.commercial,
        "enables": _enables(pack),
        "components": components,
    }


def _enables(pack: "Pack") -> dict[str, bool]:
    """Which checks the pack can make beyond those that every pack can."""
    from verification.packs.enabling import ENABLED

    return {check: role in pack.components for check, role in ENABLED.items()}


def _summary(states: set[str]) -> str:
    return "complete" if states <= {"present"} else "broken"


def _component(part: "Component", directory: Path) -> dict[str, Any]:
    from verification.packs.integrity import FileState, state_of

    states = [state_of(file, directory) for file in part.files]
    if part.convert_to is not None and part.converted is None:
        states.append(FileState.MISSING)
    broken = [state for state in states if state is not FileState.PRESENT]
    return {
        "role": str(part.role),
        "adapter": part.adapter,
        "source": part.source or (None if part.pieces else f"package {part.library}"),
        "file": part.file.path if part.file else None,
        "sha256": part.sha256,
        "pieces": {
            name: {
                "source": piece.source,
                "file": piece.file.path,
                "sha256": piece.file.sha256,
            }
            for name, piece in part.pieces.items()
        },
        "size": sum(file.size for file in part.files),
        "licence": part.licence,
        "commercial": part.commercial,
        "state": str(broken[0]) if broken else "present" if states else "built in",
        "thresholds": {
            name: {
                "value": item.value,
                "unit": item.unit,
                "calibrated_on": item.calibrated_on,
                "calibrated_by": item.calibrated_by,
                "false_match_rate": item.false_match_rate,
                "false_non_match_rate": item.false_non_match_rate,
            }
            for name, item in part.thresholds.items()
        },
    }


def _show(document: dict[str, Any]) -> None:
    mark = "active, " if document["active"] else ""
    use = "" if document["commercial"] else ", not for commercial use"
    size = document["size"] / 1e6
    typer.echo(f"{document['name']}: {mark}{document['state']}, {size:.0f} MB{use}")
    typer.echo(f"  {document['title']}")
    for possible, words in ((True, "checks besides the common ones"), (False, "cannot check")):
        names = [name for name, has in document["enables"].items() if has is possible]
        if names:
            typer.echo(f"  {words}: {', '.join(names)}")
    emit_table(
        ("  component", "state", "MB", "commercial", "licence"),
        [
            (
                f"  {part['role']}",
                part["state"],
                f"{part['size'] / 1e6:.1f}" if part["size"] else "-",
                "yes" if part["commercial"] else "NO",
                part["licence"],
            )
            for part in document["components"]
        ],
    )
    for part in document["components"]:
        for name, threshold in part["thresholds"].items():
            if threshold["calibrated_by"]:
                where = f"calibrated here on {threshold['calibrated_on']}"
                typer.echo(f"  {part['role']} {name}: {threshold['value']:g}, {where}")
    typer.echo()
