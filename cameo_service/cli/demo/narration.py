"""What the audience of the demo reads: on a terminal, or as JSON, one step a line.

>>> duration(0.0042), duration(12.34)
('4 ms', '12.3 s')
"""

import time
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import asdict, dataclass, field
from typing import Any, Protocol

from cameo_service.cli.output import emit_json


@dataclass(slots=True, kw_only=True)
class Step:
    """One step of the story. What is set while it runs is told when it is over."""

    name: str
    title: str
    outcome: str = ""
    facts: dict[str, Any] = field(default_factory=dict)
    report: Mapping[str, Any] | None = None
    seconds: float = 0.0

    def tell(self, outcome: str, **facts: Any) -> None:  # noqa: ANN401 (any JSON)
        """Say how it went."""
        self.outcome = outcome
        self.facts.update(facts)


class Narrator(Protocol):
    """Tells the story."""

    def act(self, title: str) -> None:
        """A new act begins."""

    def step(self, name: str, title: str) -> AbstractContextManager[Step]:
        """A step runs within the block; it is told when the block ends without an exception."""

    def progress(self, step: str, done: int, total: int) -> None:
        """Something long is `done` of `total` bytes far; 0 of 0 for a remark."""

    def end(self, *, seconds: float, links: Mapping[str, str]) -> None:
        """The story is over."""


def duration(seconds: float) -> str:
    """A time span for people."""
    return f"{seconds * 1000:.0f} ms" if seconds < 1 else f"{seconds:.1f} s"


class JsonNarrator:
    """One JSON document a line."""

    def act(self, title: str) -> None:
        """Acts are for people."""

    @contextmanager
    def step(self, name: str, title: str) -> Iterator[Step]:
        """Run and print a step."""
        step = Step(name=name, title=title)
        started = time.perf_counter()
        yield step
        step.seconds = round(time.perf_counter() - started, 4)
        emit_json(asdict(step))

    def progress(self, step: str, done: int, total: int) -> None:
        """Progress is for people."""

    def end(self, *, seconds: float, links: Mapping[str, str]) -> None:
        """Print the last line."""
        emit_json({"name": "end", "seconds": round(seconds, 1), "links": dict(links)})


class TerminalNarrator:
    """Colours, spinners and tables where the terminal has them, plain lines elsewhere."""

    def __init__(self) -> None:
        from rich.console import Console

        self._console = Console(highlight=False)
        self._status: Any = None

    def act(self, title: str) -> None:
        """Print a headline."""
        self._console.print(f"\n[bold cyan]{title}[/]")

    @contextmanager
    def step(self, name: str, title: str) -> Iterator[Step]:
        """Run a step under a spinner, then print it with the time that it took."""
        from rich.padding import Padding
        from rich.text import Text

        step = Step(name=name, title=title)
        started = time.perf_counter()
        with self._console.status(f"{title} …") as self._status:
            yield step
        step.seconds = time.perf_counter() - started
        self._console.print(f"  [green]✓[/] {title} [dim]{duration(step.seconds)}[/]")
        if step.outcome:
            self._console.print(Padding(Text(step.outcome), (0, 0, 0, 4)))
        if step.report is not None:
            self._table(step.report)

    def progress(self, step: str, done: int, total: int) -> None:
        """Show how far the running step is."""
        share = f" {100 * done // total}% of {total / 1e6:.0f} MB" if total else ""
        if self._status is not None:
            self._status.update(f"{step}{share} …")

    def end(self, *, seconds: float, links: Mapping[str, str]) -> None:
        """Print the links."""
        self._console.print(f"\n[bold green]The story went as told[/] in {duration(seconds)}.")
        for name, link in links.items():
            self._console.print(f"  {name}: [link={link}]{link}[/link]", soft_wrap=True)

    def _table(self, report: Mapping[str, Any]) -> None:
        from rich.padding import Padding
        from rich.table import Table

        table = Table("check", "outcome", "code", box=None, header_style="dim")
        colours = {"pass": "green", "fail": "red", "inconclusive": "yellow"}
        for check in report["checks"]:
            outcome = check["outcome"]
            table.add_row(check["name"], f"[{colours[outcome]}]{outcome}[/]", check["code"] or "")
        self._console.print(Padding(table, (0, 0, 0, 4)))
