"""Webhooks: where platforms are told of events, and every delivery.

>>> DeliveryState("dead") is DeliveryState.DEAD
True
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from storage.records.document import Document


class WebhookState(StrEnum):
    """Whether anything is sent there."""

    ENABLED = "enabled"
    DISABLED = "disabled"


class DeliveryState(StrEnum):
    """Where a delivery stands."""

    PENDING = "pending"
    DELIVERED = "delivered"
    DEAD = "dead"


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookRecord:
    """An endpoint that is told of a principal's `events`.

    `secret` is wrapped under the key-encryption key; so is `former_secret`, which signs beside it
    until `former_until`. `disabled_by` is a code, None while it is enabled. `missed_at` is when an
    event was last not kept for it.
    """

    id: str
    version: int
    principal: str
    url: str = field(repr=False)
    events: tuple[str, ...]
    state: WebhookState
    disabled_by: str | None
    secret: bytes = field(repr=False)
    former_secret: bytes | None = field(repr=False)
    former_until: datetime | None
    created_by: str
    created_at: datetime
    updated_at: datetime
    missed_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookDeliveryRecord:
    """One event for one endpoint. `body` is what is sent; `cameos` are those that it is about.

    `number` is its place in the order of events. `last_status` is the HTTP status of the last
    answer, `last_error` a code where there was none. `pending_since` is when it happened, or was
    last sent again by hand; `settled_at` when it was delivered or given up.
    """

    id: str
    number: int
    webhook_id: str
    event: str
    body: Document
    cameos: tuple[str, ...]
    state: DeliveryState
    attempts: int
    run_after: datetime
    created_at: datetime
    pending_since: datetime
    lease_token: str | None = None
    leased_until: datetime | None = None
    last_status: int | None = None
    last_error: str | None = None
    settled_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LeasedDeliveries:
    """What one look for due deliveries gave: those that are `leased` now, and those that were
    leased so often without an end that they were given up."""

    leased: list[WebhookDeliveryRecord]
    never_finished: list[WebhookDeliveryRecord]
