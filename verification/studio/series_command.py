"""Make a series of recordings on the command line.

python -m verification.studio series DIR --genuine 100 --attacks 50 --workers 2 --seed 1
python -m verification.studio series DIR --only replay --stills stills --pack packs/open
"""

from pathlib import Path
from typing import Annotated

import typer

from verification.errors import VerificationError
from verification.studio.attacks import ATTACKS, attack_named
from verification.studio.casting import Part, cast_from, read_cast, write_cast
from verification.studio.series import Series, shoot_series
from verification.studio.shots import planned

series_app = typer.Typer(add_completion=False)


@series_app.command(help="Make recordings, genuine and attacking, that vary as sessions do.")
def series(
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="where they are written")],
    *,
    genuine: Annotated[int, typer.Option(min=0, help="genuine recordings")] = 100,
    attacks: Annotated[int, typer.Option(min=0, help="recordings of each species")] = 50,
    only: Annotated[
        list[str] | None,
        typer.Option(
            help="only this species, again and again, in this order: " + ", ".join(sorted(ATTACKS))
        ),
    ] = None,
    stills: Annotated[
        Path | None, typer.Option(help="a directory of faces instead of `astronaut`")
    ] = None,
    pack: Annotated[Path | None, typer.Option(help="whose models find the faces")] = None,
    enlarge: Annotated[float, typer.Option(min=1.0, help="zoom the stills so much")] = 1.0,
    margin: Annotated[float, typer.Option(min=0.0, help="room around a still, of its size")] = 0.0,
    voices: Annotated[
        Path | None,
        typer.Option(help="directories of recorded digits instead of four synthetic speakers"),
    ] = None,
    workers: Annotated[int, typer.Option(min=1, max=64, help="processes at once")] = 1,
    seed: Annotated[int, typer.Option(min=0, help="the same seed gives the same series")] = 0,
) -> None:
    """Write the series; what is there already is left as it is."""
    try:
        species = only or sorted(ATTACKS)
        for name in species:
            attack_named(name)
        made = Series(
            directory=directory,
            cast=tuple(_cast(directory, stills, pack, enlarge=enlarge, margin=margin)),
            voices=_voices(voices),
        )
        shots = planned(
            seed=seed,
            genuine=genuine,
            attacks=dict.fromkeys(species, attacks),
            stills=made.cast,
            voices=made.voices,
        )
        for number, name in enumerate(shoot_series(made, shots, workers=workers), start=1):
            typer.echo(f"{number} of {len(shots)}: {name}")
    except (VerificationError, ValueError, OSError) as error:
        typer.echo(f"error: {error}", err=True)
        raise typer.Exit(2) from error


def _cast(
    directory: Path, stills: Path | None, pack: Path | None, *, enlarge: float, margin: float
) -> list[Part]:
    """The faces in `stills`, which are looked for once a series."""
    if stills is None:
        return []
    kept = directory / "cast.json"
    if kept.is_file():
        return read_cast(kept)
    if pack is None:
        raise ValueError("`--stills` needs `--pack`, whose models find the faces")
    from verification.packs.loading import load_models

    cast = cast_from(stills, load_models(pack).faces, enlarge=enlarge, margin=margin)
    directory.mkdir(parents=True, exist_ok=True)
    write_cast(kept, cast)
    return cast


def _voices(directory: Path | None) -> tuple[Path, ...]:
    """Every folder of recorded digits."""
    if directory is None:
        return ()
    found = tuple(sorted(path for path in directory.iterdir() if path.is_dir()))
    if not found:
        raise ValueError(f"no directory of recorded digits in `{directory}`")
    return found
