"""What becomes of a delivery once an attempt has ended.

settle(context, [Ended(parcel=parcel, outcome=outcome)])

An answer counts for the URL that it came from: where the endpoint has another one by now, the
delivery goes there, whatever was answered before.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from cameo_service.context import Context
from cameo_service.webhooks.attempts import retry_at
from cameo_service.webhooks.endpoints import disable
from cameo_service.webhooks.ends import Said, tell
from cameo_service.webhooks.leasing import Parcel
from cameo_service.webhooks.sending import Outcome
from storage.contracts import Transaction
from storage.errors import Conflict, Tampered


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """An attempt that ended."""

    parcel: Parcel
    outcome: Outcome

    def is_held(self, now: datetime) -> bool:
        """Whether it can still be noted: another worker may have the delivery afterwards."""
        until = self.parcel.delivery.leased_until
        return until is not None and now < until


def settle(context: Context, ended: Sequence[Ended]) -> None:
    """Note how these attempts ended, in one transaction: all of them, or none.

    Raises `StoreUnavailable`.
    """
    # whoever wants nothing any more has still taken what it took
    in_order = sorted(ended, key=lambda each: each.outcome.gone)
    with context.store.write() as tx:
        said = [_note(tx, context, each) for each in in_order]
    for each, word in zip(in_order, said, strict=True):
        outcome = each.outcome
        tell(each.parcel.delivery, word, status=outcome.status, error=outcome.error)


def _note(tx: Transaction, context: Context, ended: Ended) -> Said:
    try:
        return _noted(tx, context, ended)
    except (Conflict, Tampered):
        # a row that was altered meanwhile keeps no other from being noted
        return Said.LOST


def _noted(tx: Transaction, context: Context, ended: Ended) -> Said:
    delivery, outcome, now = ended.parcel.delivery, ended.outcome, context.clock()
    token, deliveries = delivery.lease_token or "", tx.webhook_deliveries
    webhook = tx.webhooks.find(delivery.webhook_id)
    if webhook is not None and webhook.url != ended.parcel.webhook.url:
        deliveries.give_back(delivery.id, token=token, now=now)
        return Said.MOVED
    if outcome.delivered and outcome.status is not None:
        deliveries.finish(delivery.id, token=token, status=outcome.status, now=now)
        return Said.DELIVERED
    since = delivery.pending_since
    again = retry_at(delivery.attempts, since=since, now=now, rng=context.rng)
    if outcome.gone:
        again = None
    deliveries.fail(
        delivery.id,
        token=token,
        status=outcome.status,
        error=outcome.error,
        retry_at=again,
        now=now,
    )
    if outcome.gone:
        disable(tx, delivery.webhook_id, by="gone", now=now)
    return Said.DEAD if again is None else Said.FAILED
