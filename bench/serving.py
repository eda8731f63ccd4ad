"""A real service for a benchmark, in a process of its own.

with serving(data_dir) as service:
    service.url
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Service:
    """A running service."""

    url: str
    port: int
    pid: int


@contextmanager
def serving(data_dir: Path, *options: str) -> Iterator[Service]:
    """`cameo serve` on a free port; the block starts when it listens."""
    arguments = ["serve", "--port", "0", "--json", "--stop-with-stdin", *options]
    with _running(data_dir, "cameo_service", *arguments) as service:
        yield service


@contextmanager
def serving_beside_bare(data_dir: Path) -> Iterator[Service]:
    """The same service, with the bare route of `bench.bare` beside it."""
    with _running(data_dir, "bench.bare", "--data-dir", str(data_dir)) as service:
        yield service


@contextmanager
def _running(data_dir: Path, module: str, *arguments: str) -> Iterator[Service]:
    """A service that says where it listens, and stops when its standard input closes."""
    others = {name: value for name, value in os.environ.items() if not name.startswith("CAMEO_")}
    process = subprocess.Popen(  # noqa: S603 (our own interpreter and module)
        [sys.executable, "-m", module, *arguments],
        env={**others, "CAMEO_DATA_DIR": str(data_dir), "CAMEO_LOG_LEVEL": "WARNING"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    if process.stdin is None or process.stdout is None:
        raise TypeError("the service was started without pipes")
    try:
        listening = json.loads(process.stdout.readline())
        yield Service(url=listening["url"], port=listening["port"], pid=process.pid)
    finally:
        process.stdin.close()
        process.stdout.close()
        process.wait(30)


def resident_mb(pid: int) -> float:
    """Resident memory of a process, in megabytes of 10^6 bytes (Linux)."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return round(int(line.split()[1]) * 1024 / 1e6, 1)
    raise LookupError(f"process {pid} has no memory")


def children_of(pid: int) -> list[int]:
    """The processes that `pid` started and that still run."""
    tasks = Path(f"/proc/{pid}/task").iterdir()
    return [int(child) for task in tasks for child in (task / "children").read_text().split()]
