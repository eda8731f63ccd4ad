"""The consent log: durable appends, publishing, proofs given and proofs verified.

Every append is a transaction of its own with a commit that waits for the disk. Where PostgreSQL's
server can be started here, it is measured as well, with the settings that it comes with. The disk's
own time to sync is measured beside it: it is what a commit waits for.
"""

import os
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench.load import spread
from bench.stores import opened, postgres
from cameo_service.context import Context
from cameo_service.events import Event, record
from cameo_service.log.proving import proof_of
from cameo_service.log.published import fetch_checkpoint
from cameo_service.log.sequencing import Sequencer, sequencing
from cameo_service.log.sources import BlobSource
from cameo_service.log.verifying import verify
from cameo_service.offline.log import verify_proof
from storage.log.notes import read

APPENDS = 1_000
WRITERS = 8
ENTRIES = 20_000
AT_ONCE = 1_000
PROOFS = 500
PUBLISHED = 200
APART_S = 0.13
LOOK_S = 0.002


def measure(models: Path) -> dict[str, Any]:
    """Appends and proofs per second, milliseconds each. No models are involved."""
    del models
    with tempfile.TemporaryDirectory(prefix="cameo-bench-") as folder:
        found: dict[str, Any] = {"fsync": _syncs(Path(folder))}
        with opened(Path(folder) / "sqlite", None) as context:
            found["sqlite"] = _appends(context)
            found |= _proofs(context)
            found["commit_to_checkpoint"] = _until_published(context)
        with postgres() as url:
            if url is not None:
                with opened(Path(folder) / "postgres", url) as context:
                    found["postgresql"] = _appends(context)
    return found


def _syncs(folder: Path) -> dict[str, float]:
    """A page written and synced, over and over."""
    with (folder / "synced").open("wb", buffering=0) as file:

        def sync() -> None:
            file.write(bytes(4096))
            os.fsync(file.fileno())

        return _timed(sync, 200)


def _append(context: Context) -> None:
    with context.store.write() as tx:
        _add(tx, context)


def _add(tx: Any, context: Context) -> None:  # noqa: ANN401 (either transaction)
    document = {"permit": "per_bench", "cameos": ["cam_bench"], "requester": "user:bob"}
    subjects = ("cam_bench", "user:alice", "user:bob")
    record(tx, Event.PERMIT_ISSUED, document, subjects=subjects, now=context.clock())


def _appends(context: Context) -> dict[str, Any]:
    alone = _timed(lambda: _append(context), APPENDS)

    def some() -> None:
        for _ in range(APPENDS // WRITERS):
            _append(context)

    threads = [threading.Thread(target=some) for _ in range(WRITERS)]
    started = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    together = (APPENDS // WRITERS * WRITERS) / (time.perf_counter() - started)
    return {"append_1_writer": alone, f"append_{WRITERS}_writers_per_second": round(together)}


def _proofs(context: Context) -> dict[str, Any]:
    """A log of `ENTRIES` and more, published at once; proofs of entries all over it."""
    for _ in range(ENTRIES // AT_ONCE):
        with context.store.write() as tx:
            for _ in range(AT_ONCE):
                _add(tx, context)
    started = time.perf_counter()
    Sequencer(context).catch_up()
    published = time.perf_counter() - started
    source, keys = BlobSource(context.blobs), context.signer.log_keys()
    started = time.perf_counter()
    size = verify(source, keys).size
    verified = time.perf_counter() - started
    numbers = iter(range(0, size, size // PROOFS))
    proofs: list[dict[str, Any]] = []
    given = _timed(lambda: proofs.append(proof_of(context, next(numbers))), PROOFS)
    at = iter(proofs)
    return {
        "entries": size,
        "publish_entries_per_second": round(size / published),
        "verify_all_entries_per_second": round(size / verified),
        "proof": given,
        "proof_verified_offline": _timed(lambda: verify_proof(next(at), keys), PROOFS),
    }


def _until_published(context: Context) -> dict[str, float]:
    """From an append's commit to the published checkpoint that covers it, beside a sequencer.

    Appends come one by one, at moments that have nothing to do with the sequencer's rounds.
    """
    Sequencer(context).catch_up()
    waiting: list[tuple[int, float]] = []
    seconds: list[float] = []
    with sequencing(context):
        until = time.perf_counter()
        added = 0
        while len(seconds) < PUBLISHED:
            if added < PUBLISHED and time.perf_counter() >= until:
                with context.store.write() as tx:
                    size = tx.log.size() + 1
                    _add(tx, context)
                waiting.append((size, time.perf_counter()))
                added, until = added + 1, until + APART_S
            now, size = time.perf_counter(), read(fetch_checkpoint(context.blobs) or "")[0].size
            seconds += [now - at for each, at in waiting if each <= size]
            waiting = [each for each in waiting if each[0] > size]
            time.sleep(LOOK_S)
    return spread(seconds, sum(seconds))


def _timed(do: Callable[[], object], times: int) -> dict[str, float]:
    seconds = []
    for _ in range(times):
        started = time.perf_counter()
        do()
        seconds.append(time.perf_counter() - started)
    return spread(seconds, sum(seconds))
