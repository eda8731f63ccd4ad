"""What is due is taken from the outbox, with where it goes and what signs it.

for parcel in lease(context, turns) or ():
    print(parcel.delivery.id)

Secrets are opened before anything is leased, so that a key service that is away costs no delivery
an attempt; side by side, so that one that does not answer takes its time once for all of them, and
not once for each. The endpoint is read again in the lease's own transaction: what is sent goes
where its owner wants it by then.
"""

from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeVar

import structlog

from cameo_service.context import Context
from cameo_service.identifiers import new_id
from cameo_service.webhooks.attempts import MOST, pause
from cameo_service.webhooks.endpoints import secrets_of
from cameo_service.webhooks.ends import Said, tell
from cameo_service.webhooks.turns import AT_ONCE, EACH, Turns
from storage.contracts import Transaction
from storage.errors import KeyUnavailable, StorageError, Tampered
from storage.records import LeasedDeliveries, WebhookDeliveryRecord, WebhookRecord

CANDIDATES = 200
"""Endpoints that are looked at before it is decided whose turn it is."""
OPENED_AT_ONCE = AT_ONCE // EACH
"""Secrets that are opened side by side: as many as begin where nothing is under way."""
UNREADABLE = timedelta(minutes=1)
"""How long an endpoint waits whose secret does not open, or of which a row was altered."""

T = TypeVar("T")

_log = structlog.get_logger("cameo.webhooks")


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """A delivery that is leased, where it goes, and what signs it."""

    delivery: WebhookDeliveryRecord
    webhook: WebhookRecord
    secrets: tuple[bytes, ...] = field(repr=False)


def lease(context: Context, turns: Turns) -> list[Parcel] | None:
    """Take what is due and has room; None where nothing is.

    An empty list where what was due could not be taken: there may be more behind it. Raises
    `StorageError`.
    """
    now = context.clock()
    with context.store.read() as tx:
        due = tx.webhook_deliveries.due(
            now=now,
            limit=CANDIDATES,
            besides=turns.full_webhooks,
            besides_principals=turns.full_principals,
            served=turns.served,
        )
        rooms = turns.rooms(due)
        webhooks, altered = _of_each(rooms, tx.webhooks.get)
    if not rooms:
        return None
    opened, closed = _opened(context, webhooks, now=now)
    with context.store.write() as tx:
        _postpone(tx, {**altered, **closed}, now=now)
        taken = _taken(tx, context, {id: webhooks[id] for id in opened}, rooms)
    for _, found in taken:
        for dead in found.never_finished:
            tell(dead, Said.DEAD, status=dead.last_status, error=dead.last_error)
    return [
        Parcel(delivery=each, webhook=webhook, secrets=opened[webhook.id])
        for webhook, found in taken
        for each in found.leased
    ]


def _opened(
    context: Context, webhooks: Mapping[str, WebhookRecord], *, now: datetime
) -> tuple[dict[str, tuple[bytes, ...]], dict[str, StorageError]]:
    """The secrets of each endpoint, and why those of others do not open."""
    with ThreadPoolExecutor(OPENED_AT_ONCE, thread_name_prefix="webhook-secrets") as pool:
        asked = {
            id: pool.submit(secrets_of, context, each, now=now) for id, each in webhooks.items()
        }
        return _of_each(asked, lambda each: asked[each].result())


def _taken(
    tx: Transaction,
    context: Context,
    webhooks: Mapping[str, WebhookRecord],
    rooms: Mapping[str, int],
) -> list[tuple[WebhookRecord, LeasedDeliveries]]:
    now, token = context.clock(), new_id("lease")
    lasts = context.settings.webhook_timeout_s + context.settings.worker_lease_s

    def take(id: str) -> tuple[WebhookRecord, LeasedDeliveries] | None:
        webhook = tx.webhooks.find(id)
        if webhook is None or webhook.version != webhooks[id].version:
            # another URL, another secret, or none any more: its turn comes again
            return None
        return webhook, tx.webhook_deliveries.lease(
            {id: rooms[id]},
            token=token,
            now=now,
            lease_for=timedelta(seconds=lasts),
            at_most=MOST,
            pause=pause,
        )

    taken, altered = _of_each(webhooks, take)
    _postpone(tx, altered, now=now)
    return [each for each in taken.values() if each is not None]


def _of_each(
    ids: Iterable[str], read: Callable[[str], T]
) -> tuple[dict[str, T], dict[str, StorageError]]:
    """What is read of each endpoint, and why it cannot be of others: nobody waits for those."""
    done: dict[str, T] = {}
    failed: dict[str, StorageError] = {}
    for id in ids:
        try:
            done[id] = read(id)
        except (Tampered, KeyUnavailable) as error:
            failed[id] = error
    return done, failed


def _postpone(tx: Transaction, failed: Mapping[str, StorageError], *, now: datetime) -> None:
    """Let them wait. They are not given up: a worker that has another key may open them, keys come
    back, and rows are mended."""
    if not failed:
        return
    codes = sorted({error.code for error in failed.values()})
    _log.error("webhooks unreadable", webhooks=sorted(failed), codes=codes)
    for id in failed:
        tx.webhook_deliveries.postpone(id, now=now, until=now + UNREADABLE)
