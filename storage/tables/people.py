"""What is known of principals, and what they are to each other.

>>> RelationshipRow.__tablename__
'relationships'
"""

from datetime import date, datetime
from typing import Any

from sqlalchemy import Date, Index
from sqlmodel import Field

from permissions.vocabulary import Standing
from storage.columns import State, Text, UtcDateTime
from storage.tables.row import Json, Row


class PrincipalRow(Row, table=True):
    """What is known of a principal."""

    __tablename__ = "principals"
    id: str = Field(primary_key=True, sa_type=Text)
    version: int
    standing: str = Field(sa_type=State(Standing))
    standing_reason: str | None = Field(sa_type=Text, nullable=True)
    age_band: str | None = Field(sa_type=Text, nullable=True)
    birth_date: date | None = Field(sa_type=Date, nullable=True)
    vouched_until: datetime | None = Field(sa_type=UtcDateTime, nullable=True)
    deceased_at: datetime | None = Field(sa_type=UtcDateTime, nullable=True)
    updated_by: str = Field(sa_type=Text)
    updated_at: datetime = Field(sa_type=UtcDateTime)


class MandateRow(Row, table=True):
    """Who speaks for whom."""

    __tablename__ = "mandates"
    __table_args__ = (
        Index("ix_mandates_represented_id", "represented", "id"),
        Index("ix_mandates_representative_id", "representative", "id"),
    )
    id: str = Field(primary_key=True, sa_type=Text)
    version: int
    kind: str = Field(sa_type=Text)
    represented: str = Field(sa_type=Text)
    representative: str = Field(sa_type=Text)
    scope: dict[str, Any] = Field(sa_type=Json)
    evidence: str = Field(sa_type=Text)
    created_by: str = Field(sa_type=Text)
    created_at: datetime = Field(sa_type=UtcDateTime)
    revoked_at: datetime | None = Field(sa_type=UtcDateTime, nullable=True)
    revoked_by: str | None = Field(sa_type=Text, nullable=True)
    revocation_reason: str | None = Field(sa_type=Text, nullable=True)


class RelationshipRow(Row, table=True):
    """One direction of a pair that is mutual. The other one is there too."""

    __tablename__ = "relationships"
    principal: str = Field(primary_key=True, sa_type=Text)
    other: str = Field(primary_key=True, sa_type=Text)
    since: datetime = Field(sa_type=UtcDateTime)


class BlockRow(Row, table=True):
    """Whom an owner wants nothing to do with."""

    __tablename__ = "blocks"
    owner: str = Field(primary_key=True, sa_type=Text)
    blocked: str = Field(primary_key=True, sa_type=Text)
    created_by: str = Field(sa_type=Text)
    created_at: datetime = Field(sa_type=UtcDateTime)
