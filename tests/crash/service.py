"""The service's processes, killed together at any moment.

running = Forking(environment, folder).start(beside="worker")
running.kill()

Each runs the real command, `cameo serve` or `cameo worker`, in a process group of its own. Modules
are loaded once, by a server that forks: what takes seconds of every start is never written to. A
thread beside the service does what the worker does at the end of a verification, without models.
"""

import contextlib
import json
import multiprocessing
import os
import signal
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext, ForkServerProcess
from pathlib import Path

from cameo_service.cli.__main__ import main
from cameo_service.cli.configuration import load_settings
from cameo_service.wiring import build
from tests.service.running import conclude, verification
from verification.report import Verdict

STARTS_WITHIN_S = 120.0
PRELOADED = [
    __name__,
    "cameo_service.app",
    "cameo_service.cli.serve",
    "cameo_service.cli.supervision",
    "cameo_service.log.sequencing",
    "cameo_service.worker",
    "uvicorn",
    "psycopg",
]


class DidNotStart(RuntimeError):
    """A process ended, or said nothing, before it could be reached."""


def run_command(arguments: list[str], environment: dict[str, str], log: str) -> None:
    """The whole life of a process: `cameo` with these arguments; its output is in `log`."""
    os.setsid()
    os.environ.clear()
    os.environ.update(environment)
    for number, path in ((1, f"{log}.out"), (2, f"{log}.err")):
        os.dup2(os.open(path, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), number)
    sys.exit(main(arguments))


def serve(environment: dict[str, str], log: str, verdicts: Connection) -> None:
    """`cameo serve`, and verdicts on the enrollments whose ids come through the pipe."""
    threading.Thread(target=_conclude, args=(environment, verdicts), daemon=True).start()
    run_command(["serve", "--port", "0", "--json"], environment, log)


def _conclude(environment: dict[str, str], verdicts: Connection) -> None:
    id = verdicts.recv()
    # the environment is this process's by now: the service is reached already
    with build(load_settings(data_dir=Path(environment["CAMEO_DATA_DIR"]))) as context:
        while True:
            concluded = conclude(context, id, verification(Verdict.VERIFIED))
            verdicts.send((id, concluded.cameo_id))
            id = verdicts.recv()


@dataclass
class Running:
    """A service that answers, and what runs beside it."""

    url: str
    verdicts: Connection
    processes: list[ForkServerProcess]
    _sending: threading.Lock = field(default_factory=threading.Lock)

    def ask_verdict(self, enrollment: str) -> None:
        """Ask for a cameo of this enrollment. Raises `OSError` once the process is dead."""
        with self._sending:
            self.verdicts.send(enrollment)

    def kill(self) -> None:
        """SIGKILL to all of them at once."""
        kill(self.processes)

    def stop(self) -> None:
        """In order, as an operator stops it."""
        for process in self.processes:
            process.terminate()
        for process in self.processes:
            process.join()


def kill(processes: list[ForkServerProcess]) -> None:
    """SIGKILL to the whole group of each process."""
    for process in processes:
        # one that was only just forked has no group of its own yet
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid or 0, signal.SIGKILL)
        process.kill()
    for process in processes:
        process.join()


class Forking:
    """Starts processes from one that has loaded every module."""

    def __init__(self, environment: Mapping[str, str], folder: Path) -> None:
        self._context: ForkServerContext = multiprocessing.get_context("forkserver")
        self._context.set_forkserver_preload(PRELOADED)
        self._environment = dict(environment)
        self._folder = folder

    def begin(self, *, beside: str | None) -> tuple[list[ForkServerProcess], Connection]:
        """Start the service, and `beside` it another one or a worker; wait for nobody."""
        ours, theirs = self._context.Pipe()
        arguments = (self._environment, str(self._folder / "serve"), theirs)
        (self._folder / "serve.out").unlink(missing_ok=True)
        processes = [self._context.Process(target=serve, args=arguments)]
        if beside is not None:
            command = {"serve": ["serve", "--port", "0", "--json"], "worker": ["worker", "--json"]}
            another = (command[beside], self._environment, str(self._folder / "beside"))
            processes.append(self._context.Process(target=run_command, args=another))
        for process in processes:
            process.start()
        theirs.close()
        return processes, ours

    def start(self, *, beside: str | None) -> Running:
        """The same, once the service answers. Raises `DidNotStart`."""
        processes, verdicts = self.begin(beside=beside)
        try:
            url = self._announced(processes[0])
        except BaseException:
            kill(processes)
            raise
        return Running(url=url, verdicts=verdicts, processes=processes)

    def _announced(self, process: ForkServerProcess) -> str:
        path, until = self._folder / "serve.out", time.monotonic() + STARTS_WITHIN_S
        while time.monotonic() < until and process.is_alive():
            said = path.read_text() if path.exists() else ""
            if said.endswith("\n"):
                return f"http://127.0.0.1:{json.loads(said.splitlines()[0])['port']}"
            time.sleep(0.01)
        errors = self._folder / "serve.err"
        why = errors.read_text()[-2_000:] if errors.exists() else "it said nothing"
        raise DidNotStart(f"the service did not start: {why}")
