"""Faces recognized: protected ones, notices, scans.

>>> NoticeRow.__tablename__
'notices'
"""

from datetime import datetime
from typing import Any

from sqlalchemy import Index
from sqlmodel import Field

from storage.columns import Documents, State, Text, UtcDateTime
from storage.records import ProtectedState, ScanState
from storage.tables.row import Json, Row


class ProtectedFaceRow(Row, table=True):
    """A face that is protected."""

    __tablename__ = "protected_faces"
    __table_args__ = (Index("ix_protected_faces_principal_id", "principal", "id"),)
    id: str = Field(primary_key=True, sa_type=Text)
    version: int
    label: str = Field(sa_type=Text)
    principal: str | None = Field(sa_type=Text, nullable=True)
    added_by: str = Field(sa_type=Text)
    created_by: str = Field(sa_type=Text)
    reason: str = Field(sa_type=Text)
    state: str = Field(sa_type=State(ProtectedState))
    stills: tuple[dict[str, Any], ...] = Field(sa_type=Documents)
    model: str | None = Field(sa_type=Text, nullable=True)
    error: str | None = Field(sa_type=Text, nullable=True)
    created_at: datetime = Field(sa_type=UtcDateTime)
    updated_at: datetime = Field(sa_type=UtcDateTime)


class NoticeRow(Row, table=True):
    """Something that a principal is told."""

    __tablename__ = "notices"
    __table_args__ = (
        Index("ix_notices_principal_created_at", "principal", "created_at", "id"),
        Index("ix_notices_created_at", "created_at"),
    )
    id: str = Field(primary_key=True, sa_type=Text)
    principal: str = Field(sa_type=Text)
    kind: str = Field(sa_type=Text)
    body: dict[str, Any] = Field(sa_type=Json)
    created_at: datetime = Field(sa_type=UtcDateTime)
    read_at: datetime | None = Field(sa_type=UtcDateTime, nullable=True)


class ScanRow(Row, table=True):
    """A scan of pictures or a clip."""

    __tablename__ = "scans"
    __table_args__ = (
        Index("ix_scans_created_by_created_at", "created_by", "created_at"),
        Index("ix_scans_state_created_at", "state", "created_at"),
    )
    id: str = Field(primary_key=True, sa_type=Text)
    version: int
    created_by: str = Field(sa_type=Text)
    caller: str = Field(sa_type=Text)
    requester: str = Field(sa_type=Text)
    permit_id: str | None = Field(sa_type=Text, nullable=True)
    question: dict[str, Any] | None = Field(sa_type=Json, nullable=True)
    uploads: tuple[dict[str, Any], ...] = Field(sa_type=Documents)
    state: str = Field(sa_type=State(ScanState))
    result: dict[str, Any] | None = Field(sa_type=Json, nullable=True)
    error: str | None = Field(sa_type=Text, nullable=True)
    created_at: datetime = Field(sa_type=UtcDateTime)
    updated_at: datetime = Field(sa_type=UtcDateTime)
