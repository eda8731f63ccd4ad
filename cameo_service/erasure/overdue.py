"""Erasures that no job finished: the sweep finishes them, in turn, for a bounded time.

overdue = Overdue()                  # a worker's own, which keeps its place
overdue.finish(context)              # at every sweep
"""

import time
from collections.abc import Callable, Iterator
from datetime import timedelta

import structlog

from cameo_service.context import Context
from cameo_service.erasure.finishing import finish
from storage.errors import StorageError
from storage.records import ErasureRecord

OVERDUE_AFTER = timedelta(minutes=2)
"""Then the sweep finishes an erasure, whatever became of its job."""

WITHIN_S = 10.0
"""So long one sweep may keep its worker from the queue; the next sweep goes on from there."""

AT_ONCE = 100
FAULT = "internal_error"
"""The code in the log for what should not have happened."""

_log = structlog.get_logger("cameo.erasure")


def never() -> bool:
    """Nobody waits for this to stop."""
    return False


class Overdue:
    """The overdue erasures, the oldest first, and round again: each gets its turn, however many
    are stuck. `monotonic` gives seconds."""

    def __init__(
        self, *, monotonic: Callable[[], float] = time.monotonic, within_s: float = WITHIN_S
    ) -> None:
        self._monotonic = monotonic
        self._within_s = within_s
        self._last: ErasureRecord | None = None

    def finish(self, context: Context, *, stopping: Callable[[], bool] = never) -> None:
        """Finish them until there are no more, the time is over or `stopping` says so, which is
        asked between two. One that fails stops no other."""
        until = self._monotonic() + self._within_s
        for each in self._after(context, self._last):
            # one at least, or a clock that leaps would let none of them come to its turn
            _try(context, each.id)
            self._last = each
            if stopping() or self._monotonic() >= until:
                return
        self._last = None

    def _after(self, context: Context, last: ErasureRecord | None) -> Iterator[ErasureRecord]:
        before = context.clock() - OVERDUE_AFTER
        while True:
            with context.store.read() as tx:
                page = tx.erasures.open(before=before, limit=AT_ONCE, after=last)
            if not page:
                return
            yield from page
            last = page[-1]


def _try(context: Context, id: str) -> None:
    log = _log.bind(erasure=id, code=FAULT)
    try:
        finish(context, id)
    except StorageError as error:
        _log.error("erasure not finished yet", erasure=id, code=error.code)
    except Exception as error:
        # whatever is the matter with this one is no reason for the others to wait, for ever
        log.exception("erasure not finished yet", error_type=type(error).__name__)
