"""`cameo verify-recording`: the verifier alone, on a file."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cameo_service.cli.exits import ExitCode
from cameo_service.cli.failures import CliError
from cameo_service.cli.options import DataDirOption, JsonOption, epilog
from cameo_service.cli.output import emit_json, emit_table

if TYPE_CHECKING:
    from verification.challenge import Challenge

EXIT_OF = {
    "verified": ExitCode.OK,
    "rejected": ExitCode.NO,
    "needs_review": ExitCode.NEEDS_REVIEW,
}


def verify_recording(
    file: Annotated[
        Path, typer.Argument(help="The recording, WebM or MP4.", exists=True, dir_okay=False)
    ],
    *,
    challenge: Annotated[
        Path,
        typer.Option(
            "--challenge",
            help="The challenge as JSON, as an enrollment shows it.",
            exists=True,
            dir_okay=False,
        ),
    ],
    pack: Annotated[
        str | None,
        typer.Option("--pack", help="Model pack.  [default: the active one]"),
    ] = None,
    data_dir: DataDirOption = None,
    as_json: JsonOption = False,
) -> None:
    """Judge a recording against its challenge, and print the whole report.

    No service and no database are involved, and nothing is stored. The report has scores and
    thresholds: it is for operators, not for the person in the recording.
    """
    from cameo_service.cli.configuration import load_settings
    from cameo_service.cli.phases import phases
    from verification.packs.loading import load_models
    from verification.packs.shelf import Shelf
    from verification.report import report_document
    from verification.verifier import verify

    asked = _challenge(challenge)
    settings = load_settings(data_dir=data_dir)
    shelf = Shelf(settings.data_dir)
    directory = shelf.directory(pack) if pack is not None else shelf.active_directory()
    models = load_models(directory, threads=settings.inference_threads)
    with file.open("rb") as recording, phases(silent=as_json) as progress:
        verification = verify(
            recording, asked, models, tolerances=settings.tolerances, progress=progress
        )
    report = report_document(verification.report)
    if as_json:
        emit_json(report)
    else:
        show_report(report)
    raise typer.Exit(EXIT_OF[report["verdict"]])


VERIFY_EPILOG = epilog(
    "cameo verify-recording alice.webm --challenge challenge.json",
    "cameo verify-recording alice.webm --challenge challenge.json --json",
    codes="0  verified; 1  rejected; 2  wrong usage, or not a challenge; 3  a person has to look; "
    "4  models are missing or broken",
)


def show_report(report: dict[str, Any]) -> None:
    """Print a report as a table."""
    emit_table(
        ("check", "outcome", "code", "score", "threshold"),
        [
            (
                check["name"],
                check["outcome"],
                check["code"] or "",
                _number(check["score"]),
                _number(check["threshold"]),
            )
            for check in report["checks"]
        ],
    )
    typer.echo(f"\n{report['verdict']} (models: {report['pack']})")


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}"


def _challenge(path: Path) -> "Challenge":
    from verification.challenge import from_document

    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise CliError(
            "challenge_malformed", f"`{path}` is not JSON: {error}", exit_code=ExitCode.USAGE
        ) from error
    return from_document(document)
