"""The environment that exports: SpeechBrain and torch, which the service itself never installs.

    environment = ExportEnvironment(data_dir / "export-environment")
    environment.install(progress=progress)
    parity = environment.export({"ecapa": {...}})

The packages and their hashes stand in `export.lock`; they come from wherever pip is set up to look.
"""

import json
import os
import platform
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.resources import as_file, files
from pathlib import Path

from verification.packs.errors import PackError
from verification.sources.contracts import Progress

GIGABYTE = 1_000_000_000
NEEDED_BYTES = 12 * GIGABYTE
"""What the environment takes, with what pip holds while it installs: measured 5.0 GB in place."""
INSTALLED_BYTES = 5_000_000_000
INSTALL_S = 3_600
EXPORT_S = 1_800
READY = ".installed"
LOOK_EVERY_S = 3.0


class BuildFailed(PackError):
    """The environment could not be made, or the export failed or is not the same model."""

    code = "build_failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Parity:
    """How an exported model agrees with SpeechBrain's, the worst over several lengths of sound.

    `cosine` of the two outputs, and the largest difference of a feature in decibels.
    """

    cosine: float
    bands_db: float
    lengths: int


class ExportEnvironment:
    """A virtual environment in `directory`, made when it is first needed."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    @property
    def python(self) -> Path:
        """Its interpreter."""
        return self._directory / "bin" / "python"

    def install(self, *, progress: Progress) -> None:
        """Make the environment unless it is there. Raises `BuildFailed`."""
        with as_file(files(__package__).joinpath("export.lock")) as lock:
            wanted = lock.read_text(encoding="utf-8")
            ready = self._directory / READY
            if ready.is_file() and ready.read_text(encoding="utf-8") == wanted:
                return
            _require_platform()
            self._require_room()
            shutil.rmtree(self._directory, ignore_errors=True)
            _run("making it", [sys.executable, "-m", "venv", str(self._directory)], timeout_s=300)
            options = ["--quiet", "--disable-pip-version-check", "--no-input", "--no-deps"]
            with self._growing(progress):
                _run(
                    "installing its packages",
                    [
                        *(str(self.python), "-m", "pip", "install", *options),
                        *("--require-hashes", "--only-binary", ":all:", "-r", str(lock)),
                    ],
                    timeout_s=INSTALL_S,
                )
            ready.write_text(wanted, encoding="utf-8")

    def export(self, job: Mapping[str, Mapping[str, str]], *, folder: Path) -> dict[str, Parity]:
        """Export every model of `job`; return their parity by name. Raises `BuildFailed`."""
        order = folder / "job.json"
        order.write_text(json.dumps(job), encoding="utf-8")
        root = Path(__file__).parents[3]
        said = _run(
            "exporting",
            [str(self.python), "-W", "ignore", "-m", f"{__package__}.exporting", str(order)],
            timeout_s=EXPORT_S,
            environment={"PYTHONPATH": str(root)},
        )
        try:
            found = json.loads(said.strip().splitlines()[-1])
            return {
                name: Parity(
                    cosine=float(entry["cosine"]),
                    bands_db=float(entry["bands_db"]),
                    lengths=int(entry["lengths"]),
                )
                for name, entry in found.items()
            }
        except (IndexError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise BuildFailed("the export did not say how it went") from error

    def remove(self) -> None:
        """Delete it: it is needed again only for another export."""
        shutil.rmtree(self._directory, ignore_errors=True)

    def _require_room(self) -> None:
        self._directory.parent.mkdir(parents=True, exist_ok=True)
        free = shutil.disk_usage(self._directory.parent).free
        if free < NEEDED_BYTES:
            raise BuildFailed(
                f"exporting needs {NEEDED_BYTES // GIGABYTE} GB of room for SpeechBrain and torch; "
                f"`{self._directory.parent}` has {free / GIGABYTE:.1f}: "
                "`--environment DIR` puts it elsewhere"
            )

    @contextmanager
    def _growing(self, progress: Progress) -> Iterator[None]:
        """Tell how large the environment has become while it is being installed."""
        done = threading.Event()

        def look() -> None:
            while not done.wait(LOOK_EVERY_S):
                size = min(_size_of(self._directory), INSTALLED_BYTES - 1)
                progress("SpeechBrain and torch", size, INSTALLED_BYTES)

        thread = threading.Thread(target=look, name="export environment", daemon=True)
        thread.start()
        try:
            yield
        finally:
            done.set()
            thread.join()
        progress("SpeechBrain and torch", INSTALLED_BYTES, INSTALLED_BYTES)


def _require_platform() -> None:
    if sys.platform != "linux" or platform.machine() != "x86_64":
        raise BuildFailed("the export environment is locked for Linux on x86_64 only")


def _size_of(directory: Path) -> int:
    total = 0
    for root, _, names in os.walk(directory):
        for name in names:
            try:
                total += os.lstat(os.path.join(root, name)).st_size  # noqa: PTH118 (60,000 files)
            except FileNotFoundError:
                continue
    return total


def _run(
    what: str, command: list[str], *, timeout_s: float, environment: Mapping[str, str] | None = None
) -> str:
    """What the command prints. Raises `BuildFailed` with the end of what it complains of."""
    try:
        done = subprocess.run(  # noqa: S603 (our own interpreter and modules, no shell)
            command,
            capture_output=True,
            text=True,
            timeout=timeout_s,
            check=False,
            env={**os.environ, **(environment or {})},
        )
    except subprocess.TimeoutExpired as error:
        raise BuildFailed(f"export environment: {what} took over {timeout_s:.0f} s") from error
    except OSError as error:
        raise BuildFailed(f"export environment: {what}: {error.strerror}") from error
    if done.returncode != 0:
        last = done.stderr.strip().splitlines()[-3:]
        raise BuildFailed(f"export environment: {what} failed: {' '.join(last)[-600:]}")
    return done.stdout
