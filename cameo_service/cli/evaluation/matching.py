"""`cameo evaluate faces` and `cameo evaluate voices`: every pair of samples compared.

$ cameo evaluate faces stills --pack open --html faces.html
"""

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cameo_service.cli.evaluation.asking import Matching, NoiseOption, SnrOption, with_options
from cameo_service.cli.evaluation.running import (
    Bench,
    bench_of,
    calibrate_pack,
    deliver,
    evaluation_errors,
    noise_document,
    watched,
)
from cameo_service.cli.options import epilog

if TYPE_CHECKING:
    from verification.evaluation.embedded import Attempt
    from verification.evaluation.utterances import Hearing


@with_options
def evaluate_faces(
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="One folder a subject.")],
    *,
    asked: Matching,
    enlarge: Annotated[
        float,
        typer.Option("--enlarge", min=1.0, max=16.0, help="Zoom stills: detectors miss small ones"),
    ] = 1.0,
    margin: Annotated[
        float,
        typer.Option("--margin", min=0.0, max=1.0, help="Room around stills that a face fills."),
    ] = 0.0,
) -> None:
    """Compare every pair of stills of DIR: FMR, FNMR, EER, failure to enroll.

    \b
    DIR/ann/1.jpg      one folder a subject, two subjects at least;
    DIR/ann/2.png      jpg, png, pgm, ppm, bmp, webp or tiff, several of each;
    DIR/ben/any.jpg    the largest face of each still counts.

    Rates over pairs have 95 % intervals by drawing subjects anew, since pairs of the same people
    repeat one another. `--calibrate` refuses a rate that so few people cannot show.
    """
    from verification.evaluation.samples import STILLS, samples_in
    from verification.evaluation.stills import embed_stills

    with evaluation_errors():
        samples = samples_in(directory, STILLS, limit=asked.limit)
        bench = bench_of(asked)
        models = bench.models()
        attempts = list(
            watched(
                embed_stills(samples, models.faces, enlarge=enlarge, margin=margin),
                label="stills",
                total=len(samples),
                silent=asked.as_json,
            )
        )
        data = {"directory": directory.resolve().name, "enlarged": enlarge, "margin": margin}
        document = _document("faces", bench, attempts, data, asked)
        _finish(bench, document, asked)


FACES_EPILOG = epilog(
    "cameo evaluate faces stills --html faces.html",
    "cameo evaluate faces orl --enlarge 3 --margin 0.25 --pack open --json",
    "cameo evaluate faces stills --fmr 0.001 --calibrate",
    codes="1  too few people for the rate to calibrate at; 2  not such a directory; "
    "4  models are missing or broken",
)


@with_options
def evaluate_voices(
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="One folder a speaker.")],
    *,
    asked: Matching,
    seconds: Annotated[
        float | None,
        typer.Option("--seconds", min=0.6, help="Only so much speech of each sample.  [all]"),
    ] = None,
    join: Annotated[
        int, typer.Option("--join", min=1, help="So many files make a sample: for single words.")
    ] = 1,
    noise: NoiseOption = None,
    snr: SnrOption = 10.0,
) -> None:
    """Compare every pair of utterances of DIR: FMR, FNMR, EER, failure to enroll.

    \b
    DIR/ann/1.wav      one folder a speaker, two speakers at least;
    DIR/ann/2.flac     wav, flac, ogg, opus, mp3 or m4a, several of each;
    DIR/ben/any.wav    what is not speech in them is cut out first.
    """
    from verification.evaluation.samples import SOUNDS, samples_in
    from verification.evaluation.sounds import noises_in
    from verification.evaluation.utterances import Hearing, embed_utterances, utterances_of

    with evaluation_errors():
        samples = samples_in(directory, SOUNDS, limit=asked.limit)
        noises = tuple(noises_in(noise)) if noise is not None else ()
        hearing = Hearing(seconds=seconds, noises=noises, snr_db=snr)
        bench = bench_of(asked)
        utterances = utterances_of(samples, join=join, seed=asked.seed)
        models = bench.models()
        attempts = list(
            watched(
                embed_utterances(utterances, models, hearing, seed=asked.seed),
                label="utterances",
                total=len(utterances),
                silent=asked.as_json,
            )
        )
        data = {"directory": directory.resolve().name, **_hearing(hearing, join)}
        document = _document("voices", bench, attempts, data, asked)
        _finish(bench, document, asked)


VOICES_EPILOG = epilog(
    "cameo evaluate voices speakers --html voices.html",
    "cameo evaluate voices speakers --noise noises --snr 10 --seconds 4",
    "cameo evaluate voices digits --join 6",
    codes="1  too few people for the rate to calibrate at; 2  not such a directory; "
    "4  models are missing or broken",
)


def _hearing(hearing: "Hearing", join: int) -> dict[str, Any]:
    return {
        "seconds": "all" if hearing.seconds is None else hearing.seconds,
        "files_a_sample": join,
        "noise": noise_document(len(hearing.noises), hearing.snr_db),
    }


def _document(
    kind: str, bench: Bench, attempts: "Sequence[Attempt]", data: dict[str, Any], asked: Matching
) -> dict[str, Any]:
    from verification.evaluation.calibration import ROLES, as_similarity
    from verification.evaluation.matching_rates import Question, matching_document

    part = bench.shelf.read(bench.pack).components[ROLES[kind]]
    question = Question(
        kind=kind,
        pack=bench.pack,
        model=part.adapter,
        threshold=as_similarity(part.thresholds["match"]),
        false_match_rate=asked.fmr,
        seed=asked.seed,
        data=data,
    )
    return matching_document(attempts, question)


def _finish(bench: Bench, document: dict[str, Any], asked: Matching) -> None:
    """Deliver the result first: a refusal to calibrate takes nothing away from it."""
    from verification.evaluation.calibration import ROLES, measured_threshold

    deliver(document, asked)
    if not asked.calibrate:
        return
    data, role = document["data"], ROLES[document["kind"]]
    people = f"{data['subjects_enrolled']} subjects, {data['enrolled']} samples"
    measured = partial(measured_threshold, document, on=f"`{data['directory']}`: {people}")
    typer.echo(calibrate_pack(bench, role, measured, name="match"), err=asked.as_json)
