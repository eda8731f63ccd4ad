"""Webhooks, and the outbox of what they are told.

for delivery in tx.webhook_deliveries.lease(due, token=token, now=now, ...).leased:
    tx.webhook_deliveries.finish(delivery.id, token=token, status=200, now=now)
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from storage.records.webhooks import (
    DeliveryState,
    LeasedDeliveries,
    WebhookDeliveryRecord,
    WebhookRecord,
)


class Webhooks(Protocol):
    """Endpoints."""

    def add(self, record: WebhookRecord) -> None:
        """Store a new endpoint."""

    def get(self, id: str) -> WebhookRecord:
        """The endpoint with this id."""

    def find(self, id: str) -> WebhookRecord | None:
        """The endpoint with this id, or None."""

    def save(self, record: WebhookRecord) -> WebhookRecord:
        """Store a changed endpoint."""

    def exist(self) -> bool:
        """Whether there is an endpoint of anybody's."""

    def of(
        self, principal: str, *, limit: int | None = None, after: str | None = None
    ) -> list[WebhookRecord]:
        """The endpoints of a principal, in order of id; all of them without a `limit`."""

    def ids_of(self, principal: str) -> list[str]:
        """The ids of a principal's endpoints, in order, also of those that cannot be read."""

    def disable_of_key(self, key_id: str, *, by: str, now: datetime) -> list[tuple[str, str]]:
        """Disable every endpoint that a key registered, by the code `by`, also those whose rows
        cannot be read; return their ids and principals, without those that were so already."""

    def note_missed(self, *ids: str, now: datetime) -> None:
        """Note that an event was not kept for these endpoints."""

    def forget_former(self, *, before: datetime) -> int:
        """Destroy the former secrets that sign no more since then; return how many."""

    def remove(self, id: str) -> None:
        """Delete an endpoint with its deliveries. Raises `NotFound`."""


class WebhookDeliveries(Protocol):
    """The outbox. A delivery whose lease ran out is handed out again.

    Deliveries to one endpoint that share a cameo are handed out in the order of their numbers:
    none while an earlier one is pending.
    """

    def next_number(self) -> int:
        """A number above that of every delivery. Only a write transaction can rely on it."""

    def add(self, *records: WebhookDeliveryRecord) -> None:
        """Store new deliveries, pending or given up. However many, it is two statements.

        Raises `AlreadyExists` where one of them is stored already: the transaction must not go on.
        """

    def find(self, id: str) -> WebhookDeliveryRecord | None:
        """The delivery with this id, or None."""

    def of(
        self,
        webhook_id: str,
        *,
        state: DeliveryState | None,
        limit: int,
        after: str | None = None,
    ) -> list[WebhookDeliveryRecord]:
        """The deliveries to an endpoint, the latest first; only those in `state` if given."""

    def undelivered(self, *webhook_ids: str) -> dict[str, int]:
        """How many are pending or given up, for each of these endpoints that has some."""

    def waiting(self, webhook_id: str, event: str) -> int:
        """How many of this type are pending for an endpoint."""

    def backlog(self, *, now: datetime) -> tuple[int, datetime | None]:
        """How many are pending, and since when the first has been due that can be sent now: what
        waits for an earlier one does not count."""

    def due(
        self,
        *,
        now: datetime,
        limit: int,
        besides: Sequence[str] = (),
        besides_principals: Sequence[str] = (),
        served: Sequence[str] = (),
    ) -> list[tuple[str, str]]:
        """Endpoints with a delivery that is due, each with its principal: the first of every
        principal, then the second ones, each time who waits longest first.

        `besides` are endpoints to leave out; principals that are `served` come after the others. A
        time more than a day ahead counts as past: a clock
        that was wrong has noted it.
        """

    def lease(
        self,
        rooms: Mapping[str, int],
        *,
        token: str,
        now: datetime,
        lease_for: timedelta,
        at_most: int,
        pause: Callable[[int], timedelta],
    ) -> LeasedDeliveries:
        """The first due deliveries of each endpoint, as many as it has room for, now leased under
        `token` with one attempt more. What is about no cameo comes before the others.

        One that was leased `at_most` times without an end is given up instead, and is returned
        too. A lease that ends without an end of its delivery is followed by a `pause`, which grows
        with the attempts.
        """

    def give_back(self, id: str, *, token: str, now: datetime) -> None:
        """Let it be due at once, as if this attempt had not been made. Raises `Conflict`."""

    def finish(self, id: str, *, token: str, status: int, now: datetime) -> None:
        """Note that it was delivered. Raises `Conflict` when `token` does not hold it any more."""

    def fail(
        self,
        id: str,
        *,
        token: str,
        status: int | None,
        error: str | None,
        retry_at: datetime | None,
        now: datetime,
    ) -> None:
        """Try again at `retry_at`, or give up when that is None. Raises `Conflict`."""

    def postpone(self, webhook_id: str, *, now: datetime, until: datetime) -> int:
        """Let what is pending for an endpoint, and not leased, wait until then; return how many."""

    def give_up(self, webhook_id: str, *, error: str, now: datetime) -> int:
        """Give up everything that is pending for an endpoint, leased or not; return how many."""

    def replay(self, id: str, *, now: datetime) -> WebhookDeliveryRecord:
        """Send again what is settled, in its old place. Raises `Conflict` while it is pending."""

    def replay_dead(self, webhook_id: str, *, now: datetime, limit: int) -> int:
        """Send again what was given up for an endpoint, the earliest `limit`; return how many.

        Each has its old place. However many there are, it takes the same few statements.
        """

    def discard(self, webhook_id: str, *, limit: int) -> int:
        """Delete what was delivered to an endpoint, the earliest first, at most `limit`; return how
        many."""

    def sweep(self, *, before: datetime, limit: int) -> int:
        """Delete what was settled before then, at most `limit`; return how many."""
