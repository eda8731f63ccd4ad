"""Progress bars for downloads, on standard error.

with Downloads(silent=as_json) as downloads:
    pull(pack, shelf, progress=downloads)
"""

from types import TracebackType
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID


class Downloads:
    """A `Progress` of the sources: one bar a file, or a line where there is nothing to measure."""

    def __init__(self, *, silent: bool) -> None:
        self._silent = silent
        self._bars: Progress | None = None
        self._tasks: dict[str, TaskID] = {}

    def __enter__(self) -> Self:
        if not self._silent:
            from rich.console import Console
            from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn
            from rich.progress import TimeRemainingColumn as Remaining

            label = TextColumn("{task.description}", markup=False)
            columns = (label, BarColumn(), DownloadColumn(), Remaining())
            self._bars = Progress(*columns, console=Console(stderr=True))
            self._bars.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._bars is not None:
            self._bars.stop()

    def __call__(self, step: str, done: int, total: int) -> None:
        """Show how far `step` has come; a step without a size is told in a line."""
        if self._bars is None:
            return
        if total == 0:
            self._bars.console.print(step, markup=False)
            return
        if step not in self._tasks:
            self._tasks[step] = self._bars.add_task(step, total=total)
        self._bars.update(self._tasks[step], completed=done)
