"""Endpoints: who is told where, and the secrets that sign for them.

webhook, secret = register(tx, context, caller, principal="app:studio", url=url, events=events)

The secret is shown once and kept wrapped. Rotated, the former one signs beside it for a day.
"""

import secrets as randomness
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from cameo_service.callers import Caller
from cameo_service.context import Context
from cameo_service.errors import Unknown, WrongState
from cameo_service.identifiers import new_id
from cameo_service.webhooks.outbox import WebhookEvent
from cameo_service.webhooks.signatures import SECRET_BYTES, shown
from cameo_service.webhooks.urls import check_url
from storage.contracts import Transaction
from storage.records import WebhookRecord, WebhookState

MOST_OF_ONE = 10
"""Endpoints of one principal."""
FORMER_SIGNS = timedelta(hours=24)


class TooManyWebhooks(WrongState):
    """The principal has as many webhooks as it may have."""

    code = "too_many_webhooks"


def register(
    tx: Transaction,
    context: Context,
    caller: Caller,
    *,
    principal: str,
    url: str,
    events: Sequence[WebhookEvent],
) -> tuple[WebhookRecord, str]:
    """Have a principal told of `events` at `url`; return the endpoint and its secret.

    Raises `NotActingFor`, `Invalid` for a URL that is refused, and `TooManyWebhooks`.
    """
    caller.require_acting_for(principal)
    check_url(url, context.settings.webhook_targets)
    if len(tx.webhooks.of(principal)) >= MOST_OF_ONE:
        raise TooManyWebhooks(f"`{principal}` has {MOST_OF_ONE} webhooks: remove one first")
    now, id = context.clock(), new_id("whk")
    secret = randomness.token_bytes(SECRET_BYTES)
    record = WebhookRecord(
        id=id,
        version=1,
        principal=principal,
        url=url,
        events=_words(events),
        state=WebhookState.ENABLED,
        disabled_by=None,
        secret=context.keys.webhooks.wrap(secret, of=id, under=tx.sealed_keys.named()),
        former_secret=None,
        former_until=None,
        created_by=caller.key_id,
        created_at=now,
        updated_at=now,
    )
    tx.webhooks.add(record)
    return record, shown(secret)


def visible(tx: Transaction, caller: Caller, id: str) -> WebhookRecord:
    """The endpoint, to whoever may act for its principal; to all others `Unknown`."""
    record = tx.webhooks.find(id)
    if record is None or not caller.acts_for_principal(record.principal):
        raise Unknown(f"there is no webhook `{id}`")
    return record


def of_principal(
    tx: Transaction, caller: Caller, principal: str, *, limit: int, after: str | None
) -> list[WebhookRecord]:
    """The endpoints of `principal`, in order of id. Raises `NotActingFor`."""
    caller.require_acting_for(principal)
    return tx.webhooks.of(principal, limit=limit, after=after)


def change(
    tx: Transaction,
    context: Context,
    caller: Caller,
    *,
    id: str,
    url: str,
    events: Sequence[WebhookEvent],
    enabled: bool,
) -> WebhookRecord:
    """Set where, of what and whether an endpoint is told. What is pending goes to the new URL;
    disabled, it is given up."""
    record = visible(tx, caller, id)
    check_url(url, context.settings.webhook_targets)
    now = context.clock()
    if not enabled and record.state is WebhookState.ENABLED:
        disable(tx, id, by="caller", now=now)
        record = tx.webhooks.get(id)
    elif enabled:
        record = replace(record, state=WebhookState.ENABLED, disabled_by=None)
    return tx.webhooks.save(replace(record, url=url, events=_words(events), updated_at=now))


def remove(tx: Transaction, caller: Caller, *, id: str) -> None:
    """Delete an endpoint with its deliveries, sent or not."""
    tx.webhooks.remove(visible(tx, caller, id).id)


def rotate(
    tx: Transaction, context: Context, caller: Caller, *, id: str
) -> tuple[WebhookRecord, str]:
    """Give an endpoint another secret; return both. The former one signs beside it for a day."""
    record = visible(tx, caller, id)
    now, secret = context.clock(), randomness.token_bytes(SECRET_BYTES)
    rotated = replace(
        record,
        secret=context.keys.webhooks.wrap(secret, of=id, under=tx.sealed_keys.named()),
        former_secret=record.secret,
        former_until=now + FORMER_SIGNS,
        updated_at=now,
    )
    return tx.webhooks.save(rotated), shown(secret)


def disable(tx: Transaction, id: str, *, by: str, now: datetime) -> None:
    """Send nothing more to an endpoint, and give up what is pending. `by` is a code."""
    record = tx.webhooks.get(id)
    disabled = replace(record, state=WebhookState.DISABLED, disabled_by=by, updated_at=now)
    tx.webhooks.save(disabled)
    tx.webhook_deliveries.give_up(id, error="disabled", now=now)


def secrets_of(context: Context, record: WebhookRecord, *, now: datetime) -> tuple[bytes, ...]:
    """What signs for an endpoint now, the newest first. Raises `Tampered`, `KeyUnavailable`."""
    found = [context.keys.webhooks.unwrap(record.secret, of=record.id)]
    former, until = record.former_secret, record.former_until
    if former is not None and until is not None and now < until:
        found.append(context.keys.webhooks.unwrap(former, of=record.id))
    return tuple(found)


def _words(events: Sequence[WebhookEvent]) -> tuple[str, ...]:
    return tuple(sorted({event.value for event in events}))
