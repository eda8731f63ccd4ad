"""`cameo evaluate liveness`: the whole verifier on recordings, genuine and attacking.

$ cameo evaluate liveness series --workers 2 --html liveness.html
"""

import hashlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cameo_service.cli.evaluation.asking import Asked, with_options
from cameo_service.cli.evaluation.running import (
    Bench,
    bench_of,
    calibrate_pack,
    deliver,
    evaluation_errors,
    watched,
)
from cameo_service.cli.options import epilog

if TYPE_CHECKING:
    from verification.evaluation.judging import Judge, Result
    from verification.evaluation.recordings import Recording
    from verification.evaluation.results import ResultFile


@dataclass(frozen=True, kw_only=True)
class Presented(Asked):
    """What an evaluation of liveness is asked."""

    calibrate: Annotated[
        bool,
        typer.Option(
            "--calibrate",
            help="Write the passive model's bound for `--apcer` into the pack of this data "
            "directory.",
        ),
    ] = False
    apcer: Annotated[
        float,
        typer.Option(
            "--apcer",
            min=1e-3,
            max=0.5,
            help="The share of any species that may look alive to the passive model.",
        ),
    ] = 0.05


@with_options
def evaluate_liveness(
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="Recordings and challenges.")],
    *,
    asked: Presented,
    workers: Annotated[
        int, typer.Option("--workers", min=1, max=64, help="Processes at once.")
    ] = 1,
    work: Annotated[
        Path | None,
        typer.Option("--work", help="Where results are kept as they come.  [default: DIR]"),
    ] = None,
    stop_early: Annotated[
        bool,
        typer.Option("--stop-early", help="Make no costly check of what failed already."),
    ] = False,
) -> None:
    """Judge every recording of DIR: APCER of each attack species, BPCER, what stopped whom.

    \b
    DIR/bonafide/01.webm          a genuine recording, webm or mp4,
    DIR/bonafide/01.json          and the challenge that it answers;
    DIR/attacks/replay/01.webm    attacks, in a folder for each species,
    DIR/attacks/replay/01.json    each with its challenge.

    APCER counts attacks that were verified, BPCER genuine recordings that were rejected; those
    that go to a person are counted apart. Every result is written as it comes: after a crash or
    Ctrl-C the same command goes on where it was. `python -m verification.studio series DIR` makes
    such a directory.

    `--calibrate` is for packs with a passive model, and refuses what the studio made.
    """
    from verification.evaluation.judging import Judge
    from verification.evaluation.liveness_rates import liveness_document
    from verification.evaluation.recordings import recordings_in
    from verification.evaluation.results import ResultFile

    with evaluation_errors():
        recordings = recordings_in(directory, limit=asked.limit)
        for recording in recordings:
            _ = recording.challenge  # a malformed one is said before an hour is spent on others
        bench = bench_of(asked)
        if asked.calibrate:
            _require_calibrable(bench, recordings, stop_early=stop_early)
        judge = Judge(
            pack=bench.directory,
            threads=bench.settings.inference_threads,
            tolerances=bench.settings.tolerances,
            stop_early=stop_early,
        )
        path = (work or directory) / f"liveness-{bench.pack}.jsonl"
        with ResultFile.opened(path, of=_conditions(bench, stop_early=stop_early)) as kept:
            _judge(judge, recordings, kept, workers=workers, silent=asked.as_json)
            found = _of(recordings, kept.lines)
        data = {"directory": directory.resolve().name}
        deliver(liveness_document(found, pack=bench.pack, data=data), asked)
        if asked.calibrate:
            typer.echo(_calibrated(bench, found, asked, directory), err=asked.as_json)


LIVENESS_EPILOG = epilog(
    "python -m verification.studio series series --genuine 100 --attacks 50 --seed 1",
    "cameo evaluate liveness series --workers 2 --html liveness.html",
    codes="1  too few recordings to calibrate by; 2  not such a directory, results of something "
    "else lie there, or nothing to calibrate; "
    "4  models are missing or broken, or nothing can be decoded",
)


def _require_calibrable(
    bench: Bench, recordings: "Sequence[Recording]", *, stop_early: bool
) -> None:
    """Say before an hour is spent that no bound can come of it."""
    from verification.evaluation.errors import NotCalibrable
    from verification.packs.manifest import Role

    made = sum(one.is_made for one in recordings)
    if made:
        raise NotCalibrable(
            f"the studio made `{made}` of the recordings: a passive model sees that"
        )
    if Role.PASSIVE not in bench.shelf.read(bench.pack).components:
        raise NotCalibrable(f"`{bench.pack}` has no passive model, and so no bound of one")
    if stop_early:
        raise NotCalibrable("with `--stop-early` what failed otherwise has no score")


def _calibrated(
    bench: Bench, results: "Sequence[Result]", asked: Presented, directory: Path
) -> str:
    """Write the bound into the pack, and say so in a line."""
    from verification.evaluation.passive_calibration import measured_live
    from verification.packs.manifest import Role

    attacks = sum(result["species"] is not None for result in results)
    on = f"`{directory.resolve().name}`: {len(results) - attacks} genuine, {attacks} attacks"
    attack = bench.shelf.read(bench.pack).components[Role.PASSIVE].thresholds["attack"].value
    measured = partial(measured_live, results, rate=asked.apcer, on=on, attack=attack)
    return calibrate_pack(bench, Role.PASSIVE, measured, name="live")


def _conditions(bench: Bench, *, stop_early: bool) -> dict[str, Any]:
    """What results depend on besides the recording: other ones make other results."""
    record = bench.directory / "pack.toml"
    digest = hashlib.sha256(record.read_bytes()) if record.is_file() else hashlib.sha256()
    digest.update(repr(asdict(bench.settings.tolerances)).encode())
    conditions = {
        "results_of": "liveness",
        "pack": bench.pack,
        "conditions": digest.hexdigest()[:16],
    }
    return conditions | ({"stop_early": True} if stop_early else {})


def _judge(
    judge: "Judge",
    recordings: "Sequence[Recording]",
    kept: "ResultFile",
    *,
    workers: int,
    silent: bool,
) -> None:
    """Judge what has no result yet; keep every result as it comes."""
    from verification.evaluation.judging import judged_by

    waiting = _waiting(recordings, kept.lines)
    done = len(recordings) - len(waiting)
    results = judged_by(judge, waiting, workers=workers)
    for result in watched(
        results, label="recordings", total=len(recordings), silent=silent, done=done
    ):
        kept.append(result)


def _waiting(recordings: "Sequence[Recording]", results: "Sequence[Result]") -> "list[Recording]":
    done = {(result["name"], result["sha256"]) for result in results}
    return [one for one in recordings if (one.name, one.digest) not in done]


def _of(recordings: "Sequence[Recording]", results: "Sequence[Result]") -> "list[Result]":
    """The results on exactly these recordings, as they are now."""
    wanted = {(one.name, one.digest) for one in recordings}
    found = {(result["name"], result["sha256"]): result for result in results}
    return [found[key] for key in sorted(found) if key in wanted]
