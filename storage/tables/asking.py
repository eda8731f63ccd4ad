"""Who asks whom for what: access requests, one-off approvals, inquiries.

>>> ApprovalRow.__tablename__
'approvals'
"""

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, Date, ForeignKeyConstraint, Index
from sqlmodel import Field

from storage.columns import Documents, State, Strings, Text, UtcDateTime
from storage.records import AccessState
from storage.tables.row import Json, Row


class AccessRequestRow(Row, table=True):
    """A requester's wish."""

    __tablename__ = "access_requests"
    __table_args__ = (
        Index("ix_access_requests_requester_id", "requester", "id"),
        Index("ix_access_requests_reference", "requester", "reference", "state"),
        Index("ix_access_requests_state_expires_at", "state", "expires_at"),
        Index("ix_access_requests_waiting", "requester", "state", "expires_at"),
    )
    id: str = Field(primary_key=True, sa_type=Text)
    version: int
    requester: str = Field(sa_type=Text)
    created_by: str = Field(sa_type=Text)
    state: str = Field(sa_type=State(AccessState))
    request: dict[str, Any] = Field(sa_type=Json)
    reference: str = Field(sa_type=Text)
    message: str = Field(sa_type=Text)
    asks: tuple[dict[str, Any], ...] = Field(sa_type=Documents)
    asked: tuple[str, ...] = Field(sa_type=Strings)
    created_at: datetime = Field(sa_type=UtcDateTime)
    updated_at: datetime = Field(sa_type=UtcDateTime)
    expires_at: datetime = Field(sa_type=UtcDateTime)


class AskedRow(Row, table=True):
    """One party that an access request asks; `state` is the request's, so that what is decided is
    passed over in the index."""

    __tablename__ = "asked_parties"
    __table_args__ = (
        ForeignKeyConstraint(["request_id"], ["access_requests.id"]),
        Index("ix_asked_parties_asked_state", "asked", "state", "request_id"),
        Index("ix_asked_parties_request_id", "request_id"),
    )
    asked: str = Field(primary_key=True, sa_type=Text)
    request_id: str = Field(primary_key=True, sa_type=Text)
    state: str = Field(sa_type=State(AccessState))


class ApprovalRow(Row, table=True):
    """A one-off approval."""

    __tablename__ = "approvals"
    __table_args__ = (
        Index("ix_approvals_requester_not_after", "requester", "not_after"),
        Index("ix_approvals_cameo_id_id", "cameo_id", "id"),
    )
    id: str = Field(primary_key=True, sa_type=Text)
    version: int
    cameo_id: str = Field(sa_type=Text)
    approver: str = Field(sa_type=Text)
    requester: str = Field(sa_type=Text)
    action: str = Field(sa_type=Text)
    facets: tuple[str, ...] = Field(sa_type=Strings)
    reference: str = Field(sa_type=Text)
    not_after: datetime = Field(sa_type=UtcDateTime)
    created_by: str = Field(sa_type=Text)
    created_at: datetime = Field(sa_type=UtcDateTime)
    access_request_id: str | None = Field(sa_type=Text, nullable=True)
    revoked_at: datetime | None = Field(sa_type=UtcDateTime, nullable=True)


class InquiryRow(Row, table=True):
    """How often somebody asked about a cameo on one day."""

    __tablename__ = "inquiries"
    __table_args__ = (Index("ix_inquiries_day", "day"),)
    cameo_id: str = Field(primary_key=True, sa_type=Text)
    day: date = Field(primary_key=True, sa_type=Date)
    requester: str = Field(primary_key=True, sa_type=Text)
    caller: str = Field(primary_key=True, sa_type=Text)
    action: str = Field(primary_key=True, sa_type=Text)
    permitted: int = Field(sa_type=BigInteger)
    refused: int = Field(sa_type=BigInteger)
    last_at: datetime = Field(sa_type=UtcDateTime)
