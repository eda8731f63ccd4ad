"""Who asked about whom: checks are counted in memory, and written every few seconds.

    inquiries.note(request, decision, caller)
    await inquiries.keep_writing(until=stopping)

An owner sees who asked about them, by day, with how many answers of each kind. What was counted and
not written yet is lost when the process is killed; a store that is away delays it. Whoever counts
for certain, as permits do, writes in its own transaction.
"""

import asyncio
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

import structlog

from cameo_service.callers import Caller
from permissions.decision import Decision, ReasonCode
from permissions.request import ConsentRequest
from permissions.vocabulary import Action
from storage.contracts import Transaction
from storage.errors import StorageError
from storage.records import InquiryRecord

EVERY_S = 5.0
MOST_ENTRIES = 20_000
"""More than so many different askers between two writes are not counted, but logged."""

_log = structlog.get_logger("cameo.inquiries")

_Asked = tuple[str, date, str, str, Action]


@dataclass(slots=True)
class _Count:
    permitted: int
    refused: int
    last_at: datetime


class Writable(Protocol):
    """As much of a `Store` as counting needs."""

    def write(self) -> AbstractContextManager[Transaction]:
        """A write transaction."""


class Inquiries:
    """The counts of one process. `note` belongs to its event loop."""

    def __init__(
        self, store: Writable, *, clock: Callable[[], datetime], most: int = MOST_ENTRIES
    ) -> None:
        self._store = store
        self._clock = clock
        self._most = most
        self._counts: dict[_Asked, _Count] = {}
        self._uncounted = 0
        self._filling = asyncio.Event()

    def note(self, request: ConsentRequest, decision: Decision, caller: Caller) -> None:
        """Count one answer for every cameo that it is about."""
        now = self._clock()
        day, permitted = now.date(), decision.permitted
        for party in decision.parties:
            if party.reason.code is not ReasonCode.CAMEO_UNKNOWN:
                who = (party.cameo_id, day, request.requester, caller.principal, request.action)
                self._add(who, _Count(permitted, not permitted, now))
                if len(self._counts) == -(-self._most // 2):
                    # or whoever asks in enough names would ask uncounted until the next write
                    self._filling.set()

    def _add(self, who: _Asked, more: "_Count") -> None:
        count = self._counts.get(who)
        if count is not None:
            count.permitted += more.permitted
            count.refused += more.refused
            count.last_at = more.last_at
        elif len(self._counts) < self._most:
            self._counts[who] = more
        else:
            self._uncounted += more.permitted + more.refused

    async def keep_writing(self, *, until: asyncio.Event, every: float = EVERY_S) -> None:
        """Write what was counted, every so many seconds, and at last when `until` is set.

        It is written at once where half of the room is taken.
        """
        while not until.is_set():
            waiting = [asyncio.create_task(each.wait()) for each in (until, self._filling)]
            await asyncio.wait(waiting, timeout=every, return_when=asyncio.FIRST_COMPLETED)
            for each in waiting:
                each.cancel()
            self._filling.clear()
            await self.write()

    async def write(self) -> None:
        """Write what was counted. What cannot be written now is kept for the next time."""
        if not self._counts:
            return
        counts, self._counts = self._counts, {}
        try:
            await asyncio.to_thread(self._write, counts)
        except StorageError as error:
            _log.warning("inquiries not written", code=error.code)
            for who, count in counts.items():
                self._add(who, count)
        if self._uncounted:
            _log.warning("inquiries not counted", answers=self._uncounted)
            self._uncounted = 0

    def _write(self, counts: dict[_Asked, _Count]) -> None:
        records = [
            InquiryRecord(
                cameo_id=cameo_id,
                day=day,
                requester=requester,
                caller=caller,
                action=action.value,
                permitted=int(count.permitted),
                refused=int(count.refused),
                last_at=count.last_at,
            )
            for (cameo_id, day, requester, caller, action), count in counts.items()
        ]
        with self._store.write() as tx:
            tx.inquiries.add(records)
