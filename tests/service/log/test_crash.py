"""Killed at any moment: what was acknowledged is there, and the log goes on from what it said."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from cameo_service.cli.configuration import environment_of
from cameo_service.context import Context
from cameo_service.log.auditing import audit
from cameo_service.log.heads import head_of
from cameo_service.log.published import fetch_checkpoint
from cameo_service.log.sources import BlobSource
from cameo_service.log.verifying import require_continues, verify
from storage.log.notes import Checkpoint
from tests.service.log.making import publish

pytestmark = pytest.mark.both_databases

ROOT = Path(__file__).parents[3]
ROUNDS = 3
APPENDER = """
from cameo_service.log import sequencing
from cameo_service.settings import Settings
from cameo_service.wiring import build
from tests.service.log.making import add

sequencing.EVERY_S = 0.001
sequencing.PAUSE *= 0
with build(Settings()) as context, sequencing.sequencing(context):
    print("ready", flush=True)
    while True:
        with context.store.write() as tx:
            number = add(tx, context)
        print(number, flush=True)
"""


def appended_until_killed(context: Context, seconds: float) -> int:
    """The number of the last entry that was acknowledged before the process was killed."""
    process = subprocess.Popen(  # noqa: S603 (our own interpreter)
        [sys.executable, "-c", APPENDER],
        cwd=ROOT,
        env={**os.environ, **environment_of(context.settings)},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout is not None
    with process.stdout as out:
        assert out.readline() == "ready\n"
        # however slow the machine is, some are acknowledged
        first = [out.readline() for _ in range(2)]
        time.sleep(seconds)
        os.kill(process.pid, signal.SIGKILL)
        # a line that was cut off acknowledged nothing
        lines = [line for line in (*first, *out) if line.endswith("\n")]
    assert process.wait() == -signal.SIGKILL
    # the server of a database may be at its last commit still
    with context.store.write():
        return int(lines[-1])


def test_a_killed_process_leaves_a_log_that_goes_on(context: Context) -> None:
    keys, seen = context.signer.log_keys(), Checkpoint(origin="", size=0, root=b"")
    rng = random.Random(20261122)
    source = BlobSource(context.blobs)
    acknowledged = -1
    for _ in range(ROUNDS):
        acknowledged = max(acknowledged, appended_until_killed(context, rng.uniform(0.05, 0.4)))
        note = fetch_checkpoint(context.blobs)
        if note is not None:
            # as the crash left it: whole, and of the same history
            left = verify(source, keys)
            if seen.size:
                require_continues(source, seen, left)
        publish(context)
        head = head_of(source.checkpoint(), keys)
        assert head.size > acknowledged
        audited = audit(context)
        assert (audited.size, audited.waiting, audited.erased) == (head.size, 0, 0)
        seen = head
    assert acknowledged >= 2 * ROUNDS - 1
