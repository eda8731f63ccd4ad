"""The deliverer: takes what is due from the outbox, and sends it.

    with delivering(context):
        work()

Every worker may run one. A delivery is leased, so that two never send it at once; whoever is
killed in between leaves a lease that ends, and it is sent again with the same id. Many endpoints
are served at the same time, each with a few deliveries: a slow one delays the others by no more
than the time that one attempt may take.
"""

import asyncio
import ssl
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta

import httpx2
import rfc8785
import structlog

from cameo_service import metrics
from cameo_service.context import Context
from cameo_service.identifiers import new_id
from cameo_service.webhooks.attempts import MOST, retry_at
from cameo_service.webhooks.endpoints import disable, secrets_of
from cameo_service.webhooks.names import Resolve, resolved
from cameo_service.webhooks.sending import Outcome, Sender
from cameo_service.webhooks.signatures import sign
from storage.errors import Conflict, NotFound, StorageError, Tampered
from storage.records import DeliveryState, WebhookDeliveryRecord, WebhookRecord

ENDPOINTS_AT_ONCE = 20
EACH = 4
"""Deliveries to one endpoint at once."""
UNREADABLE = timedelta(minutes=1)
"""How long an endpoint waits whose secret does not open."""
USER_AGENT = "cameo-webhooks/1"

_log = structlog.get_logger("cameo.webhooks")
Secrets = dict[str, tuple[WebhookRecord, tuple[bytes, ...]]]


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
        # writers come one at a time: waiting here costs less than trying again
        self._settling = threading.Lock()
        self._timeout_s = context.settings.webhook_timeout_s

    def run(self, stop: threading.Event) -> None:
        """Deliver until `stop` is set; what is being sent is finished first."""
        with asyncio.Runner() as runner:
            while not stop.is_set():
                if not self._try(runner):
                    stop.wait(self._context.settings.worker_poll_s)

    def _try(self, runner: asyncio.Runner) -> bool:
        log = _log.bind()
        try:
            return runner.run(self.step_async())
        except StorageError as error:
            _log.error("store unavailable", error=str(error))
        except Exception as error:
            log.exception("webhooks were not sent", error_type=type(error).__name__)
        return False

    async def step_async(self) -> bool:
        """Send what is due, a limited number; whether there was anything."""
        secrets = await asyncio.to_thread(self._due)
        if not secrets:
            return False
        leased = await asyncio.to_thread(self._lease, list(secrets))
        async with Sender(
            self._context.settings.webhook_targets,
            timeout_s=self._timeout_s,
            resolve=self._resolve,
            verify=self._authorities(),
        ) as sender:
            ended = await asyncio.gather(
                *(self._deliver(sender, each, *secrets[each.webhook_id]) for each in leased),
                return_exceptions=True,
            )
        _report(ended)
        return bool(leased)

    def _authorities(self) -> ssl.SSLContext:
        """Read once: that takes longer than most attempts."""
        if self._verify is None:
            self._verify = httpx2.create_ssl_context()
        return self._verify

    def _due(self) -> Secrets:
        """The endpoints with something due, and what signs for them.

        Before anything is leased: a key service that is away costs no delivery an attempt.
        """
        now = self._context.clock()
        with self._context.store.read() as tx:
            due = tx.webhook_deliveries.due(now=now, limit=ENDPOINTS_AT_ONCE)
            webhooks = [tx.webhooks.get(id) for id in due]
        found: Secrets = {}
        for webhook in webhooks:
            try:
                found[webhook.id] = (webhook, secrets_of(self._context, webhook, now=now))
            except Tampered as error:
                # not given up: a worker that has another key may open it
                _log.error("webhook secret unreadable", webhook=webhook.id, error=str(error))
                with self._context.store.write() as tx:
                    tx.webhook_deliveries.postpone(webhook.id, until=now + UNREADABLE)
        return found

    @property
    def _lease_for(self) -> timedelta:
        return timedelta(seconds=self._timeout_s + self._context.settings.worker_lease_s)

    def _lease(self, webhook_ids: list[str]) -> list[WebhookDeliveryRecord]:
        with self._context.store.write() as tx:
            return tx.webhook_deliveries.lease(
                webhook_ids,
                token=new_id("lease"),
                now=self._context.clock(),
                lease_for=self._lease_for,
                at_most=MOST,
                each=EACH,
            )

    async def _deliver(
        self,
        sender: Sender,
        delivery: WebhookDeliveryRecord,
        webhook: WebhookRecord,
        secrets: tuple[bytes, ...],
    ) -> None:
        body = rfc8785.dumps(delivery.body)
        moment = int(self._context.clock().timestamp())
        headers = {
            "content-type": "application/json",
            "user-agent": USER_AGENT,
            "webhook-id": delivery.id,
            "webhook-timestamp": str(moment),
            "webhook-signature": sign(secrets, id=delivery.id, timestamp=moment, body=body),
        }
        began = time.perf_counter()
        outcome = await sender.send(webhook.url, body, headers)
        metrics.WEBHOOK_SECONDS.observe(time.perf_counter() - began)
        await asyncio.to_thread(self._settle, delivery, outcome)

    def _settle(self, delivery: WebhookDeliveryRecord, outcome: Outcome) -> None:
        log = _log.bind(
            delivery=delivery.id,
            webhook=delivery.webhook_id,
            type=delivery.event,
            attempt=delivery.attempts,
            status=outcome.status,
            error=outcome.error,
        )
        try:
            with self._settling:
                state = self._settled(delivery, outcome)
        except (Conflict, NotFound):
            log.warning("lease lost: another worker has the delivery, or it is gone")
            return
        except StorageError as error:
            # the lease ends, and it is sent again: at least once
            _log.error("outcome not noted", delivery=delivery.id, error=str(error))
            return
        said = "failed" if state is DeliveryState.PENDING else state.value
        metrics.WEBHOOKS.labels(type=delivery.event, outcome=said).inc()
        log.info("webhook delivered" if outcome.delivered else "webhook not delivered", state=state)

    def _settled(self, delivery: WebhookDeliveryRecord, outcome: Outcome) -> DeliveryState:
        now, token = self._context.clock(), delivery.lease_token or ""
        with self._context.store.write() as tx:
            if outcome.delivered and outcome.status is not None:
                tx.webhook_deliveries.finish(
                    delivery.id, token=token, status=outcome.status, now=now
                )
                return DeliveryState.DELIVERED
            again = retry_at(delivery.attempts, now=now, rng=self._context.rng)
            if outcome.gone:
                again = None
            tx.webhook_deliveries.fail(
                delivery.id,
                token=token,
                status=outcome.status,
                error=outcome.error,
                retry_at=again,
                now=now,
            )
            if outcome.gone:
                disable(tx, delivery.webhook_id, by="gone", now=now)
        return DeliveryState.DEAD if again is None else DeliveryState.PENDING


def _report(ended: Sequence[BaseException | None]) -> None:
    """Log a fault of ours: its delivery is tried again when the lease ends, others were sent."""
    for error in ended:
        if isinstance(error, Exception):
            _log.error("webhook not sent", error_type=type(error).__name__, exc_info=error)
        elif error is not None:
            raise error


@contextmanager
def delivering(context: Context) -> Iterator[None]:
    """A deliverer beside what the block does."""
    stop = threading.Event()
    deliverer = Deliverer(context)
    thread = threading.Thread(target=deliverer.run, args=(stop,), name="webhooks", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
