"""Permits, what they reserve, and the uses that came of them.

>>> PermitRow.__tablename__
'permits'
"""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKeyConstraint, Index, text
from sqlmodel import Field

from storage.columns import Documents, State, Strings, Text, UtcDateTime
from storage.records import RecallState, UseState
from storage.tables.row import Json, Row


class PermitRow(Row, table=True):
    """A permit that was issued."""

    __tablename__ = "permits"
    __table_args__ = (
        Index("ix_permits_status_index", "status_index", unique=True),
        # the revoked ones alone, and of those the ones that would live
        Index(
            "ix_permits_revoked",
            "expires_at",
            "status_index",
            sqlite_where=text("revoked_at IS NOT NULL"),
            postgresql_where=text("revoked_at IS NOT NULL"),
        ),
    )
    id: str = Field(primary_key=True, sa_type=Text)
    requester: str = Field(sa_type=Text)
    audience: str = Field(sa_type=Text)
    action: str = Field(sa_type=Text)
    request: dict[str, Any] = Field(sa_type=Json)
    request_hash: str = Field(sa_type=Text)
    basis: dict[str, Any] = Field(sa_type=Json)
    rests_on: tuple[str, ...] = Field(sa_type=Strings)
    status_index: int = Field(sa_type=BigInteger)
    revision: int = Field(sa_type=BigInteger)
    issued_by: str = Field(sa_type=Text)
    issued_at: datetime = Field(sa_type=UtcDateTime)
    expires_at: datetime = Field(sa_type=UtcDateTime)
    draft: str | None = Field(sa_type=Text, nullable=True)
    use_id: str | None = Field(sa_type=Text, nullable=True)
    revoked_at: datetime | None = Field(sa_type=UtcDateTime, nullable=True)


class PermitBasisRow(Row, table=True):
    """One key that a permit rests on; `expires_at` is the permit's, so that dead ones are passed
    over in the index."""

    __tablename__ = "permit_basis"
    __table_args__ = (
        ForeignKeyConstraint(["permit_id"], ["permits.id"]),
        Index("ix_permit_basis_key_expires_at", "key", "expires_at"),
    )
    key: str = Field(primary_key=True, sa_type=Text)
    permit_id: str = Field(primary_key=True, sa_type=Text)
    expires_at: datetime = Field(sa_type=UtcDateTime)


class ReservationRow(Row, table=True):
    """One of something countable that a permit holds until `expires_at`."""

    __tablename__ = "reservations"
    __table_args__ = (
        Index("ix_reservations_key_expires_at", "key", "expires_at"),
        Index("ix_reservations_permit_id", "permit_id"),
        Index("ix_reservations_expires_at", "expires_at"),
    )
    key: str = Field(primary_key=True, sa_type=Text)
    permit_id: str = Field(primary_key=True, sa_type=Text)
    expires_at: datetime = Field(sa_type=UtcDateTime)


class UsedRow(Row, table=True):
    """How often something countable was used."""

    __tablename__ = "used"
    key: str = Field(primary_key=True, sa_type=Text)
    count: int = Field(sa_type=BigInteger)


class UseRow(Row, table=True):
    """What came of a permit."""

    __tablename__ = "uses"
    __table_args__ = (
        Index("ix_uses_holder_id", "holder", "id"),
        Index("ix_uses_holder_recall_id", "holder", "recall", "id"),
    )
    id: str = Field(primary_key=True, sa_type=Text)
    version: int
    permit_id: str = Field(sa_type=Text)
    requester: str = Field(sa_type=Text)
    holder: str = Field(sa_type=Text)
    action: str = Field(sa_type=Text)
    state: str = Field(sa_type=State(UseState))
    likenesses: tuple[dict[str, Any], ...] = Field(sa_type=Documents)
    remix_of: tuple[str, ...] = Field(sa_type=Strings)
    grants: tuple[str, ...] = Field(sa_type=Strings)
    basis: dict[str, Any] = Field(sa_type=Json)
    rests_on: tuple[str, ...] = Field(sa_type=Strings)
    assets: tuple[dict[str, Any], ...] = Field(sa_type=Documents)
    location: str | None = Field(sa_type=Text, nullable=True)
    recall: str = Field(sa_type=State(RecallState))
    recall_document: dict[str, Any] | None = Field(sa_type=Json, nullable=True)
    created_at: datetime = Field(sa_type=UtcDateTime)
    updated_at: datetime = Field(sa_type=UtcDateTime)
    published_at: datetime | None = Field(sa_type=UtcDateTime, nullable=True)
    removed_at: datetime | None = Field(sa_type=UtcDateTime, nullable=True)


class UseBasisRow(Row, table=True):
    """One key that a use rests on."""

    __tablename__ = "use_basis"
    __table_args__ = (ForeignKeyConstraint(["use_id"], ["uses.id"]),)
    key: str = Field(primary_key=True, sa_type=Text)
    use_id: str = Field(primary_key=True, sa_type=Text)
