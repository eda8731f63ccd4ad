"""`cameo models build`: packs of models that other frameworks trained.

$ cameo models build ecapa
"""

from pathlib import Path
from typing import Annotated

import typer

from cameo_service.cli.downloads import Downloads
from cameo_service.cli.models.group import answering_no, models_app, shelf_of, tell
from cameo_service.cli.options import DataDirOption, JsonOption, epilog

build_app = typer.Typer(
    name="build",
    help="Build a pack from models that other frameworks trained, in an environment of its own.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
models_app.add_typer(build_app)

FromOption = Annotated[
    Path | None,
    typer.Option(
        "--from",
        metavar="DIR",
        help="A directory with `embedding_model.ckpt` of spkrec-ecapa-voxceleb.  "
        "[default: fetch it from its hub]",
    ),
]
CommandsOption = Annotated[
    Path | None,
    typer.Option(
        "--commands",
        metavar="DIR",
        help="A directory with the files of google_speech_command_xvector, which then hears "
        "the digits. You vouch for them: no hash of them is published.",
    ),
]
EnvironmentOption = Annotated[
    Path | None,
    typer.Option(
        "--environment",
        metavar="DIR",
        help="Where to install SpeechBrain and torch, about 5 GB.  "
        "[default: in the data directory, removed afterwards]",
    ),
]


@build_app.command(
    "ecapa",
    epilog=epilog(
        "cameo models build ecapa",
        "cameo models build ecapa --from checkpoints --base insightface --name ecapa-insight",
        "cameo models build ecapa --commands google_speech_command_xvector",
        codes="1  the name is taken, or the base's licence was not accepted; 4  a checkpoint "
        "cannot be had or is not the one pinned, the environment cannot be made, or the export is "
        "not the same model",
    ),
)
def build_ecapa_pack(
    *,
    name: Annotated[str, typer.Option("--name", help="What to call the pack.")] = "ecapa",
    base: Annotated[
        str, typer.Option("--base", help="The pack that everything else is taken from.")
    ] = "open",
    given: FromOption = None,
    commands: CommandsOption = None,
    environment: EnvironmentOption = None,
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
    from verification.packs.errors import LicenceNotAccepted, PackExists

    shelf = shelf_of(data_dir)
    place = ExportEnvironment(environment or shelf.root / ".export-environment")
    with answering_no(LicenceNotAccepted, PackExists), Downloads(silent=as_json) as downloads:
        built = build_ecapa(
            shelf,
            name=name,
            base=base,
            given=given,
            commands=command_weights(commands) if commands is not None else None,
            environment=place,
            progress=downloads,
        )
    if environment is None:
        place.remove()
    worst = min(parity.cosine for parity in built.parity.values())
    line = f"`{name}` was built and agrees with SpeechBrain (cosine {worst:.6f}): "
    tell(name, shelf, as_json=as_json, line=line + f"`cameo models use {name}`")
