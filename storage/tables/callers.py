"""Those who call, and the answers that they were given.

>>> ApiKeyRow.__tablename__
'api_keys'
"""

from datetime import datetime

from sqlalchemy import Index, LargeBinary
from sqlmodel import Field

from storage.columns import Strings, Text, UtcDateTime
from storage.tables.row import Row


class ApiKeyRow(Row, table=True):
    """A caller."""

    __tablename__ = "api_keys"
    id: str = Field(primary_key=True, sa_type=Text)
    name: str = Field(sa_type=Text)
    principal: str = Field(sa_type=Text)
    secret_hash: str = Field(sa_type=Text)
    scopes: tuple[str, ...] = Field(sa_type=Strings)
    acts_for: tuple[str, ...] = Field(sa_type=Strings)
    created_at: datetime = Field(sa_type=UtcDateTime)
    revoked_at: datetime | None = Field(sa_type=UtcDateTime, nullable=True)


class IdempotencyRow(Row, table=True):
    """The answer to a request that may be repeated."""

    __tablename__ = "idempotency"
    __table_args__ = (Index("ix_idempotency_created_at", "created_at"),)
    caller: str = Field(primary_key=True, sa_type=Text)
    key: str = Field(primary_key=True, sa_type=Text)
    fingerprint: str = Field(sa_type=Text)
    created_at: datetime = Field(sa_type=UtcDateTime)
    status: int | None = Field(nullable=True)
    body: bytes | None = Field(sa_type=LargeBinary, nullable=True)


class IdempotencySubjectRow(Row, table=True):
    """A cameo or an enrollment that such an answer, or its request, names."""

    __tablename__ = "idempotency_subjects"
    __table_args__ = (
        Index("ix_idempotency_subjects_of", "caller", "key"),
        Index("ix_idempotency_subjects_created_at", "created_at"),
    )
    subject: str = Field(primary_key=True, sa_type=Text)
    caller: str = Field(primary_key=True, sa_type=Text)
    key: str = Field(primary_key=True, sa_type=Text)
    created_at: datetime = Field(sa_type=UtcDateTime)
