"""The service's own workings: the queue, and the revisions.

>>> RevisionRow.__tablename__
'revisions'
"""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Index
from sqlmodel import Field

from storage.columns import State, Text, UtcDateTime
from storage.records import JobState
from storage.tables.row import Json, Row


class JobRow(Row, table=True):
    """A unit of background work."""

    __tablename__ = "jobs"
    __table_args__ = (Index("ix_jobs_state_run_after", "state", "run_after"),)
    id: str = Field(primary_key=True, sa_type=Text)
    kind: str = Field(sa_type=Text)
    payload: dict[str, Any] = Field(sa_type=Json)
    state: str = Field(sa_type=State(JobState))
    attempts: int
    run_after: datetime = Field(sa_type=UtcDateTime)
    created_at: datetime = Field(sa_type=UtcDateTime)
    lease_token: str | None = Field(sa_type=Text, nullable=True)
    leased_until: datetime | None = Field(sa_type=UtcDateTime, nullable=True)
    error: str | None = Field(sa_type=Text, nullable=True)


class RevisionRow(Row, table=True):
    """A revision that was committed."""

    __tablename__ = "revisions"
    number: int = Field(
        primary_key=True, sa_type=BigInteger, sa_column_kwargs={"autoincrement": False}
    )
    committed_at: datetime = Field(sa_type=UtcDateTime)


class RevisionKeyRow(Row, table=True):
    """One key that a revision touched."""

    __tablename__ = "revision_keys"
    number: int = Field(
        primary_key=True, sa_type=BigInteger, sa_column_kwargs={"autoincrement": False}
    )
    key: str = Field(primary_key=True, sa_type=Text)
