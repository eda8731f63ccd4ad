"""The tables. A row has the fields of its record by the same names; rows never leave `storage`.

>>> sorted(METADATA.tables)[:3]
['api_keys', 'cameos', 'enrollments']
"""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKeyConstraint, Index, LargeBinary, MetaData
from sqlalchemy.types import JSON
from sqlmodel import Field, SQLModel

from permissions.facts import CameoStatus
from storage.columns import State, Strings, Text, UtcDateTime
from storage.records import EnrollmentState, JobState

METADATA = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(referred_table_name)s",
    }
)

# SQL NULL for None: `json null` is a value, and would not be found by `IS NULL`
Json = JSON(none_as_null=True)


class Row(SQLModel):
    """What every table shares."""

    metadata = METADATA


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


class EnrollmentRow(Row, table=True):
    """An enrollment session."""

    __tablename__ = "enrollments"
    __table_args__ = (
        Index("ix_enrollments_state_expires_at", "state", "expires_at"),
        Index("ix_enrollments_state_id", "state", "id"),
        Index("ix_enrollments_principal", "principal", "created_at"),
    )
    id: str = Field(primary_key=True, sa_type=Text)
    version: int
    principal: str = Field(sa_type=Text)
    created_by: str = Field(sa_type=Text)
    state: str = Field(sa_type=State(EnrollmentState))
    statement: dict[str, Any] = Field(sa_type=Json)
    challenge: dict[str, Any] = Field(sa_type=Json)
    challenge_issued_at: datetime = Field(sa_type=UtcDateTime)
    challenges_drawn: int
    attempt: int
    attempts_allowed: int
    rejections: int
    given_back: int
    client_secret_hash: str = Field(sa_type=Text)
    client_secret_spent_at: datetime | None = Field(sa_type=UtcDateTime, nullable=True)
    session_hash: str | None = Field(sa_type=Text, nullable=True)
    recording_blob: str | None = Field(sa_type=Text, nullable=True)
    recording_mime: str | None = Field(sa_type=Text, nullable=True)
    report: dict[str, Any] | None = Field(sa_type=Json, nullable=True)
    last_error: dict[str, Any] | None = Field(sa_type=Json, nullable=True)
    cameo_id: str | None = Field(sa_type=Text, nullable=True)
    created_at: datetime = Field(sa_type=UtcDateTime)
    updated_at: datetime = Field(sa_type=UtcDateTime)
    expires_at: datetime = Field(sa_type=UtcDateTime)


class CameoRow(Row, table=True):
    """A likeness."""

    __tablename__ = "cameos"
    __table_args__ = (Index("ix_cameos_owner", "owner", "created_at"),)
    id: str = Field(primary_key=True, sa_type=Text)
    version: int
    kind: str = Field(sa_type=Text)
    owner: str = Field(sa_type=Text)
    status: str = Field(sa_type=State(CameoStatus))
    enrollment_id: str = Field(sa_type=Text)
    credential: str | None = Field(sa_type=Text, nullable=True)
    credential_expires_at: datetime | None = Field(sa_type=UtcDateTime, nullable=True)
    created_at: datetime = Field(sa_type=UtcDateTime)
    updated_at: datetime = Field(sa_type=UtcDateTime)


class PolicyRow(Row, table=True):
    """One version of a policy."""

    __tablename__ = "policies"
    cameo_id: str = Field(primary_key=True, sa_type=Text)
    version: int = Field(primary_key=True)
    document: dict[str, Any] = Field(sa_type=Json)
    created_by: str = Field(sa_type=Text)
    created_at: datetime = Field(sa_type=UtcDateTime)


class GrantFields(Row):
    """What a grant's current version and its former ones share."""

    id: str = Field(primary_key=True, sa_type=Text)
    version: int
    cameo_id: str = Field(sa_type=Text)
    grantor: str = Field(sa_type=Text)
    grantee: str = Field(sa_type=Text)
    terms: dict[str, Any] = Field(sa_type=Json)
    signed: str = Field(sa_type=Text)
    created_by: str = Field(sa_type=Text)
    created_at: datetime = Field(sa_type=UtcDateTime)
    revoked_at: datetime | None = Field(sa_type=UtcDateTime, nullable=True)
    revoked_by: str | None = Field(sa_type=Text, nullable=True)
    revocation_reason: str | None = Field(sa_type=Text, nullable=True)


class GrantRow(GrantFields, table=True):
    """A grant as it stands."""

    __tablename__ = "grants"
    __table_args__ = (
        Index("ix_grants_cameo_id_grantee", "cameo_id", "grantee"),
        Index("ix_grants_cameo_id_id", "cameo_id", "id"),
    )


class FormerGrantRow(GrantFields, table=True):
    """A version of a grant that another one followed. Never changed."""

    __tablename__ = "former_grants"
    __table_args__ = (ForeignKeyConstraint(["id"], ["grants.id"]),)
    version: int = Field(primary_key=True)


class PermitRow(Row, table=True):
    """A permit that was issued."""

    __tablename__ = "permits"
    id: str = Field(primary_key=True, sa_type=Text)
    requester: str = Field(sa_type=Text)
    audience: str = Field(sa_type=Text)
    action: str = Field(sa_type=Text)
    request_hash: str = Field(sa_type=Text)
    rests_on: tuple[str, ...] = Field(sa_type=Strings)
    revision: int = Field(sa_type=BigInteger)
    issued_by: str = Field(sa_type=Text)
    issued_at: datetime = Field(sa_type=UtcDateTime)
    expires_at: datetime = Field(sa_type=UtcDateTime)
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


class TemplateKeyRow(Row, table=True):
    """The data key of a cameo, wrapped."""

    __tablename__ = "template_keys"
    cameo_id: str = Field(primary_key=True, sa_type=Text)
    wrapped: bytes = Field(sa_type=LargeBinary)


class TemplateRow(Row, table=True):
    """A sealed template."""

    __tablename__ = "templates"
    __table_args__ = (ForeignKeyConstraint(["cameo_id"], ["template_keys.cameo_id"]),)
    cameo_id: str = Field(primary_key=True, sa_type=Text)
    modality: str = Field(primary_key=True, sa_type=Text)
    model: str = Field(sa_type=Text)
    model_sha256: str = Field(sa_type=Text)
    created_at: datetime = Field(sa_type=UtcDateTime)
    nonce: bytes = Field(sa_type=LargeBinary)
    ciphertext: bytes = Field(sa_type=LargeBinary)


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
