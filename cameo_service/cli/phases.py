"""A bar for each phase of a verification, on standard error.

with phases(silent=as_json) as progress:
    verify(recording, challenge, models, progress=progress)
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def phases(*, silent: bool) -> Iterator[Callable[[str, float], None]]:
    """What `verify` calls with a phase and the share of it that is done, 0 to 1."""
    if silent:
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
