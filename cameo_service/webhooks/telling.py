"""Who is told of which event: those whose own business it is, and nothing else of it.

tell_revoked(tx, ["per_1"], now=now)

What lies beneath a character stays undisclosed: the cameos named are those that were asked for.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime

from cameo_service.webhooks.outbox import WebhookEvent, publish
from storage.contracts import Transaction
from storage.records import ErasureRecord, PermitRecord, UseRecord

AT_ONCE = 100
"""Permits in one event."""


def tell_erasure(
    tx: Transaction,
    erasure: ErasureRecord,
    *,
    holder: str,
    disclosures: Sequence[str],
    now: datetime,
) -> None:
    """Tell a holder of identity packages which of them to delete."""
    data = {
        "erasure_id": erasure.id,
        "cameo_id": erasure.cameo_id,
        "disclosures": list(disclosures),
    }
    cameos = (erasure.cameo_id,)
    publish(tx, WebhookEvent.ERASURE_REQUESTED, holder, data, cameos=cameos, now=now)


def tell_revoked(tx: Transaction, permits: Sequence[str], *, now: datetime) -> None:
    """Tell the audiences of permits that these are good for nothing any more."""
    if not tx.webhooks.exist():
        return
    together: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    for record in tx.permits.among(permits):
        together.setdefault((record.audience, _asked_for(record)), []).append(record.id)
    for (audience, cameos), ids in together.items():
        for some in _portions(ids):
            data = {"permit_ids": some, "cameo_ids": list(cameos)}
            publish(tx, WebhookEvent.PERMIT_REVOKED, audience, data, cameos=cameos, now=now)


def tell_recall(tx: Transaction, use: UseRecord, *, ask: str, now: datetime) -> None:
    """Tell the holder of a use what is asked of it: to delete it, or to take it down."""
    cameos = tuple(sorted({str(each["cameo_id"]) for each in use.likenesses}))
    data = {"use_id": use.id, "cameo_ids": list(cameos), "ask": ask}
    publish(tx, WebhookEvent.USE_RECALLED, use.holder, data, cameos=cameos, now=now)


def _asked_for(record: PermitRecord) -> tuple[str, ...]:
    return tuple(sorted({str(each["cameo_id"]) for each in record.request["likenesses"]}))


def _portions(ids: list[str]) -> Iterator[list[str]]:
    for start in range(0, len(ids), AT_ONCE):
        yield ids[start : start + AT_ONCE]
