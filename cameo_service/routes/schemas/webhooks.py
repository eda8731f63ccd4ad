"""Webhooks and their deliveries, as their owner sees them.

>>> WebhookChangeIn(url="https://a.example", events=["use.recalled"]).enabled
True
"""

from datetime import datetime
from typing import Annotated, Any, Literal, Self

from pydantic import Field

from cameo_service.routes.schemas.common import Incoming, Outgoing, PageQuery, PrincipalText
from cameo_service.webhooks.outbox import WebhookEvent
from cameo_service.webhooks.urls import LONGEST_URL
from storage.records import DeliveryState, WebhookDeliveryRecord, WebhookRecord, WebhookState

Url = Annotated[
    str,
    Field(
        min_length=1,
        max_length=LONGEST_URL,
        description="`https`, at a public address.",
        examples=["https://studio.example/cameo"],
    ),
]
Events = Annotated[
    list[WebhookEvent],
    Field(min_length=1, max_length=len(WebhookEvent), description="What it is told of."),
]


class WebhookChangeIn(Incoming):
    """Where, of what and whether an endpoint is told."""

    url: Url
    events: Events
    enabled: bool = True


class WebhookIn(Incoming):
    """Who is told of what, and where."""

    principal: Annotated[PrincipalText, Field(description="Whose events: one you act for.")]
    url: Url
    events: Events


class WebhooksQuery(PageQuery):
    """Whose webhooks."""

    principal: Annotated[PrincipalText, Field()]


class DeliveriesQuery(PageQuery):
    """Which deliveries."""

    status: DeliveryState | None = Field(default=None, description="Left out: all of them.")


class WebhookOut(Outgoing):
    """An endpoint. Its secret is not shown."""

    object: Literal["webhook"] = "webhook"
    id: str
    principal: str
    url: str
    events: list[str]
    status: WebhookState
    disabled_by: str | None = Field(
        description="`caller`, `gone`: it answered 410, or `key_revoked`: together with the key "
        "that registered it; null while enabled."
    )
    former_secret_until: datetime | None = Field(
        description="Until when the former secret signs as well, after a rotation."
    )
    missed_at: datetime | None = Field(
        description="When an event was last not kept, since 20,000 wait or were given up. Null "
        "again once you change the webhook."
    )
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, record: WebhookRecord) -> Self:
        """The view of `record`."""
        return cls(**cls._fields(record))

    @staticmethod
    def _fields(record: WebhookRecord) -> dict[str, Any]:
        return {
            "id": record.id,
            "principal": record.principal,
            "url": record.url,
            "events": list(record.events),
            "status": record.state,
            "disabled_by": record.disabled_by,
            "former_secret_until": record.former_until,
            "missed_at": record.missed_at,
            "created_at": record.created_at,
            "updated_at": record.updated_at,
        }


class WebhookWithSecretOut(WebhookOut):
    """An endpoint with its secret, which is shown this once."""

    secret: str = Field(description="`whsec_…`: what `webhook-signature` is verified with.")

    @classmethod
    def with_secret(cls, record: WebhookRecord, secret: str) -> Self:
        """The view of `record` and its new secret."""
        return cls(**cls._fields(record), secret=secret)


_UNTOLD = {"target_refused": "unreachable"}
"""Whether a name has an address in the operator's network is not the caller's to know."""


class DeliveryOut(Outgoing):
    """One event for one endpoint, and what became of it. Answers are not kept."""

    object: Literal["webhook_delivery"] = "webhook_delivery"
    id: str = Field(description="The `webhook-id` of every attempt.")
    webhook_id: str
    type: str
    status: DeliveryState
    attempts: int
    last_status: int | None = Field(description="HTTP status of the last answer.")
    last_error: str | None = Field(
        description="Where there was no answer, or none is waited for: `timed_out`, "
        "`unreachable`, `never_finished`, `disabled`."
    )
    next_attempt_at: datetime | None = Field(description="Null once it is settled.")
    created_at: datetime
    settled_at: datetime | None

    @classmethod
    def of(cls, record: WebhookDeliveryRecord) -> Self:
        """The view of `record`."""
        pending = record.state is DeliveryState.PENDING
        return cls(
            id=record.id,
            webhook_id=record.webhook_id,
            type=record.event,
            status=record.state,
            attempts=record.attempts,
            last_status=record.last_status,
            last_error=_UNTOLD.get(record.last_error or "", record.last_error),
            next_attempt_at=record.run_after if pending else None,
            created_at=record.created_at,
            settled_at=record.settled_at,
        )


class ReplayedOut(Outgoing):
    """How many deliveries are sent once more."""

    object: Literal["webhook_replay"] = "webhook_replay"
    replayed: int
    has_more: bool = Field(description="Whether there are more: send the same request again.")
