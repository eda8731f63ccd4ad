"""Behind the story: the service as a real process, and the keys of the platform and the generator.

with running_service(settings, log=Path("service.log"), within=300) as url:
    ...
"""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, Queue
from typing import IO

from cameo_service.callers import Scope, create_key, revoke_key
from cameo_service.cli.configuration import environment_of
from cameo_service.cli.exits import ExitCode
from cameo_service.cli.failures import CliError
from cameo_service.cli.opening import opened
from cameo_service.settings import Settings

STOP_WITHIN_S = 60.0
"""Longer than the service itself waits for requests in hand and for its worker."""
PLATFORM = "org:demo-platform"
GENERATOR = "app:demo-studio"
AGAIN = ("user:alice-", "user:mallory-")
"""Who enrolls in every run, or tries to."""
OF_A_GENERATOR = frozenset(
    {
        Scope.CONSENT_CHECK,
        Scope.PERMITS_ISSUE,
        Scope.PACKAGES_FETCH,
        Scope.USES_READ,
        Scope.USES_WRITE,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """API keys that live as long as the story."""

    platform: str
    generator: str


def demo_settings(data_dir: Path) -> Settings:
    """Settings that stay within `data_dir`, whatever database the environment names."""
    return Settings(data_dir=data_dir.resolve(), database_url=None, blob_url=None)


@contextmanager
def temporary_keys(settings: Settings) -> Iterator[Keys]:
    """Two keys, revoked at the end of the block."""
    with opened(settings) as context:
        with context.store.write() as tx:
            platform, platform_key = create_key(
                tx,
                name="demo platform",
                principal=PLATFORM,
                scopes=frozenset(Scope),
                acts_for=("user:*", "org:*"),
                now=context.clock(),
            )
            generator, generator_key = create_key(
                tx,
                name="demo generator",
                principal=GENERATOR,
                scopes=OF_A_GENERATOR,
                acts_for=("user:*",),
                now=context.clock(),
            )
        try:
            yield Keys(platform=platform_key, generator=generator_key)
        finally:
            with context.store.write() as tx:
                now = context.clock()
                for key in (platform, generator):
                    revoke_key(tx, key.id, now=now)


def earlier_cameos(settings: Settings) -> list[str]:
    """The cameos of `AGAIN` that earlier runs left, by id.

    The same faces play in every run, under new names: they would be known, and wait for a review.
    """
    found: dict[str, None] = {}
    with opened(settings) as context, context.store.read() as tx:
        after: str | None = None
        while page := tx.templates.of_modality("face", limit=100, after=after):
            after = page[-1].cameo_id
            found |= dict.fromkeys(template.cameo_id for template in page)
        cameos = [tx.cameos.find(id) for id in found]
    return [each.id for each in cameos if each is not None and each.owner.startswith(AGAIN)]


@contextmanager
def running_service(settings: Settings, *, log: Path, within: float) -> Iterator[str]:
    """The service with its worker on a free port of this machine; the block gets its address.

    Raises `CliError` where it announces none `within` so many seconds.
    """
    with log.open("ab") as errors:
        process = _start(settings, errors)
        try:
            yield _address_of(process, log, within=within)
        finally:
            _stop(process)


def _start(settings: Settings, errors: IO[bytes]) -> "subprocess.Popen[bytes]":
    environment = environment_of(settings)
    # It follows from the port, which the service picks.
    del environment["CAMEO_PUBLIC_URL"]
    arguments = ["serve", "--worker", "--host", "127.0.0.1", "--port", "0", "--json"]
    return subprocess.Popen(  # noqa: S603 (our own interpreter and module)
        [sys.executable, "-m", "cameo_service", *arguments, "--stop-with-stdin"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=errors,
        env=environment,
        # Ctrl-C reaches the demo alone, which then stops the service in order.
        start_new_session=True,
    )


def _address_of(process: "subprocess.Popen[bytes]", log: Path, *, within: float) -> str:
    """The address that the service announces; raise `CliError` when it does not."""
    lines: Queue[bytes] = Queue()
    output = process.stdout
    if output is None:
        raise TypeError("the service was started without a pipe")
    threading.Thread(target=lambda: lines.put(output.readline()), daemon=True).start()
    try:
        return str(json.loads(lines.get(timeout=within))["url"])
    except Empty:
        problem = (
            f"the service announced no address within {within:g} s, and {_said(log)}: where the "
            "machine is busy, `--start-within` gives it longer"
        )
    except ValueError:
        problem = f"the service ended before it announced an address, and {_said(log)}"
    raise CliError("service_did_not_start", problem, exit_code=ExitCode.NO)


def _said(log: Path) -> str:
    with log.open("rb") as stream:
        stream.seek(max(0, log.stat().st_size - 2_000), os.SEEK_SET)
        lines = stream.read().decode(errors="replace").strip().splitlines()
    return f"`{log}` ends with `{lines[-1]}`" if lines else f"`{log}` is empty"


def _stop(process: "subprocess.Popen[bytes]") -> None:
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            pipe.close()
    try:
        process.wait(STOP_WITHIN_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
