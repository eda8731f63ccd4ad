"""Webhooks and their deliveries to store, each with every field set to something."""

from dataclasses import replace
from typing import Any

from storage.records import DeliveryState, WebhookDeliveryRecord, WebhookRecord, WebhookState
from tests.storage.samples import MINUTE, NOW


def webhook(**changes: Any) -> WebhookRecord:
    sample = WebhookRecord(
        id="whk_1",
        version=1,
        principal="app:studio",
        url="https://studio.example/hook",
        events=("erasure.requested", "use.recalled"),
        state=WebhookState.ENABLED,
        disabled_by=None,
        secret=b"wrapped",
        former_secret=b"former",
        former_until=NOW + MINUTE,
        created_by="key_1",
        created_at=NOW,
        updated_at=NOW,
    )
    return replace(sample, **changes)


def webhook_delivery(**changes: Any) -> WebhookDeliveryRecord:
    sample = WebhookDeliveryRecord(
        id="msg_1",
        number=1,
        webhook_id="whk_1",
        event="use.recalled",
        body={"type": "use.recalled", "data": {"use_id": "use_1"}},
        cameos=("cam_1", "cam_2"),
        state=DeliveryState.PENDING,
        attempts=0,
        run_after=NOW,
        created_at=NOW,
        pending_since=NOW,
    )
    return replace(sample, **changes)
