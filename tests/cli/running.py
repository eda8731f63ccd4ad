"""The real command line in a process of its own, and the real service behind it."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2

from tests.plain import NO_AUTHORITIES

ROOT = Path(__file__).parents[2]
DATABASE = "CAMEO_DATABASE_URL"
"""Set by the fixture `data_dir`, or by nobody."""

PATIENCE_S = 60.0
"""How long a client of tests waits for an answer: a machine that stalls is no service that does."""
ENDS_WITHIN_S = 120.0
"""A service waits for requests in hand, and then for its worker: half a minute at most, beside what
a busy machine takes."""


@dataclass(frozen=True)
class Ran:
    """How a command ended."""

    status: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        return json.loads(self.out)

    @property
    def error(self) -> dict[str, str]:
        """The error of a command that ran with --json."""
        document: dict[str, dict[str, str]] = json.loads(self.err)
        return document["error"]


def environment(data_dir: Path, **settings: str) -> Mapping[str, str]:
    others = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("CAMEO_") or name == DATABASE
    }
    # No process of a test may leave the machine through a proxy to reach its own loopback.
    return {**others, "NO_PROXY": "*", "CAMEO_DATA_DIR": str(data_dir), **settings}


def cameo(*arguments: str, data_dir: Path, timeout: float = 120, **settings: str) -> Ran:
    ended = subprocess.run(  # noqa: S603 (our own interpreter and module)
        [sys.executable, "-m", "cameo_service", *arguments],
        cwd=ROOT,
        env=environment(data_dir, **settings),
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )
    return Ran(ended.returncode, ended.stdout, ended.stderr)


@dataclass
class Serving:
    """A service in a process of its own."""

    process: subprocess.Popen[str]
    url: str
    log: Path

    def get(self, path: str, **headers: str) -> httpx2.Response:
        return httpx2.get(
            self.url + path,
            headers=headers,
            trust_env=False,
            timeout=PATIENCE_S,
            verify=NO_AUTHORITIES,
        )

    def stop(self, with_signal: int = signal.SIGTERM) -> int:
        self.process.send_signal(with_signal)
        return self.process.wait(ENDS_WITHIN_S)

    def logged(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.log.read_text().splitlines()]


@contextmanager
def serving(*arguments: str, data_dir: Path, log: Path, **settings: str) -> Iterator[Serving]:
    with log.open("wb") as errors:
        process = subprocess.Popen(  # noqa: S603 (our own interpreter and module)
            [sys.executable, "-m", "cameo_service", "serve", "--port", "0", "--json", *arguments],
            cwd=ROOT,
            env=environment(data_dir, **settings),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        )
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line, log.read_text()
        yield Serving(process=process, url=json.loads(line)["url"], log=log)
    finally:
        process.kill()
        process.wait(ENDS_WITHIN_S)
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()


def workers_of(data_dir: Path) -> set[int]:
    """The worker processes on this data directory, by Linux's own account.

    What a worker starts is the worker's own copy until it is executed: it is not counted.
    """
    found: dict[int, int] = {}
    for process in Path("/proc").iterdir():
        try:
            command = (process / "cmdline").read_bytes()
            if b"\0worker\0" not in command:
                continue
            settings = (process / "environ").read_bytes().split(b"\0")
            parent = int((process / "stat").read_text().rpartition(")")[2].split()[1])
        except (OSError, ValueError):
            continue
        if f"CAMEO_DATA_DIR={data_dir}".encode() in settings:
            found[int(process.name)] = parent
    return {worker for worker, parent in found.items() if parent not in found}
