"""Deliveries as an endpoint's owner sees them, tries one out, and sends them again.

replay(tx, context, caller, webhook_id="whk_1", id="msg_1")
"""

from cameo_service.callers import Caller
from cameo_service.context import Context
from cameo_service.errors import ServiceError, Unknown, WrongState
from cameo_service.webhooks.endpoints import visible
from cameo_service.webhooks.outbox import PING, store
from storage.contracts import Transaction
from storage.records import DeliveryState, WebhookDeliveryRecord, WebhookRecord, WebhookState

REPLAYED_AT_ONCE = 500
MOST_PINGS = 10
"""Pending for one endpoint."""


class WebhookDisabled(WrongState):
    """Nothing is sent to a webhook that is disabled."""

    code = "webhook_disabled"


class TooManyPings(ServiceError):
    """So many pings to the webhook are pending that another one would say nothing new."""

    code = "too_many_pings"


class DeliveryPending(WrongState):
    """The delivery waits to be sent already."""

    code = "delivery_pending"


def of_webhook(
    tx: Transaction,
    caller: Caller,
    id: str,
    *,
    state: DeliveryState | None,
    limit: int,
    after: str | None,
) -> list[WebhookDeliveryRecord]:
    """The deliveries to an endpoint, the latest first. Raises `Unknown`."""
    webhook = visible(tx, caller, id)
    return tx.webhook_deliveries.of(webhook.id, state=state, limit=limit, after=after)


def ping(tx: Transaction, context: Context, caller: Caller, *, id: str) -> WebhookDeliveryRecord:
    """Send a test event. Raises `WebhookDisabled` and `TooManyPings`."""
    webhook = _enabled(tx, caller, id)
    if tx.webhook_deliveries.waiting(webhook.id, PING) >= MOST_PINGS:
        raise TooManyPings(f"{MOST_PINGS} pings to webhook `{id}` are pending: wait for these")
    data = {"webhook_id": webhook.id}
    [stored] = store(tx, [(webhook, PING, data, ())], now=context.clock())
    return stored


def replay(
    tx: Transaction, context: Context, caller: Caller, *, webhook_id: str, id: str
) -> WebhookDeliveryRecord:
    """Send what was delivered or given up once more, with the same id. Raises `Unknown`,
    `WebhookDisabled` and `DeliveryPending`."""
    webhook = _enabled(tx, caller, webhook_id)
    record = tx.webhook_deliveries.find(id)
    if record is None or record.webhook_id != webhook.id:
        raise Unknown(f"there is no delivery `{id}`")
    if record.state is DeliveryState.PENDING:
        raise DeliveryPending(f"delivery `{id}` is pending already")
    return tx.webhook_deliveries.replay(id, now=context.clock())


def replay_dead(tx: Transaction, context: Context, caller: Caller, *, id: str) -> tuple[int, bool]:
    """Send once more what was given up, the earliest first, a limited number; return how many, and
    whether there are more. Raises `WebhookDisabled`."""
    webhook = _enabled(tx, caller, id)
    # the writer is everybody's: revocations do not wait for somebody's dead letters
    replayed = tx.webhook_deliveries.replay_dead(
        webhook.id, now=context.clock(), limit=REPLAYED_AT_ONCE
    )
    left = tx.webhook_deliveries.of(webhook.id, state=DeliveryState.DEAD, limit=1)
    return replayed, bool(left)


def _enabled(tx: Transaction, caller: Caller, id: str) -> WebhookRecord:
    webhook = visible(tx, caller, id)
    if webhook.state is not WebhookState.ENABLED:
        raise WebhookDisabled(f"webhook `{id}` is disabled: enable it first")
    return webhook
