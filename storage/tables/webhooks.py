"""Webhooks, their outbox, and what keeps it in order.

>>> WebhookLaneRow.__tablename__
'webhook_lanes'
"""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKeyConstraint, Index, LargeBinary
from sqlmodel import Field

from storage.columns import State, Strings, Text, UtcDateTime
from storage.records import DeliveryState, WebhookState
from storage.tables.row import Json, Row


class WebhookRow(Row, table=True):
    """An endpoint."""

    __tablename__ = "webhooks"
    __table_args__ = (
        Index("ix_webhooks_principal", "principal", "id"),
        Index("ix_webhooks_former_until", "former_until"),
    )
    id: str = Field(primary_key=True, sa_type=Text)
    version: int
    principal: str = Field(sa_type=Text)
    url: str = Field(sa_type=Text)
    events: tuple[str, ...] = Field(sa_type=Strings)
    state: str = Field(sa_type=State(WebhookState))
    disabled_by: str | None = Field(sa_type=Text, nullable=True)
    secret: bytes = Field(sa_type=LargeBinary)
    former_secret: bytes | None = Field(sa_type=LargeBinary, nullable=True)
    former_until: datetime | None = Field(sa_type=UtcDateTime, nullable=True)
    created_by: str = Field(sa_type=Text)
    created_at: datetime = Field(sa_type=UtcDateTime)
    updated_at: datetime = Field(sa_type=UtcDateTime)
    missed_at: datetime | None = Field(sa_type=UtcDateTime, nullable=True)


class WebhookDeliveryRow(Row, table=True):
    """One event for one endpoint."""

    __tablename__ = "webhook_deliveries"
    __table_args__ = (
        ForeignKeyConstraint(["webhook_id"], ["webhooks.id"]),
        Index("ix_webhook_deliveries_id", "id", unique=True),
        Index("ix_webhook_deliveries_webhook_id_number", "webhook_id", "number"),
        Index("ix_webhook_deliveries_webhook_id_state", "webhook_id", "state", "number"),
        Index("ix_webhook_deliveries_state_run_after", "state", "run_after"),
        Index("ix_webhook_deliveries_settled_at", "settled_at"),
    )
    number: int = Field(
        primary_key=True, sa_type=BigInteger, sa_column_kwargs={"autoincrement": False}
    )
    id: str = Field(sa_type=Text)
    webhook_id: str = Field(sa_type=Text)
    event: str = Field(sa_type=Text)
    body: dict[str, Any] = Field(sa_type=Json)
    cameos: tuple[str, ...] = Field(sa_type=Strings)
    state: str = Field(sa_type=State(DeliveryState))
    attempts: int
    run_after: datetime = Field(sa_type=UtcDateTime)
    created_at: datetime = Field(sa_type=UtcDateTime)
    pending_since: datetime = Field(sa_type=UtcDateTime)
    lease_token: str | None = Field(sa_type=Text, nullable=True)
    leased_until: datetime | None = Field(sa_type=UtcDateTime, nullable=True)
    last_status: int | None
    last_error: str | None = Field(sa_type=Text, nullable=True)
    settled_at: datetime | None = Field(sa_type=UtcDateTime, nullable=True)


class WebhookLaneRow(Row, table=True):
    """A cameo that a pending delivery is about: what comes after it has to wait."""

    __tablename__ = "webhook_lanes"
    __table_args__ = (
        ForeignKeyConstraint(["number"], ["webhook_deliveries.number"]),
        Index("ix_webhook_lanes_number", "number"),
    )
    webhook_id: str = Field(primary_key=True, sa_type=Text)
    cameo_id: str = Field(primary_key=True, sa_type=Text)
    number: int = Field(primary_key=True, sa_type=BigInteger)
