"""`cameo evaluate digits`: which strings the check of digits accepts.

$ cameo evaluate digits recorded --html digits.html
"""

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cameo_service.cli.evaluation.asking import (
    Calibrating,
    NoiseOption,
    SnrOption,
    with_options,
)
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
    from verification.evaluation.digit_strings import SpokenString
    from verification.evaluation.strings import Bounds


@dataclass(frozen=True, kw_only=True)
class Strings(Calibrating):
    """What an evaluation of digits is asked."""

    fmr: Annotated[
        float,
        typer.Option(
            "--fmr",
            min=1e-4,
            max=0.5,
            help="The share of strings with two digits off for which a bound is wanted.",
        ),
    ] = 1e-2


@with_options
def evaluate_digits(
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="One folder a speaker.")],
    *,
    asked: Strings,
    strings: Annotated[
        int, typer.Option("--strings", min=1, help="Strings that each speaker says.")
    ] = 100,
    noise: NoiseOption = None,
    snr: SnrOption = 10.0,
) -> None:
    """Have strings said of recorded digits, and judge them: right, one off, two off, unrelated.

    \b
    DIR/ann/0_1.wav    one folder a speaker, two speakers at least;
    DIR/ann/7_b.wav    the digit, `_`, anything; wav, flac, ogg, opus, mp3 or m4a;
    DIR/ben/0_x.wav    every digit at least once.

    Each string is one speaker's, in the windows of a challenge that is drawn by this deployment's
    plan, in a quiet room, and heard as the verifier hears. Every other string that might have been
    asked is then judged on the same scores. `--limit` is of each digit.

    `--calibrate` writes the highest bound at which no speaker's strings with two digits off pass
    more often than `--fmr`; fewer than 20 speakers are refused.
    """
    from verification.evaluation.digit_rates import digits_document
    from verification.evaluation.digit_strings import Room, hear_strings
    from verification.evaluation.digit_takes import digits_in, read_takes
    from verification.evaluation.sounds import noises_in
    from verification.evaluation.strings import Bounds

    with evaluation_errors():
        speakers = read_takes(digits_in(directory, limit=asked.limit))
        room = Room(noises=tuple(noises_in(noise)) if noise is not None else (), snr_db=snr)
        bench = bench_of(asked)
        models, settings = bench.models(), bench.settings
        tolerances = settings.tolerances.digits
        heard = hear_strings(
            speakers, settings.challenge, models, tolerances, room, strings=strings, seed=asked.seed
        )
        said = list(
            watched(heard, label="strings", total=strings * len(speakers), silent=asked.as_json)
        )
        bounds = Bounds(
            clear=models.thresholds.digit_clear.value,
            most=models.thresholds.digit_shortfall.value,
            tolerances=tolerances,
        )
        data = {
            "directory": directory.resolve().name,
            "noise": noise_document(len(room.noises), snr),
        }
        document = digits_document(
            said, speakers, bounds, pack=bench.pack, data=data, seed=asked.seed
        )
        deliver(document, asked)
        if asked.calibrate:
            typer.echo(_calibrated(bench, said, bounds, document["data"], asked), err=asked.as_json)


def _calibrated(
    bench: Bench,
    said: "list[SpokenString]",
    bounds: "Bounds",
    data: dict[str, Any],
    asked: Strings,
) -> str:
    """Write the bound into the pack, and say so in a line."""
    from verification.evaluation.digit_calibration import measured_shortfall
    from verification.packs.manifest import Role

    on = f"`{data['directory']}`: {data['subjects']} speakers, {data['recorded_digits']} digits"
    measured = partial(measured_shortfall, said, bounds, rate=asked.fmr, on=on)
    return calibrate_pack(bench, Role.DIGITS, measured, name="shortfall")


DIGITS_EPILOG = epilog(
    "cameo evaluate digits recorded --html digits.html",
    "cameo evaluate digits recorded --strings 150 --noise noises --snr 20 --json",
    "cameo evaluate digits recorded --strings 150 --calibrate",
    codes="1  too few speakers to calibrate by; 2  not such a directory; "
    "4  models are missing or broken",
)
