"""The options that evaluations have in common, each declared once, given as one object.

@with_options
def evaluate_stones(directory: Path, *, asked: Matching) -> None: ...

A command's parameter `asked` is a dataclass: each of its fields becomes an option of the command.
"""

from collections.abc import Callable
from dataclasses import dataclass, fields
from inspect import Parameter, Signature, signature
from pathlib import Path
from typing import Annotated, get_type_hints

import typer

from cameo_service.cli.options import DataDirOption, JsonOption

NoiseOption = Annotated[
    Path | None,
    typer.Option("--noise", help="Mix in sounds of this folder, but for `rir*`."),
]
SnrOption = Annotated[float, typer.Option("--snr", help="By how many dB noise is quieter.")]


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What every evaluation is asked."""

    pack: Annotated[
        str | None, typer.Option("--pack", help="Model pack.  [default: the active one]")
    ] = None
    limit: Annotated[
        int | None, typer.Option("--limit", min=1, help="At most so many files of each folder.")
    ] = None
    html: Annotated[
        Path | None,
        typer.Option("--html", help="Also write the result as one HTML page.", dir_okay=False),
    ] = None
    data_dir: DataDirOption = None
    as_json: JsonOption = False


@dataclass(frozen=True, kw_only=True)
class Calibrating(Asked):
    """What those are asked that write a threshold into a pack."""

    calibrate: Annotated[
        bool,
        typer.Option(
            "--calibrate",
            help="Write the threshold for `--fmr` into the pack of this data directory.",
        ),
    ] = False
    seed: Annotated[
        int, typer.Option("--seed", min=0, help="The same seed gives the same figures.")
    ] = 0


@dataclass(frozen=True, kw_only=True)
class Matching(Calibrating):
    """What evaluations of faces and voices are asked."""

    fmr: Annotated[
        float,
        typer.Option(
            "--fmr", min=1e-6, max=0.5, help="The false match rate that a threshold is wanted for."
        ),
    ] = 1e-3


def with_options(command: Callable[..., None]) -> Callable[..., None]:
    """`command` with an option for each field of the dataclass that its parameter `asked` is."""
    kind = get_type_hints(command)["asked"]
    hints = get_type_hints(kind, include_extras=True)
    options = [
        Parameter(one.name, Parameter.KEYWORD_ONLY, default=one.default, annotation=hints[one.name])
        for one in fields(kind)
    ]
    own = signature(command, eval_str=True)
    kept = [one for one in own.parameters.values() if one.name != "asked"]

    def run(**given: object) -> None:
        asked = kind(**{one.name: given.pop(one.name) for one in options})
        command(**given, asked=asked)

    run.__name__, run.__doc__, run.__module__ = command.__name__, command.__doc__, __name__
    run.__annotations__ = {one.name: one.annotation for one in (*kept, *options)}
    # typer reads the parameters of a command from its signature
    vars(run)["__signature__"] = Signature([*kept, *options])
    return run
