"""What proves things to outsiders: signing keys, the consent log, erasures, disclosures, receipts.

>>> LogEntryRow.__tablename__
'log_entries'
"""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKeyConstraint, Index, LargeBinary
from sqlmodel import Field

from storage.columns import Documents, Strings, Text, UtcDateTime
from storage.tables.row import Json, Row


class SigningKeyRow(Row, table=True):
    """A signing key, sealed."""

    __tablename__ = "signing_keys"
    __table_args__ = (Index("ix_signing_keys_purpose", "purpose", "active_from"),)
    kid: str = Field(primary_key=True, sa_type=Text)
    purpose: str = Field(sa_type=Text)
    algorithm: str = Field(sa_type=Text)
    public_jwk: dict[str, Any] = Field(sa_type=Json)
    wrapped: bytes = Field(sa_type=LargeBinary)
    certificate: str = Field(sa_type=Text)
    created_at: datetime = Field(sa_type=UtcDateTime)
    active_from: datetime = Field(sa_type=UtcDateTime)
    retired_at: datetime | None = Field(sa_type=UtcDateTime, nullable=True)
    revocation: str | None = Field(sa_type=Text, nullable=True)


class SecretRow(Row, table=True):
    """A secret that outlives every rotation, wrapped."""

    __tablename__ = "secrets"
    name: str = Field(primary_key=True, sa_type=Text)
    wrapped: bytes = Field(sa_type=LargeBinary)


class LogEntryRow(Row, table=True):
    """An entry of the consent log. Never changed and never deleted."""

    __tablename__ = "log_entries"
    number: int = Field(primary_key=True, sa_type=BigInteger)
    entry: bytes = Field(sa_type=LargeBinary)


class LogOpeningRow(Row, table=True):
    """What opens an entry's commitment."""

    __tablename__ = "log_openings"
    __table_args__ = (ForeignKeyConstraint(["number"], ["log_entries.number"]),)
    number: int = Field(primary_key=True, sa_type=BigInteger)
    salt: bytes = Field(sa_type=LargeBinary)
    document: bytes = Field(sa_type=LargeBinary)
    subjects: tuple[str, ...] = Field(sa_type=Strings)


class LogSubjectRow(Row, table=True):
    """A cameo or a principal that an opening names."""

    __tablename__ = "log_subjects"
    __table_args__ = (
        ForeignKeyConstraint(["number"], ["log_openings.number"]),
        Index("ix_log_subjects_number", "number"),
    )
    subject: str = Field(primary_key=True, sa_type=Text)
    number: int = Field(primary_key=True, sa_type=BigInteger)


class LogCheckpointRow(Row, table=True):
    """A signed tree head."""

    __tablename__ = "log_checkpoints"
    size: int = Field(primary_key=True, sa_type=BigInteger)
    root: bytes = Field(sa_type=LargeBinary)
    note: str = Field(sa_type=Text)
    created_at: datetime = Field(sa_type=UtcDateTime)


class ErasureRow(Row, table=True):
    """The end of a cameo with everything that is held of it."""

    __tablename__ = "erasures"
    __table_args__ = (
        Index("ix_erasures_cameo_id", "cameo_id", unique=True),
        Index("ix_erasures_owner", "owner", "id"),
        Index("ix_erasures_completed_at", "completed_at"),
    )
    id: str = Field(primary_key=True, sa_type=Text)
    version: int
    cameo_id: str = Field(sa_type=Text)
    owner: str = Field(sa_type=Text)
    requested_by: str = Field(sa_type=Text)
    requested_at: datetime = Field(sa_type=UtcDateTime)
    destroyed: dict[str, Any] = Field(sa_type=Json)
    completed_at: datetime | None = Field(sa_type=UtcDateTime, nullable=True)
    certificate: str | None = Field(sa_type=Text, nullable=True)
    log_number: int | None = Field(sa_type=BigInteger, nullable=True)


class ErasureTellingRow(Row, table=True):
    """A holder that is told of an erasure."""

    __tablename__ = "erasure_tellings"
    __table_args__ = (
        ForeignKeyConstraint(["erasure_id"], ["erasures.id"]),
        Index("ix_erasure_tellings_holder", "holder", "erasure_id"),
    )
    erasure_id: str = Field(primary_key=True, sa_type=Text)
    holder: str = Field(primary_key=True, sa_type=Text)
    disclosures: tuple[str, ...] = Field(sa_type=Strings)
    told_at: datetime = Field(sa_type=UtcDateTime)
    confirmed_at: datetime | None = Field(sa_type=UtcDateTime, nullable=True)
    confirmed_by: str | None = Field(sa_type=Text, nullable=True)


class DisclosureRow(Row, table=True):
    """An identity package that was handed out."""

    __tablename__ = "disclosures"
    __table_args__ = (
        Index("ix_disclosures_cameo_id", "cameo_id", "id"),
        Index("ix_disclosures_holder", "holder", "cameo_id"),
    )
    id: str = Field(primary_key=True, sa_type=Text)
    cameo_id: str = Field(sa_type=Text)
    permit_id: str = Field(sa_type=Text)
    holder: str = Field(sa_type=Text)
    requester: str = Field(sa_type=Text)
    facets: tuple[str, ...] = Field(sa_type=Strings)
    contents: tuple[dict[str, Any], ...] = Field(sa_type=Documents)
    encrypted_to: str | None = Field(sa_type=Text, nullable=True)
    log_number: int = Field(sa_type=BigInteger)
    created_at: datetime = Field(sa_type=UtcDateTime)


class ReceiptRow(Row, table=True):
    """The signed statement of a use."""

    __tablename__ = "receipts"
    __table_args__ = (Index("ix_receipts_use_id", "use_id", "log_number"),)
    id: str = Field(primary_key=True, sa_type=Text)
    use_id: str = Field(sa_type=Text)
    cameo_id: str | None = Field(sa_type=Text, nullable=True)
    statement: str = Field(sa_type=Text)
    log_number: int = Field(sa_type=BigInteger)
    created_at: datetime = Field(sa_type=UtcDateTime)
