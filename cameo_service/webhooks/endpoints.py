"""Endpoints: who is told where, and the secrets that sign for them.

secret = make_secret(context, new_id("whk"))
with context.store.write() as tx:
    register(tx, context, caller, secret, principal="app:studio", url=url, events=events)

The secret is shown once and kept wrapped. Rotated, the former one signs beside it for a day. It is
wrapped before the transaction: a key service may take its time, and there is one writer for all.
"""

import secrets as randomness
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from cameo_service.callers import Caller, require_standing
from cameo_service.context import Context
from cameo_service.errors import Unknown, WrongState
from cameo_service.identifiers import new_id
from cameo_service.notices.telling import NoticeKind
from cameo_service.webhooks.outbox import DISABLED, GONE, WebhookEvent
from cameo_service.webhooks.signatures import SECRET_BYTES, shown
from cameo_service.webhooks.urls import check_url
from storage.contracts import Transaction
from storage.errors import Conflict
from storage.records import NoticeRecord, WebhookRecord, WebhookState

MOST_OF_ONE = 10
"""Endpoints of one principal."""
FORMER_SIGNS = timedelta(hours=24)
DISCARDED_AT_ONCE = 5_000
KEY_REVOKED = "key_revoked"
"""Who disabled an endpoint: an operator, with the key that registered it."""


class TooManyWebhooks(WrongState):
    """The principal has as many webhooks as it may have."""

    code = "too_many_webhooks"


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeSecret:
    """A new secret of the endpoint `of`, `wrapped` by the key that the database named: `under`."""

    of: str
    under: bytes | None
    secret: bytes = field(repr=False)
    wrapped: bytes = field(repr=False)

    @property
    def shown(self) -> str:
        """As its owner is shown it."""
        return shown(self.secret)

    def wrapped_still(self, tx: Transaction) -> bytes:
        """What to store. Raises `Conflict` where the key was exchanged since."""
        if tx.sealed_keys.named() != self.under:
            # nothing would ever wrap it anew
            raise Conflict("the key-encryption key was exchanged meanwhile: send it again")
        return self.wrapped


def make_secret(context: Context, of: str) -> MadeSecret:
    """A new secret for the endpoint `of`. Raises `KeyUnavailable`.

    Not to be called within a transaction.
    """
    with context.store.read() as tx:
        under = tx.sealed_keys.named()
    secret = randomness.token_bytes(SECRET_BYTES)
    wrapped = context.keys.webhooks.wrap(secret, of=of, under=under)
    return MadeSecret(of=of, under=under, secret=secret, wrapped=wrapped)


def register(
    tx: Transaction,
    context: Context,
    caller: Caller,
    secret: MadeSecret,
    *,
    principal: str,
    url: str,
    events: Sequence[WebhookEvent],
) -> WebhookRecord:
    """Have a principal told of `events` at `url`, signed with `secret`.

    Raises `NotActingFor`, `Invalid` for a URL that is refused, `TooManyWebhooks`, `Conflict`, and
    `Unauthenticated` where the key was revoked meanwhile.
    """
    require_standing(tx, caller)
    caller.require_acting_for(principal)
    check_url(url, context.settings.webhook_targets)
    if len(tx.webhooks.of(principal)) >= MOST_OF_ONE:
        raise TooManyWebhooks(f"`{principal}` has {MOST_OF_ONE} webhooks: remove one first")
    now = context.clock()
    record = WebhookRecord(
        id=secret.of,
        version=1,
        principal=principal,
        url=url,
        events=_words(events),
        state=WebhookState.ENABLED,
        disabled_by=None,
        secret=secret.wrapped_still(tx),
        former_secret=None,
        former_until=None,
        created_by=caller.key_id,
        created_at=now,
        updated_at=now,
    )
    tx.webhooks.add(record)
    return record


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
    disabled, it is given up.

    A URL that is refused by now can stay while it is disabled. Raises `Unknown` and `Invalid`, and
    `Unauthenticated` where the key was revoked meanwhile.
    """
    require_standing(tx, caller)
    record = visible(tx, caller, id)
    if enabled or url != record.url:
        check_url(url, context.settings.webhook_targets)
    now = context.clock()
    if not enabled and record.state is WebhookState.ENABLED:
        disable(tx, id, by="caller", now=now)
        record = tx.webhooks.get(id)
    elif enabled:
        record = replace(record, state=WebhookState.ENABLED, disabled_by=None, missed_at=None)
    return tx.webhooks.save(replace(record, url=url, events=_words(events), updated_at=now))


def remove(context: Context, caller: Caller, *, id: str) -> None:
    """Delete an endpoint with its deliveries, sent or not. Raises `Unknown`.

    What was delivered can be a month's, and goes before it in portions: revocations do not wait
    for all of it.
    """
    while True:
        with context.store.write() as tx:
            webhook = visible(tx, caller, id)
            if tx.webhook_deliveries.discard(webhook.id, limit=DISCARDED_AT_ONCE) == 0:
                tx.webhooks.remove(webhook.id)
                return


def rotate(tx: Transaction, context: Context, caller: Caller, secret: MadeSecret) -> WebhookRecord:
    """Give an endpoint another secret. The former one signs beside it for a day.

    Raises `Unknown` and `Conflict`, and `Unauthenticated` where the key was revoked meanwhile.
    """
    require_standing(tx, caller)
    record = visible(tx, caller, secret.of)
    now = context.clock()
    rotated = replace(
        record,
        secret=secret.wrapped_still(tx),
        former_secret=record.secret,
        former_until=now + FORMER_SIGNS,
        updated_at=now,
    )
    return tx.webhooks.save(rotated)


def disable(tx: Transaction, id: str, *, by: str, now: datetime) -> None:
    """Send nothing more to an endpoint, and give up what is pending. `by` is a code.

    Whoever did not do it is told with a notice.
    """
    record = tx.webhooks.get(id)
    disabled = replace(record, state=WebhookState.DISABLED, disabled_by=by, updated_at=now)
    tx.webhooks.save(disabled)
    tx.webhook_deliveries.give_up(id, error=DISABLED, now=now)
    if by == GONE:
        _notify(tx, record.principal, NoticeKind.WEBHOOK_GONE, id, now=now)


def disable_with_key(tx: Transaction, key_id: str, *, now: datetime) -> list[str]:
    """Disable every endpoint that a key registered, in the transaction that revokes it; return
    their ids.

    Each of their principals is told with a notice, and may enable its own again.
    """
    disabled = tx.webhooks.disable_of_key(key_id, by=KEY_REVOKED, now=now)
    for id, principal in disabled:
        tx.webhook_deliveries.give_up(id, error=DISABLED, now=now)
        _notify(tx, principal, NoticeKind.WEBHOOK_DISABLED, id, now=now)
    return [id for id, _ in disabled]


def _notify(tx: Transaction, principal: str, kind: NoticeKind, id: str, *, now: datetime) -> None:
    tx.notices.add(
        NoticeRecord(
            id=new_id("not"),
            principal=principal,
            kind=kind.value,
            body={"webhook_id": id},
            created_at=now,
        )
    )


def secrets_of(context: Context, record: WebhookRecord, *, now: datetime) -> tuple[bytes, ...]:
    """What signs for an endpoint now, the newest first. Raises `Tampered`, `KeyUnavailable`."""
    found = [context.keys.webhooks.unwrap(record.secret, of=record.id)]
    former, until = record.former_secret, record.former_until
    if former is not None and until is not None and now < until:
        found.append(context.keys.webhooks.unwrap(former, of=record.id))
    return tuple(found)


def _words(events: Sequence[WebhookEvent]) -> tuple[str, ...]:
    return tuple(sorted({event.value for event in events}))
