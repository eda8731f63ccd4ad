"""Who is told of which event: those whose own business it is, and nothing else of it.

tell_revoked(tx, ["per_1"], now=now)

What lies beneath a character stays undisclosed: the cameos named are those that were asked for.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from cameo_service.altered import is_plain, passed_over
from cameo_service.webhooks.outbox import Message, WebhookEvent, publish
from storage.contracts import Transaction
from storage.records import ErasureRecord

AT_ONCE = 100
"""Permits, or uses, in one event."""


class RecalledUse(NamedTuple):
    """A use whose holder is to be told of its recall, and the `cameos` that were asked for."""

    id: str
    holder: str
    cameos: tuple[str, ...]
    ask: str


def tell_erasure(
    tx: Transaction,
    erasure: ErasureRecord,
    disclosures: Mapping[str, Sequence[str]],
    *,
    now: datetime,
) -> None:
    """Tell the holders of identity packages which of them to delete: `disclosures` of each.

    This waits for nothing else: what an endpoint cannot digest holds up no erasure.
    """
    messages = [
        Message(
            event=WebhookEvent.ERASURE_REQUESTED,
            principal=holder,
            data={
                "erasure_id": erasure.id,
                "cameo_id": erasure.cameo_id,
                "disclosures": list(ids),
            },
        )
        for holder, ids in disclosures.items()
    ]
    publish(tx, messages, now=now)


def tell_revoked(tx: Transaction, permits: Sequence[str], *, now: datetime) -> None:
    """Tell the audiences of permits that these are good for nothing any more."""
    if not permits or not tx.webhooks.exist():
        return
    together: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    found = tx.permits.carried(permits)
    altered = [*found.altered]
    for record in found.records:
        cameos = asked_for(record.request)
        if cameos is None:
            altered.append(record.id)
        else:
            together.setdefault((record.audience, cameos), []).append(record.id)
    passed_over("permit", altered)
    messages = [
        Message(
            event=WebhookEvent.PERMIT_REVOKED,
            principal=audience,
            data={"permit_ids": some, "cameo_ids": list(cameos)},
            cameos=cameos,
        )
        for (audience, cameos), ids in together.items()
        for some in _portions(ids)
    ]
    publish(tx, messages, now=now)


def tell_recalled(tx: Transaction, uses: Sequence[RecalledUse], *, now: datetime) -> None:
    """Tell the holders of uses what is asked of them: to delete, or to take down."""
    together: dict[tuple[str, tuple[str, ...], str], list[str]] = {}
    for use in uses:
        together.setdefault((use.holder, use.cameos, use.ask), []).append(use.id)
    messages = [
        Message(
            event=WebhookEvent.USE_RECALLED,
            principal=holder,
            data={"use_ids": some, "cameo_ids": list(cameos), "ask": ask},
            cameos=cameos,
        )
        for (holder, cameos, ask), ids in together.items()
        for some in _portions(ids)
    ]
    publish(tx, messages, now=now)


def asked_for(asked: Mapping[str, Any]) -> tuple[str, ...] | None:
    """The cameos among the `likenesses` of what was asked; None where that was altered.

    >>> asked_for({"likenesses": [{"cameo_id": "cam_2"}, {"cameo_id": "cam_1"}]})
    ('cam_1', 'cam_2')
    >>> asked_for({"likenesses": 7})
    """
    try:
        cameos = {each["cameo_id"] for each in asked["likenesses"]}
    except (KeyError, TypeError):
        return None
    return tuple(sorted(cameos)) if all(map(is_plain, cameos)) else None


def _portions(ids: list[str]) -> Iterator[list[str]]:
    for start in range(0, len(ids), AT_ONCE):
        yield ids[start : start + AT_ONCE]
