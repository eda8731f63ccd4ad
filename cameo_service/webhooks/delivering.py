"""The deliverer: takes what is due from the outbox, sends it, and notes how that ended.

    with delivering(context):
        work()

Every worker may run one. A delivery is leased, so that two never send it at once; whoever is
killed in between leaves a lease that ends, and it is sent again with the same id. As soon as one
delivery ends another begins: whoever answers slowly keeps the few rooms that it may have, and
nobody else's.
"""

import asyncio
import ssl
import threading
import time
from collections.abc import AsyncIterator
from contextlib import AbstractContextManager, asynccontextmanager

import httpx2
import rfc8785
import structlog

from cameo_service import metrics
from cameo_service.alongside import alongside
from cameo_service.context import Context
from cameo_service.outages import Outage
from cameo_service.webhooks.leasing import Parcel, lease
from cameo_service.webhooks.names import Resolve, resolved
from cameo_service.webhooks.sending import Outcome, Sender
from cameo_service.webhooks.settling import Ended, settle
from cameo_service.webhooks.signatures import sign
from cameo_service.webhooks.turns import Turns
from storage.errors import StorageError

USER_AGENT = "cameo-webhooks/1"

_log = structlog.get_logger("cameo.webhooks")


class Deliverer:
    """One deliverer, for one thread. `resolve` and `verify` are those of `Sender`."""

    def __init__(
        self,
        context: Context,
        *,
        resolve: Resolve = resolved,
        verify: ssl.SSLContext | None = None,
    ) -> None:
        self._context = context
        self._resolve = resolve
        self._verify = verify

    def run(self, stop: threading.Event) -> None:
        """Deliver until `stop` is set; what is being sent is finished first."""
        while not stop.is_set():
            try:
                with asyncio.Runner() as runner:
                    runner.run(self._work(stop))
            except (Exception, asyncio.CancelledError) as error:  # noqa: BLE001 (the thread goes on)
                _log.exception("webhooks were not sent", error_type=type(error).__name__)
                stop.wait(self._context.settings.worker_poll_s)

    async def drain(self) -> None:
        """Send everything that is due now; return once all of it has ended."""
        async with self._shift() as shift:
            while await shift.round() or shift.under_way:
                await shift.one_ends()

    async def _work(self, stop: threading.Event) -> None:
        async with self._shift() as shift:
            while not stop.is_set():
                if not await shift.round():
                    await shift.one_ends(stop)
            await shift.finish()

    @asynccontextmanager
    async def _shift(self) -> AsyncIterator["Shift"]:
        if self._verify is None:
            # once: that takes longer than most attempts
            self._verify = httpx2.create_ssl_context()
        settings = self._context.settings
        async with Sender(
            settings.webhook_targets,
            timeout_s=settings.webhook_timeout_s,
            resolve=self._resolve,
            verify=self._verify,
        ) as sender:
            yield Shift(self._context, sender)


class Shift:
    """What is under way in one event loop, and what has ended and is not noted yet."""

    def __init__(self, context: Context, sender: Sender) -> None:
        self._context = context
        self._sender = sender
        self._turns = Turns()
        self._running: dict[asyncio.Task[Outcome], Parcel] = {}
        self._ended: list[Ended] = []
        self._left: list[Ended] = []
        self._pause: asyncio.Task[bool] | None = None
        self._outage = Outage()

    @property
    def under_way(self) -> bool:
        """Whether something is being sent."""
        return bool(self._running)

    async def round(self) -> bool:
        """Note what has ended, and begin what is due and has room; whether there was anything."""
        try:
            await self._note()
            if not self._turns.room:
                return False
            parcels = await asyncio.to_thread(lease, self._context, self._turns)
        except StorageError as error:
            if self._outage.is_news(str(error), self._context.clock()):
                _log.error("store unavailable", error=str(error), not_noted=len(self._ended))
            return False
        if self._outage.ends():
            _log.info("works again")
        if parcels is None:
            return False
        for parcel in parcels:
            self._turns.begin(parcel.webhook.id, parcel.webhook.principal)
            self._running[asyncio.create_task(self._send(parcel))] = parcel
        return True

    async def one_ends(self, stop: threading.Event | None = None) -> None:
        """Wait until something is sent, `stop` is set, or it is time to look again."""
        awaited: set[asyncio.Task[Outcome] | asyncio.Task[bool]] = {*self._running}
        if stop is not None:
            if self._pause is None or self._pause.done():
                wait_s = self._context.settings.worker_poll_s
                self._pause = asyncio.create_task(asyncio.to_thread(stop.wait, wait_s))
            awaited.add(self._pause)
        if awaited:
            await asyncio.wait(awaited, return_when=asyncio.FIRST_COMPLETED)

    async def finish(self) -> None:
        """Wait for what is being sent. A store that is away then holds nobody up again."""
        if self._running:
            await asyncio.wait(self._running)
        try:
            await self._note()
        except StorageError as error:
            # the leases end, and it is sent again: at least once
            _log.error("outcomes not noted", error=str(error), count=len(self._ended))

    async def _note(self) -> None:
        """All at once: writers wait for each other. Raises `StorageError`, and keeps what ended
        until it is noted, or the lease has ended."""
        self._collect()
        now = self._context.clock()
        held = [each for each in self._ended if each.is_held(now)]
        if len(held) < len(self._ended):
            _log.error("outcomes not noted", count=len(self._ended) - len(held))
        self._ended = held
        if held:
            await asyncio.to_thread(settle, self._context, held)
            self._ended = []

    def _collect(self) -> None:
        over = [each.parcel.webhook for each in self._left if each.outcome.is_over]
        self._left = [each for each in self._left if not each.outcome.is_over]
        for webhook in over:
            self._turns.end_left(webhook.id, webhook.principal)
        for task in [each for each in self._running if each.done()]:
            parcel = self._running.pop(task)
            outcome = _outcome_of(task, parcel)
            if outcome is not None:
                self._ended.append(Ended(parcel=parcel, outcome=outcome))
            if outcome is None or outcome.is_over:
                self._turns.end(parcel.webhook.id, parcel.webhook.principal)
            else:
                # a name server that never answers keeps the room of whoever has it
                self._turns.leave()
                self._left.append(self._ended[-1])

    async def _send(self, parcel: Parcel) -> Outcome:
        id, body = parcel.delivery.id, rfc8785.dumps(parcel.delivery.body)
        moment = int(self._context.clock().timestamp())
        headers = {
            "content-type": "application/json",
            "user-agent": USER_AGENT,
            "webhook-id": id,
            "webhook-timestamp": str(moment),
            "webhook-signature": sign(parcel.secrets, id=id, timestamp=moment, body=body),
        }
        began = time.perf_counter()
        outcome = await self._sender.send(parcel.webhook.url, body, headers)
        metrics.WEBHOOK_SECONDS.observe(time.perf_counter() - began)
        return outcome


def _outcome_of(task: asyncio.Task[Outcome], parcel: Parcel) -> Outcome | None:
    """How sending ended, or None where we are at fault, which is logged: the lease ends, and it
    is tried again. Raises what is no `Exception`, such as an exit."""
    error = asyncio.CancelledError() if task.cancelled() else task.exception()
    if error is None:
        return task.result()
    if not isinstance(error, (Exception, asyncio.CancelledError)):
        raise error
    kind = type(error).__name__
    _log.error("webhook not sent", delivery=parcel.delivery.id, error_type=kind, exc_info=error)
    return None


def delivering(context: Context) -> AbstractContextManager[None]:
    """A deliverer beside a block; at its end, what is being sent is finished."""
    return alongside(Deliverer(context).run, name="webhooks")
