"""Webhooks over HTTP.

app.include_router(router)
"""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response

from cameo_service.callers import Caller, Scope
from cameo_service.identifiers import new_id
from cameo_service.routes.dependencies import ContextOf, CreationOf, caller_with
from cameo_service.routes.schemas.common import Page
from cameo_service.routes.schemas.webhooks import (
    DeliveriesQuery,
    DeliveryOut,
    ReplayedOut,
    WebhookChangeIn,
    WebhookIn,
    WebhookOut,
    WebhooksQuery,
    WebhookWithSecretOut,
)
from cameo_service.webhooks import deliveries, endpoints
from storage.contracts import Transaction

router = APIRouter(prefix="/v1/webhooks", tags=["webhooks"])

Reading = Annotated[Caller, Depends(caller_with(Scope.WEBHOOKS_READ))]
Writing = Annotated[Caller, Depends(caller_with(Scope.WEBHOOKS_WRITE))]


@router.post(
    "",
    status_code=201,
    response_model=WebhookWithSecretOut,
    operation_id="registerWebhook",
)
def register_webhook(
    body: WebhookIn, context: ContextOf, caller: Writing, creation: CreationOf
) -> Response:
    """Have a principal told of events at a URL. The secret is shown now, and never again."""
    secret = endpoints.make_secret(context, new_id("whk"))

    def produce(tx: Transaction) -> WebhookWithSecretOut:
        made = endpoints.register(
            tx, context, caller, secret, principal=body.principal, url=body.url, events=body.events
        )
        return WebhookWithSecretOut.with_secret(made, secret.shown)

    return creation.run(caller, produce)


@router.get("", operation_id="listWebhooks")
def list_webhooks(
    context: ContextOf, caller: Reading, query: Annotated[WebhooksQuery, Query()]
) -> Page[WebhookOut]:
    """The webhooks of a principal that the caller acts for, in order of id."""
    with context.store.read() as tx:
        found = endpoints.of_principal(
            tx, caller, query.principal, limit=query.limit + 1, after=query.after
        )
    return Page[WebhookOut].of(found, query, shown=WebhookOut.of, cursor=lambda each: each.id)


@router.get("/{id}", operation_id="getWebhook")
def get_webhook(id: str, context: ContextOf, caller: Reading) -> WebhookOut:
    """A webhook, without its secret."""
    with context.store.read() as tx:
        return WebhookOut.of(endpoints.visible(tx, caller, id))


@router.put("/{id}", operation_id="changeWebhook")
def change_webhook(
    id: str, body: WebhookChangeIn, context: ContextOf, caller: Writing
) -> WebhookOut:
    """Set where, of what and whether it is told. Disabled, what is pending is given up."""
    with context.store.write() as tx:
        return WebhookOut.of(
            endpoints.change(
                tx,
                context,
                caller,
                id=id,
                url=body.url,
                events=body.events,
                enabled=body.enabled,
            )
        )


@router.delete("/{id}", status_code=204, operation_id="removeWebhook")
def remove_webhook(id: str, context: ContextOf, caller: Writing) -> None:
    """Delete a webhook with its deliveries, sent or not."""
    endpoints.remove(context, caller, id=id)


@router.post("/{id}/rotate-secret", operation_id="rotateWebhookSecret")
def rotate_secret(id: str, context: ContextOf, caller: Writing) -> WebhookWithSecretOut:
    """Make another secret, which is shown now only. For 24 hours the former one signs beside it."""
    with context.store.read() as tx:
        endpoints.visible(tx, caller, id)
    secret = endpoints.make_secret(context, id)
    with context.store.write() as tx:
        rotated = endpoints.rotate(tx, context, caller, secret)
    return WebhookWithSecretOut.with_secret(rotated, secret.shown)


@router.post("/{id}/test", status_code=202, operation_id="testWebhook")
def send_ping(id: str, context: ContextOf, caller: Writing) -> DeliveryOut:
    """Send a `ping`, as any other event is sent."""
    with context.store.write() as tx:
        return DeliveryOut.of(deliveries.ping(tx, context, caller, id=id))


@router.get("/{id}/deliveries", operation_id="listWebhookDeliveries")
def list_deliveries(
    id: str, context: ContextOf, caller: Reading, query: Annotated[DeliveriesQuery, Query()]
) -> Page[DeliveryOut]:
    """What was sent, is to be sent and was given up, the latest first."""
    with context.store.read() as tx:
        found = deliveries.of_webhook(
            tx, caller, id, state=query.status, limit=query.limit + 1, after=query.after
        )
    return Page[DeliveryOut].of(found, query, shown=DeliveryOut.of, cursor=lambda each: each.id)


@router.post(
    "/{id}/deliveries/replay-dead", status_code=202, operation_id="replayDeadWebhookDeliveries"
)
def replay_dead(id: str, context: ContextOf, caller: Writing) -> ReplayedOut:
    """Send once more what was given up, the earliest first, at most 500. Repeat it while there are
    more."""
    with context.store.write() as tx:
        replayed, has_more = deliveries.replay_dead(tx, context, caller, id=id)
    return ReplayedOut(replayed=replayed, has_more=has_more)


@router.post(
    "/{id}/deliveries/{delivery}/replay", status_code=202, operation_id="replayWebhookDelivery"
)
def replay(id: str, delivery: str, context: ContextOf, caller: Writing) -> DeliveryOut:
    """Send a delivery once more, with the same id: receivers that remember ids pass it over."""
    with context.store.write() as tx:
        return DeliveryOut.of(deliveries.replay(tx, context, caller, webhook_id=id, id=delivery))
