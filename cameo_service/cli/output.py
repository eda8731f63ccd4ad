"""What commands print: a table or a line for people, one JSON document for programs.

>>> emit_json({"revision": "0001"})
{"revision": "0001"}
"""

import json
import sys
from collections.abc import Iterable, Sequence
from typing import Any, TextIO

import typer

UNBOUNDED = 100_000
"""Columns: what no table is as wide as."""


def emit_json(document: Any, *, file: TextIO | None = None) -> None:  # noqa: ANN401 (any JSON)
    """Print `document` as one line of JSON."""
    typer.echo(json.dumps(document, ensure_ascii=False), file=file)


def emit_table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print a table; cells are plain text. Off a terminal a row is one line, however long: what
    reads it cuts it by lines."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        # An id that is cut off cannot be copied.
        table.add_column(column, overflow="fold", no_wrap=column in ("id", "kid"))
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    # Not Rich's own notion of a terminal, which settings of the environment overrule.
    Console(width=None if sys.stdout.isatty() else UNBOUNDED).print(table)
