"""A bar for each phase of a verification, on standard error, for a person at a terminal.

with phases(silent=as_json) as progress:
    verify(recording, challenge, models, progress=progress)
"""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def phases(*, silent: bool) -> Iterator[Callable[[str, float], None]]:
    """What `verify` calls with a phase and the share of it that is done, 0 to 1."""
    # Where nobody sees bars, rich would still end them with an empty line.
    if silent or not sys.stderr.isatty():
        yield lambda _phase, _share: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskID, TaskProgressColumn, TextColumn

    columns = (TextColumn("{task.description}", markup=False), BarColumn(), TaskProgressColumn())
    tasks: dict[str, TaskID] = {}
    with Progress(*columns, console=Console(stderr=True), transient=True) as bars:

        def show(phase: str, share: float) -> None:
            if phase not in tasks:
                tasks[phase] = bars.add_task(phase, total=1.0)
            bars.update(tasks[phase], completed=share)

        yield show
