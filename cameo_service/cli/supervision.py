"""Keep a worker process running beside the service.

    with WorkerSupervisor(settings):
        serve()

The worker is a process of its own, so that a crash in a decoder or a model takes no request with
it. It is started again when it ends, after a pause that doubles while it keeps failing at once. It
ends with this process, however that ends: its standard input is a pipe that only we hold open.
"""

import subprocess
import sys
import threading
import time
from types import TracebackType
from typing import Self

import structlog

from cameo_service.cli.configuration import environment_of
from cameo_service.settings import Settings

FIRST_PAUSE_S = 0.5
LONGEST_PAUSE_S = 30.0
STEADY_AFTER_S = 60.0
PATIENCE_S = 20.0
"""How long a worker may take to finish the verification in hand. A killed one loses nothing."""

_log = structlog.get_logger("cameo.supervisor")


class WorkerSupervisor:
    """One supervised worker, running within the `with` block."""

    def __init__(self, settings: Settings) -> None:
        self._environment = environment_of(settings)
        self._stopping = threading.Event()
        self._process: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._supervise, name="supervisor", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with self._lock:
            self._stopping.set()
            process = self._process
        if process is not None:
            _stop(process)
        self._thread.join()

    def _supervise(self) -> None:
        pause = FIRST_PAUSE_S
        while (process := self._start()) is not None:
            started = time.monotonic()
            status = process.wait()
            if self._stopping.is_set():
                return
            lasted = time.monotonic() - started
            pause = FIRST_PAUSE_S if lasted > STEADY_AFTER_S else min(pause * 2, LONGEST_PAUSE_S)
            _log.error("worker ended", status=status, after_s=round(lasted, 1), restart_in_s=pause)
            self._stopping.wait(pause)

    def _start(self) -> subprocess.Popen[bytes] | None:
        with self._lock:
            if self._stopping.is_set():
                return None
            self._process = subprocess.Popen(
                [sys.executable, "-m", "cameo_service", "worker", "--stop-with-stdin"],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                env=self._environment,
                # Ctrl-C in a terminal reaches us alone; the worker is told in order.
                start_new_session=True,
            )
            return self._process


def _stop(process: subprocess.Popen[bytes]) -> None:
    """Close the pipe, which asks the worker to end; insist after `PATIENCE_S`."""
    if process.stdin is not None:
        process.stdin.close()
    try:
        process.wait(PATIENCE_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
