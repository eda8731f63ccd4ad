"""How deliveries end, each of them counted and logged once: by an attempt, or without any.

tell(delivery, Said.DELIVERED, status=204, error=None)

Called once what is told is committed. The log has ids, never a URL.
"""

from enum import StrEnum

import structlog

from cameo_service import metrics
from storage.records import WebhookDeliveryRecord

_log = structlog.get_logger("cameo.webhooks")


class Said(StrEnum):
    """What was noted."""

    DELIVERED = "delivered"
    FAILED = "failed"
    MOVED = "moved"
    DEAD = "dead"
    LOST = "lost"


def tell(
    delivery: WebhookDeliveryRecord, said: Said, *, status: int | None, error: str | None
) -> None:
    """Count how an attempt ended, and log it: with an HTTP `status`, or the code of an `error`."""
    log = _log.bind(
        delivery=delivery.id,
        webhook=delivery.webhook_id,
        type=delivery.event,
        attempt=delivery.attempts,
        status=status,
        error=error,
    )
    if said is Said.LOST:
        log.warning("lease lost: another worker has the delivery, or it is gone or altered")
        return
    counted = Said.FAILED if said is Said.MOVED else said
    metrics.WEBHOOKS.labels(type=delivery.event, outcome=counted.value).inc()
    log.info("webhook delivered" if said is Said.DELIVERED else "webhook not delivered", said=said)
