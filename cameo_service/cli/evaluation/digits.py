"""`cameo evaluate digits`: which strings the check of digits accepts.

$ cameo evaluate digits recorded --html digits.html
"""

from pathlib import Path
from typing import Annotated

import typer

from cameo_service.cli.evaluation.running import (
    HtmlOption,
    LimitOption,
    NoiseOption,
    PackOption,
    SeedOption,
    SnrOption,
    bench_of,
    deliver,
    evaluation_errors,
    noise_document,
    watched,
)
from cameo_service.cli.options import DataDirOption, JsonOption, epilog


def evaluate_digits(
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="One folder a speaker.")],
    *,
    pack: PackOption = None,
    strings: Annotated[
        int, typer.Option("--strings", min=1, help="Strings that each speaker says.")
    ] = 100,
    noise: NoiseOption = None,
    snr: SnrOption = 10.0,
    limit: LimitOption = None,
    seed: SeedOption = 0,
    html: HtmlOption = None,
    data_dir: DataDirOption = None,
    as_json: JsonOption = False,
) -> None:
    """Have strings said of recorded digits, and judge them: right, one off, two off, unrelated.

    \b
    DIR/ann/0_1.wav    one folder a speaker, two speakers at least;
    DIR/ann/7_b.wav    the digit, `_`, anything; wav, flac, ogg, opus, mp3 or m4a;
    DIR/ben/0_x.wav    every digit at least once.

    Each string is one speaker's, in the windows of a challenge that is drawn by this deployment's
    plan, in a quiet room, and heard as the verifier hears. Every other string that might have been
    asked is then judged on the same scores. `--limit` is of each digit.
    """
    from verification.evaluation.digit_rates import digits_document
    from verification.evaluation.digit_strings import Room, hear_strings
    from verification.evaluation.digit_takes import digits_in, read_takes
    from verification.evaluation.sounds import noises_in
    from verification.evaluation.strings import Bounds

    with evaluation_errors():
        speakers = read_takes(digits_in(directory, limit=limit))
        room = Room(noises=tuple(noises_in(noise)) if noise is not None else (), snr_db=snr)
        bench = bench_of(pack, data_dir)
        models, settings = bench.models(), bench.settings
        tolerances = settings.tolerances.digits
        heard = hear_strings(
            speakers, settings.challenge, models, tolerances, room, strings=strings, seed=seed
        )
        said = list(watched(heard, label="strings", total=strings * len(speakers), silent=as_json))
        bounds = Bounds(
            clear=models.thresholds.digit_clear.value,
            most=models.thresholds.digit_shortfall.value,
            tolerances=tolerances,
        )
        data = {
            "directory": directory.resolve().name,
            "noise": noise_document(len(room.noises), snr),
        }
        document = digits_document(said, speakers, bounds, pack=bench.pack, data=data, seed=seed)
        deliver(document, html=html, as_json=as_json)


DIGITS_EPILOG = epilog(
    "cameo evaluate digits recorded --html digits.html",
    "cameo evaluate digits recorded --strings 150 --noise noises --snr 20 --json",
    codes="2  not such a directory; 4  models are missing or broken",
)
