"""Fetch one pinned archive of the package index, through pip and nothing but pip.

    pin = {"sha256": "7b7f…", "size": 11_317_527}
    download("pypi:silero_vad==6.2.3", **pin, into=archive, step="silero", progress=silent)

pip knows the machine's index, mirrors, proxies and certificates; we only name the package, the
version and the hash. Nothing is installed, no dependency is fetched, and no code of the package
runs: where the archive is a source distribution, pip asks its build backend for metadata, and the
backend it finds is the inert one below, which copies what the archive already says. An archive
that brings a backend of its own (`backend-path`, PEP 517) is refused before that backend starts.
"""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from verification.sources.contracts import PYPI, MalformedSource, Progress, SourceError

POLL_SECONDS = 0.2

INERT_BACKEND = '''\
"""A build backend that builds nothing: pip wants metadata, the source distribution has it."""
import pathlib


class __legacy__:
    """What pip calls when an archive names no backend."""

    @staticmethod
    def get_requires_for_build_wheel(config_settings=None):
        return []

    @staticmethod
    def prepare_metadata_for_build_wheel(metadata_directory, config_settings=None):
        said = pathlib.Path("PKG-INFO").read_text(encoding="utf-8", errors="replace")
        fields = dict(line.split(": ", 1) for line in said.splitlines()[:20] if ": " in line)
        name, version = fields["Name"].replace("-", "_"), fields["Version"]
        folder = pathlib.Path(metadata_directory, f"{name}-{version}.dist-info")
        folder.mkdir()
        text = f"Metadata-Version: 2.1\\nName: {name}\\nVersion: {version}\\n"
        folder.joinpath("METADATA").write_text(text, encoding="utf-8")
        return folder.name
'''


GATEKEEPER = """\
import os, sys, tomllib
# PEP 517: hooks run in a process whose working directory is the root of the source
if os.path.exists("pyproject.toml"):
    try:
        with open("pyproject.toml", "rb") as file:
            own = "backend-path" in tomllib.load(file).get("build-system", {})
    except Exception:
        own = True
    if own:
        sys.exit("the archive brings its own build backend")
"""
"""Run by every Python that pip starts, as its `sitecustomize`, before anything else of theirs."""


def download(
    origin: str, *, sha256: str, size: int, into: Path, step: str, progress: Progress
) -> None:
    """Write the archive of `origin` (`pypi:NAME==VERSION`) with this hash to `into`.

    Raises `SourceError` when pip is missing, fails, or finds no archive with this hash.
    """
    asked = PYPI.fullmatch(origin)
    if asked is None:
        raise MalformedSource(f"not a `pypi:` source: `{origin}`")
    with tempfile.TemporaryDirectory(prefix="pip-", dir=into.parent) as name:
        work = Path(name).resolve()  # pip works in there, where our own directory is not
        wanted = work / "wanted.txt"
        wanted.write_text(f"{asked['name']}=={asked['version']} --hash=sha256:{sha256}\n")
        found = work / "found"
        found.mkdir()
        _run_pip(wanted, found, size=size, step=step, progress=progress)
        archives = list(found.iterdir())
        if len(archives) != 1:
            raise SourceError(f"pip gave `{len(archives)}` files for `{origin}`")
        archives[0].replace(into)


def _run_pip(wanted: Path, found: Path, *, size: int, step: str, progress: Progress) -> None:
    work = wanted.parent
    command = [
        # -P: what lies in the working directory is no module
        *(sys.executable, "-P", "-m", "pip", "download", "--no-deps", "--require-hashes"),
        *("--no-build-isolation", "--disable-pip-version-check", "--no-input"),
        *("--progress-bar", "off", "--dest", str(found), "--requirement", str(wanted)),
    ]
    log = work / "pip.log"
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603 (our own interpreter, fixed arguments)
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env=_environment(work),
            cwd=work,
        )
        try:
            while process.poll() is None:
                progress(step, min(size, _received(work)), size)
                time.sleep(POLL_SECONDS)
        finally:
            if process.poll() is None:
                process.kill()
            process.wait()
    if process.returncode != 0:
        raise SourceError(f"pip cannot fetch `{wanted.read_text().split()[0]}`: {_reason(log)}")
    progress(step, size, size)


def _environment(work: Path) -> dict[str, str]:
    """This process's, with a temporary folder that we can watch and the inert backend first."""
    backend = work / "backend" / "setuptools"
    backend.mkdir(parents=True)
    (backend / "__init__.py").touch()
    (backend / "build_meta.py").write_text(INERT_BACKEND)
    backend.with_name("sitecustomize.py").write_text(GATEKEEPER)
    temporary = work / "tmp"
    temporary.mkdir()
    return os.environ | {
        "PIP_USE_PEP517": "1",
        "PYTHONPATH": str(backend.parent),
        "SETUPTOOLS_USE_DISTUTILS": "stdlib",
        "TMPDIR": str(temporary),
    }


def _received(work: Path) -> int:
    """Bytes of the largest file under pip's temporary folder: the archive on its way."""
    largest = 0
    for path in work.joinpath("tmp").glob("pip-*/*"):
        try:
            largest = max(largest, path.stat().st_size)
        except FileNotFoundError:  # pip moved it while we looked
            continue
    return largest


def _reason(log: Path) -> str:
    """pip's own last complaint."""
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    complaints = [line for line in lines if line.startswith("ERROR:") or "No module" in line]
    return (complaints or lines or ["it said nothing"])[-1].strip()
