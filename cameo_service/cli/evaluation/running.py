"""What every evaluation needs: its pack, a progress bar, and its result shown and written.

with evaluation_errors():
    bench = bench_of(asked)
    deliver(document, asked)
"""

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import typer

from cameo_service.cli.evaluation.asking import Asked
from cameo_service.cli.exits import ExitCode
from cameo_service.cli.failures import CliError
from cameo_service.cli.output import emit_json, emit_table

if TYPE_CHECKING:
    from cameo_service.settings import Settings
    from verification.packs.loading import Models
    from verification.packs.manifest import Role, Threshold
    from verification.packs.shelf import Shelf

Item = TypeVar("Item")


@dataclass(frozen=True, kw_only=True)
class Bench:
    """The pack that is measured, on the shelf that it lies on."""

    shelf: "Shelf"
    pack: str
    settings: "Settings"

    @property
    def directory(self) -> Path:
        """Where the pack lies."""
        return self.shelf.directory(self.pack)

    def models(self) -> "Models":
        """Its models, loaded."""
        from verification.packs.loading import load_models

        return load_models(self.directory, threads=self.settings.inference_threads)


def bench_of(asked: Asked) -> Bench:
    """The pack that was asked for, or the active one."""
    from cameo_service.cli.configuration import load_settings
    from verification.packs.shelf import Shelf

    settings = load_settings(data_dir=asked.data_dir)
    shelf = Shelf(settings.data_dir)
    name = asked.pack if asked.pack is not None else shelf.active_directory().name
    return Bench(shelf=shelf, pack=name, settings=settings)


def watched(
    items: Iterable[Item], *, label: str, total: int, silent: bool, done: int = 0
) -> Iterator[Item]:
    """`items` with a bar of how many there have been, on standard error.

    Where it is to be `silent`, for programs, only a person at a terminal sees it.
    """
    if silent and not sys.stderr.isatty():
        yield from items
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
    from rich.progress import TimeRemainingColumn as Remaining

    text = TextColumn("{task.description}", markup=False)
    columns = (text, BarColumn(), MofNCompleteColumn(), Remaining())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bars:
        task = bars.add_task(label, total=total, completed=done)
        for item in items:
            yield item
            bars.advance(task)


def deliver(document: dict[str, Any], asked: Asked) -> None:
    """Show the figures, or the whole document as JSON, and write the page."""
    from verification.evaluation.page import page
    from verification.evaluation.sentences import figures_of

    if asked.html is not None:
        asked.html.write_text(page(document), encoding="utf-8")
    if asked.as_json:
        emit_json(document)
        return
    rows = [(row.name, row.value, row.interval, row.counts) for row in figures_of(document)]
    emit_table(("figure", "rate", "95 % interval", "count"), rows)
    typer.echo("\n" + ", ".join(f"{key}: {value}" for key, value in document["data"].items()))
    if asked.html is not None:
        typer.echo(f"page: {asked.html}")


def noise_document(sounds: int, snr_db: float) -> str:
    """What a result says of the noise that was mixed in."""
    return f"{sounds} sounds, {snr_db:g} dB quieter" if sounds else "none"


def calibrate_pack(
    bench: Bench, role: "Role", measured: "Callable[..., Threshold]", *, name: str
) -> str:
    """Write what is `measured`, given the old one, as `name` of `role`, and say so in a line."""
    from verification.evaluation.calibration import calibrate

    old = bench.shelf.read(bench.pack).components[role].thresholds[name]
    threshold = measured(old=old)
    calibrate(bench.shelf, bench.pack, role, threshold, name=name)
    return (
        f"`{bench.pack}`: {role} {name} is {threshold.value:g} ({threshold.unit}), "
        f"it was {old.value:g}"
    )


@contextmanager
def evaluation_errors() -> Iterator[None]:
    """Give what stops an evaluation the exit code that fits it."""
    from verification.evaluation.errors import EvaluationError, TooLittleData

    try:
        yield
    except TooLittleData as error:
        raise CliError(error.code, str(error), exit_code=ExitCode.NO) from error
    except EvaluationError as error:
        raise CliError(error.code, str(error), exit_code=ExitCode.USAGE) from error
