"""`cameo evaluate digits`: which strings the check of digits accepts.

$ cameo evaluate digits recorded --html digits.html
"""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cameo_service.cli.evaluation.running import (
    HtmlOption,
    LimitOption,
    PackOption,
    SeedOption,
    bench_of,
    deliver,
    evaluation_errors,
    watched,
)
from cameo_service.cli.options import DataDirOption, JsonOption, epilog

if TYPE_CHECKING:
    from verification.evaluation.digit_strings import Judge
    from verification.packs.loading import Models
    from verification.tolerances import Tolerances


def evaluate_digits(
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="One folder a speaker.")],
    *,
    pack: PackOption = None,
    strings: Annotated[
        int, typer.Option("--strings", min=1, help="Strings of each kind for each speaker.")
    ] = 1_000,
    length: Annotated[int, typer.Option("--length", min=2, max=12, help="Digits a string.")] = 6,
    limit: LimitOption = None,
    seed: SeedOption = 0,
    html: HtmlOption = None,
    data_dir: DataDirOption = None,
    as_json: JsonOption = False,
) -> None:
    """Put strings together from recorded digits: right, one off, two off, unrelated ones.

    \b
    DIR/ann/0_1.wav    one folder a speaker, two speakers at least;
    DIR/ann/7_b.wav    the digit, `_`, anything; wav, flac, ogg, opus, mp3 or m4a;
    DIR/ben/0_x.wav    as many of each digit as there are.

    Each recording is placed in a window of a quiet room and scored once; strings are then judged
    as the verifier judges them. `--limit` is of each digit.
    """
    from verification.evaluation.digit_rates import digits_document
    from verification.evaluation.digit_strings import Asking, simulate
    from verification.evaluation.digit_takes import digits_in, score_takes

    with evaluation_errors():
        samples = digits_in(directory, limit=limit)
        bench = bench_of(pack, data_dir)
        models, tolerances = bench.models(), bench.settings.tolerances
        takes = list(
            watched(
                score_takes(samples, models, tolerances.digits),
                label="digits",
                total=len(samples),
                silent=as_json,
            )
        )
        asking = Asking(strings=strings, length=length)
        outcomes = simulate(takes, asking, judge_of(models, tolerances), seed=seed)
        data = {"directory": directory.resolve().name, "digits_a_string": length}
        document = digits_document(takes, outcomes, pack=bench.pack, data=data, seed=seed)
        deliver(document, html=html, as_json=as_json)


DIGITS_EPILOG = epilog(
    "cameo evaluate digits recorded --html digits.html",
    "cameo evaluate digits recorded --strings 5000 --seed 1 --json",
    codes="2  not such a directory; 4  models are missing or broken",
)


def judge_of(models: "Models", tolerances: "Tolerances") -> "Judge":
    """The verifier's own decision over a string, on scores that are there already."""
    from collections.abc import Sequence

    from verification.evaluation.digit_takes import Take
    from verification.liveness.digits import Heard, check_digits, margin_of
    from verification.report import Outcome

    bounds = tolerances.digits

    def judge(asked: Sequence[int], said: Sequence[Take]) -> Outcome:
        heard = [
            Heard(
                digit=digit,
                speech_s=0.0 if take.scores is None else bounds.speech_s,
                margin=None if take.scores is None else margin_of(digit, take.scores),
            )
            for digit, take in zip(asked, said, strict=True)
        ]
        return check_digits(
            heard,
            clear=models.thresholds.digit_clear.value,
            most=models.thresholds.digit_shortfall.value,
            tolerances=bounds,
        ).outcome

    return judge
