"""The outbox: what happened is written down in the very transaction in which it happened.

publish(tx, WebhookEvent.USE_RECALLED, holder, {"use_id": "use_1"}, cameos=cameos, now=now)

Events name ids and codes, nothing else, and only what their recipient may read by other routes.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from enum import StrEnum

from cameo_service.identifiers import new_id
from storage.contracts import Transaction
from storage.records import (
    DeliveryState,
    Document,
    WebhookDeliveryRecord,
    WebhookRecord,
    WebhookState,
)


class WebhookEvent(StrEnum):
    """What platforms can be told of. `docs/webhooks.md` has who is told what."""

    ERASURE_REQUESTED = "erasure.requested"
    PERMIT_REVOKED = "permit.revoked"
    USE_RECALLED = "use.recalled"


PING = "ping"
"""Sent for a test, whatever an endpoint is told of."""


def publish(
    tx: Transaction,
    event: WebhookEvent,
    principal: str,
    data: Document,
    *,
    cameos: Sequence[str],
    now: datetime,
) -> None:
    """Have every endpoint of `principal` told that wants this event.

    Of what is about one of the same `cameos`, an endpoint is told in the order of these calls.
    """
    for webhook in tx.webhooks.of(principal):
        if webhook.state is WebhookState.ENABLED and event in webhook.events:
            send(tx, webhook, event.value, data, cameos=cameos, now=now)


def send(
    tx: Transaction,
    webhook: WebhookRecord,
    event: str,
    data: Document,
    *,
    cameos: Sequence[str],
    now: datetime,
) -> WebhookDeliveryRecord:
    """Store one delivery, due at once. Its id is the `webhook-id` of every attempt."""
    record = WebhookDeliveryRecord(
        id=new_id("msg"),
        number=tx.webhook_deliveries.next_number(),
        webhook_id=webhook.id,
        event=event,
        body={"type": event, "timestamp": _moment(now), "data": data},
        cameos=tuple(dict.fromkeys(cameos)),
        state=DeliveryState.PENDING,
        attempts=0,
        run_after=now,
        created_at=now,
    )
    tx.webhook_deliveries.add(record)
    return record


def _moment(now: datetime) -> str:
    """RFC 3339, in UTC.

    >>> _moment(datetime(2026, 1, 2, 3, 4, 5, 600, tzinfo=UTC))
    '2026-01-02T03:04:05.000600Z'
    """
    return now.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
