"""What is due is taken from the outbox, with where it goes and what signs it.

for parcel in lease(context, turns) or ():
    print(parcel.delivery.id)

Secrets are opened before anything is leased, so that a key service that is away costs no delivery
an attempt. The endpoint is read again in the lease's own transaction: what is sent goes where its
owner wants it by then.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog

from cameo_service.context import Context
from cameo_service.identifiers import new_id
from cameo_service.webhooks.attempts import MOST, pause
from cameo_service.webhooks.endpoints import secrets_of
from cameo_service.webhooks.turns import Turns
from storage.errors import KeyUnavailable, StorageError, Tampered
from storage.records import WebhookDeliveryRecord, WebhookRecord

CANDIDATES = 200
"""Endpoints that are looked at before it is decided whose turn it is."""
UNREADABLE = timedelta(minutes=1)
"""How long an endpoint waits whose secret does not open."""

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
        webhooks = [tx.webhooks.get(id) for id in rooms]
    if not rooms:
        return None
    opened = _opened(context, webhooks, now=now)
    return _leased(context, opened, rooms) if opened else []


Opened = dict[str, tuple[WebhookRecord, tuple[bytes, ...]]]


def _opened(context: Context, webhooks: Sequence[WebhookRecord], *, now: datetime) -> Opened:
    """The endpoints with what signs for them. Those whose secret does not open have to wait."""
    found: Opened = {}
    failed: dict[str, StorageError] = {}
    for webhook in webhooks:
        try:
            found[webhook.id] = (webhook, secrets_of(context, webhook, now=now))
        except (Tampered, KeyUnavailable) as error:
            # not given up: a worker that has another key may open it, and keys come back
            failed[webhook.id] = error
    if failed:
        codes = sorted({error.code for error in failed.values()})
        _log.error("webhook secrets unreadable", webhooks=sorted(failed), codes=codes)
        with context.store.write() as tx:
            for id in failed:
                tx.webhook_deliveries.postpone(id, now=now, until=now + UNREADABLE)
    return found


def _leased(context: Context, opened: Opened, rooms: dict[str, int]) -> list[Parcel]:
    settings = context.settings
    with context.store.write() as tx:
        same = {
            id: rooms[id]
            for id, (webhook, _) in opened.items()
            # another URL, another secret, or none any more: its turn comes again
            if (found := tx.webhooks.find(id)) is not None and found.version == webhook.version
        }
        leased = tx.webhook_deliveries.lease(
            same,
            token=new_id("lease"),
            now=context.clock(),
            lease_for=timedelta(seconds=settings.webhook_timeout_s + settings.worker_lease_s),
            at_most=MOST,
            pause=pause,
        )
    return [
        Parcel(delivery=each, webhook=webhook, secrets=secrets)
        for each in leased
        for webhook, secrets in (opened[each.webhook_id],)
    ]
