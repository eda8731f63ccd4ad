"""Webhooks and their deliveries.

made = client.register_webhook("app:studio", "https://studio.example/cameo", ["erasure.requested"])
made.secret  # `whsec_…`, shown this once
"""

from dataclasses import dataclass

from cameo_service.client.documents import Moment


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """An endpoint, `enabled` or `disabled`. After a rotation the former secret signs as well until
    `former_secret_until`."""

    id: str
    principal: str
    url: str
    events: tuple[str, ...]
    status: str
    disabled_by: str | None
    former_secret_until: Moment | None
    missed_at: Moment | None
    created_at: Moment
    updated_at: Moment


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookWithSecret(Webhook):
    """An endpoint and its new secret."""

    secret: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookDelivery:
    """One event for one endpoint: `pending`, `delivered` or `dead`. `id` is the `webhook-id`."""

    id: str
    webhook_id: str
    type: str
    status: str
    attempts: int
    last_status: int | None
    last_error: str | None
    next_attempt_at: Moment | None
    created_at: Moment
    settled_at: Moment | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayedDeliveries:
    """How many deliveries are sent once more, and whether there are more: then ask again."""

    replayed: int
    has_more: bool
