"""Webhooks: where you are told of events, and what became of each telling.

>>> ping_webhook("whk_1").path
'/v1/webhooks/whk_1/test'
"""

from collections.abc import Sequence

from cameo_service.client.calls.call import (
    Call,
    Listing,
    creation,
    get,
    joined,
    post,
    put,
    reads,
    said,
)
from cameo_service.client.documents import Document
from cameo_service.client.results.webhooks import (
    ReplayedDeliveries,
    Webhook,
    WebhookDelivery,
    WebhookWithSecret,
)

PATH = "/v1/webhooks"


def register_webhook(
    principal: str, url: str, events: Sequence[str], *, idempotency_key: str | None = None
) -> Call[WebhookWithSecret]:
    """Have a principal told of events at `url`. Keep the secret: it is shown this once."""
    body = {"principal": principal, "url": url, "events": list(events)}
    return creation(PATH, body=body, read=reads(WebhookWithSecret), idempotency_key=idempotency_key)


def list_webhooks(principal: str) -> Listing[Webhook]:
    """The webhooks of a principal, in order of id."""
    return Listing(path=PATH, kind=Webhook, query={"principal": principal})


def get_webhook(id: str) -> Call[Webhook]:
    """A webhook, without its secret."""
    return get(PATH, id, read=reads(Webhook))


def change_webhook(
    id: str, *, url: str, events: Sequence[str], enabled: bool = True
) -> Call[Webhook]:
    """Set where, of what and whether it is told. Disabled, what is pending is given up."""
    body = {"url": url, "events": list(events), "enabled": enabled}
    return put(PATH, id, body=body, read=reads(Webhook))


def remove_webhook(id: str) -> Call[None]:
    """Delete a webhook with its deliveries, sent or not."""
    return Call(
        method="DELETE",
        path=joined(PATH, id),
        read=_nothing,
        statuses=(204,),
        repeatable=False,
    )


def rotate_webhook_secret(id: str) -> Call[WebhookWithSecret]:
    """Make another secret. For 24 hours the former one signs beside it."""
    return post(PATH, id, "rotate-secret", read=reads(WebhookWithSecret), repeatable=False)


def ping_webhook(id: str) -> Call[WebhookDelivery]:
    """Have a `ping` sent."""
    return _accepted(PATH, id, "test")


def list_webhook_deliveries(id: str, *, status: str | None = None) -> Listing[WebhookDelivery]:
    """What was sent, is to be sent and was given up, the latest first.

    `status` is `pending`, `delivered` or `dead`.
    """
    path = joined(PATH, id, "deliveries")
    return Listing(path=path, kind=WebhookDelivery, query=said(status=status))


def replay_webhook_delivery(id: str, delivery_id: str) -> Call[WebhookDelivery]:
    """Have what was delivered or given up sent once more, with the same id."""
    return _accepted(PATH, id, "deliveries", delivery_id, "replay")


def replay_dead_webhook_deliveries(id: str) -> Call[ReplayedDeliveries]:
    """Have sent once more what was given up, the earliest first, at most 500.

    While the answer `has_more`, ask again.
    """
    return Call(
        method="POST",
        path=joined(PATH, id, "deliveries", "replay-dead"),
        read=reads(ReplayedDeliveries),
        statuses=(202,),
        repeatable=True,
    )


def _accepted(*path: str) -> Call[WebhookDelivery]:
    return Call(
        method="POST",
        path=joined(*path),
        read=reads(WebhookDelivery),
        statuses=(202,),
        repeatable=False,
    )


def _nothing(document: Document) -> None:
    del document
