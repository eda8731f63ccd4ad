"""The outbox: what happened is written down in the very transaction in which it happened.

publish(tx, [Message(event=WebhookEvent.USE_RECALLED, principal=holder, data=data)], now=now)

Events name ids and codes, nothing else, and only what their recipient may read by other routes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

import structlog

from cameo_service.identifiers import new_id
from storage.contracts import Transaction
from storage.errors import Tampered
from storage.records import (
    DeliveryState,
    Document,
    WebhookDeliveryRecord,
    WebhookRecord,
    WebhookState,
)

GONE = "gone"
"""Who disabled an endpoint: itself, by its answer."""
DISABLED = "disabled"
"""Why what is for an endpoint that is disabled was given up."""


MOST_UNDELIVERED = 20_000
"""Deliveries to one endpoint that wait or were given up; beyond that only erasures are kept."""

_log = structlog.get_logger("cameo.webhooks")


class WebhookEvent(StrEnum):
    """What platforms can be told of. `docs/webhooks.md` has who is told what."""

    ERASURE_REQUESTED = "erasure.requested"
    PERMIT_REVOKED = "permit.revoked"
    USE_RECALLED = "use.recalled"


PING = "ping"
"""Sent for a test, whatever an endpoint is told of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What one principal is told. Of what is about one of the same `cameos`, an endpoint is told in
    the order of events; without any, a message waits for nobody."""

    event: WebhookEvent
    principal: str
    data: Document
    cameos: tuple[str, ...] = ()


def publish(tx: Transaction, messages: Sequence[Message], *, now: datetime) -> None:
    """Have every endpoint told that belongs to the principal of a message, and wants its event.

    For an endpoint that is gone it is kept as given up: enabled again, its owner can have it sent.
    An endpoint whose row was altered is not told, and keeps no other from being told, nor anybody
    from what they revoke.
    However many messages, it is one statement for each principal and a few for all.
    """
    principals = dict.fromkeys(message.principal for message in messages)
    endpoints = {principal: _endpoints(tx, principal) for principal in principals}
    wanted = [
        (webhook, message)
        for message in messages
        for webhook in endpoints[message.principal]
        if _keeps(webhook) and message.event in webhook.events
    ]
    kept = _within_bounds(tx, wanted, now=now)
    store(
        tx,
        [(webhook, each.event.value, each.data, each.cameos) for webhook, each in kept],
        now=now,
    )


def store(
    tx: Transaction,
    telling: Sequence[tuple[WebhookRecord, str, Document, tuple[str, ...]]],
    *,
    now: datetime,
) -> list[WebhookDeliveryRecord]:
    """Store deliveries in this order, due at once: endpoint, type, data and cameos of each.

    To an endpoint that is disabled they are given up at once.
    The id of a delivery is the `webhook-id` of every attempt.
    """
    if not telling:
        return []
    first = tx.webhook_deliveries.next_number()
    records = [
        WebhookDeliveryRecord(
            id=new_id("msg"),
            number=number,
            webhook_id=webhook.id,
            event=event,
            body={"type": event, "timestamp": _moment(now), "data": data},
            cameos=tuple(dict.fromkeys(cameos)),
            attempts=0,
            run_after=now,
            created_at=now,
            pending_since=now,
            **_standing(webhook, now=now),
        )
        for number, (webhook, event, data, cameos) in enumerate(telling, first)
    ]
    tx.webhook_deliveries.add(*records)
    return records


def _endpoints(tx: Transaction, principal: str) -> list[WebhookRecord]:
    try:
        return tx.webhooks.of(principal)
    except Tampered as error:
        found, altered = _readable(tx, principal)
        _log.error("webhooks unreadable: events are not kept", webhooks=altered, error=str(error))
        return found


def _readable(tx: Transaction, principal: str) -> tuple[list[WebhookRecord], list[str]]:
    """The endpoints of a principal whose rows nobody altered, and the ids of the others."""
    found: list[WebhookRecord] = []
    altered: list[str] = []
    try:
        ids = tx.webhooks.ids_of(principal)
    except Tampered:
        # an id itself, by which the rows would be told apart
        return found, altered
    for id in ids:
        try:
            found.append(tx.webhooks.get(id))
        except Tampered:
            altered.append(id)
    return found, altered


def _within_bounds(
    tx: Transaction, wanted: Sequence[tuple[WebhookRecord, Message]], *, now: datetime
) -> list[tuple[WebhookRecord, Message]]:
    """What is kept, without what there is no room for. An erasure is kept always, and the first of
    the others."""
    ids = dict.fromkeys(webhook.id for webhook, _ in wanted)
    counts = tx.webhook_deliveries.undelivered(*ids) if ids else {}
    kept: list[tuple[WebhookRecord, Message]] = []
    missed: set[str] = set()
    # whoever revokes has the writer of all: each is looked at once
    for webhook, message in wanted:
        count = counts.get(webhook.id, 0)
        if count >= MOST_UNDELIVERED and message.event is not WebhookEvent.ERASURE_REQUESTED:
            missed.add(webhook.id)
            continue
        counts[webhook.id] = count + 1
        kept.append((webhook, message))
    if missed:
        tx.webhooks.note_missed(*missed, now=now)
        _log.warning("webhook is full: events are not kept for it", webhooks=sorted(missed))
    return kept


def _keeps(webhook: WebhookRecord) -> bool:
    return webhook.state is WebhookState.ENABLED or webhook.disabled_by == GONE


def _standing(webhook: WebhookRecord, *, now: datetime) -> dict[str, Any]:
    if webhook.state is WebhookState.ENABLED:
        return {"state": DeliveryState.PENDING}
    return {"state": DeliveryState.DEAD, "last_error": DISABLED, "settled_at": now}


def _moment(now: datetime) -> str:
    """RFC 3339, in UTC.

    >>> _moment(datetime(2026, 1, 2, 3, 4, 5, 600, tzinfo=UTC))
    '2026-01-02T03:04:05.000600Z'
    """
    return now.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
