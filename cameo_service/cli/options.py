"""Options that several commands have, each declared once."""

from pathlib import Path
from typing import Annotated

import typer

JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]
DataDirOption = Annotated[
    Path | None,
    typer.Option(
        "--data-dir", help="Database, blobs, keys and models.  [default: CAMEO_DATA_DIR or ./data]"
    ),
]
MigrateOption = Annotated[
    bool, typer.Option("--migrate", help="Bring the database's schema up to date first.")
]
StdinOption = Annotated[
    bool,
    typer.Option(
        "--stop-with-stdin",
        help="Stop when standard input closes, that is when the process that started this ends.",
    ),
]


def epilog(*examples: str, codes: str = "") -> str:
    """The end of a command's help: examples, and what its exit codes mean beyond the usual."""
    lines = ["\b", "Examples:", *(f"  {example}" for example in examples)]
    if codes:
        lines += ["", "\b", "Exit codes:", *(f"  {line}" for line in codes.split("; "))]
    return "\n".join(lines)
