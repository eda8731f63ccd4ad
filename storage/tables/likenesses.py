"""Likenesses: enrollments, cameos, characters, templates.

>>> CameoRow.__tablename__
'cameos'
"""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKeyConstraint, Index, LargeBinary, text
from sqlmodel import Field

from permissions.facts import CameoStatus
from storage.columns import Documents, State, Strings, Text, UtcDateTime
from storage.records import EnrollmentState
from storage.tables.row import Json, Row


class EnrollmentRow(Row, table=True):
    """An enrollment session."""

    __tablename__ = "enrollments"
    __table_args__ = (
        Index("ix_enrollments_state_expires_at", "state", "expires_at"),
        Index("ix_enrollments_state_id", "state", "id"),
        Index("ix_enrollments_principal", "principal", "created_at"),
        Index("ix_enrollments_renews", "renews", "id"),
        # those alone that may have something left to empty
        Index(
            "ix_enrollments_not_emptied",
            "updated_at",
            sqlite_where=text("client_secret_hash <> ''"),
            postgresql_where=text("client_secret_hash <> ''"),
        ),
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
    renews: str | None = Field(sa_type=Text, nullable=True)


class CameoRow(Row, table=True):
    """A likeness."""

    __tablename__ = "cameos"
    __table_args__ = (
        Index("ix_cameos_owner", "owner", "created_at"),
        Index("ix_cameos_kind_status_id", "kind", "status", "id"),
        Index("ix_cameos_credential_expires_at", "credential_expires_at"),
    )
    id: str = Field(primary_key=True, sa_type=Text)
    version: int
    kind: str = Field(sa_type=Text)
    owner: str = Field(sa_type=Text)
    status: str = Field(sa_type=State(CameoStatus))
    enrollment_id: str | None = Field(sa_type=Text, nullable=True)
    credential: str | None = Field(sa_type=Text, nullable=True)
    credential_expires_at: datetime | None = Field(sa_type=UtcDateTime, nullable=True)
    created_at: datetime = Field(sa_type=UtcDateTime)
    updated_at: datetime = Field(sa_type=UtcDateTime)
    enrolled: tuple[str, ...] = Field(sa_type=Strings)
    assurance: str | None = Field(sa_type=Text, nullable=True)


class CharacterFields(Row):
    """What a character's current version and its former ones share."""

    id: str = Field(primary_key=True, sa_type=Text)
    version: int
    owner: str = Field(sa_type=Text)
    handle: str = Field(sa_type=Text)
    name: str = Field(sa_type=Text)
    description: str = Field(sa_type=Text)
    references: tuple[dict[str, Any], ...] = Field(sa_type=Documents)
    rights_statement: str = Field(sa_type=Text)
    territories: dict[str, Any] = Field(sa_type=Json)
    underlying: tuple[dict[str, Any], ...] = Field(sa_type=Documents)
    created_by: str = Field(sa_type=Text)
    created_at: datetime = Field(sa_type=UtcDateTime)
    updated_at: datetime = Field(sa_type=UtcDateTime)
    decided_by: str | None = Field(sa_type=Text, nullable=True)
    decided_at: datetime | None = Field(sa_type=UtcDateTime, nullable=True)
    note: str | None = Field(sa_type=Text, nullable=True)


class CharacterRow(CharacterFields, table=True):
    """A character as it stands."""

    __tablename__ = "characters"
    __table_args__ = (Index("ix_characters_handle", "handle", unique=True),)


class FormerCharacterRow(CharacterFields, table=True):
    """A version of a character that another one followed. Never changed."""

    __tablename__ = "former_characters"
    __table_args__ = (ForeignKeyConstraint(["id"], ["characters.id"]),)
    version: int = Field(primary_key=True)


class UnderlyingRow(Row, table=True):
    """A cameo that a character, as it stands, rests on."""

    __tablename__ = "underlying_cameos"
    __table_args__ = (
        ForeignKeyConstraint(["character_id"], ["characters.id"]),
        Index("ix_underlying_cameos_cameo_id", "cameo_id", "character_id"),
    )
    character_id: str = Field(primary_key=True, sa_type=Text)
    cameo_id: str = Field(primary_key=True, sa_type=Text)


class TemplateKeyRow(Row, table=True):
    """The data key of a cameo, wrapped."""

    __tablename__ = "template_keys"
    cameo_id: str = Field(primary_key=True, sa_type=Text)
    wrapped: bytes = Field(sa_type=LargeBinary)


class TemplateRow(Row, table=True):
    """A sealed template: one for a cameo, a modality and a model."""

    __tablename__ = "templates"
    __table_args__ = (
        ForeignKeyConstraint(["cameo_id"], ["template_keys.cameo_id"]),
        Index("ix_templates_model", "modality", "model_sha256", "cameo_id"),
    )
    cameo_id: str = Field(primary_key=True, sa_type=Text)
    modality: str = Field(primary_key=True, sa_type=Text)
    model_sha256: str = Field(primary_key=True, sa_type=Text)
    model: str = Field(sa_type=Text)
    created_at: datetime = Field(sa_type=UtcDateTime)
    nonce: bytes = Field(sa_type=LargeBinary)
    ciphertext: bytes = Field(sa_type=LargeBinary)


class SampleRow(Row, table=True):
    """A sealed sample: what a template of another model can be made of."""

    __tablename__ = "samples"
    __table_args__ = (ForeignKeyConstraint(["cameo_id"], ["template_keys.cameo_id"]),)
    cameo_id: str = Field(primary_key=True, sa_type=Text)
    modality: str = Field(primary_key=True, sa_type=Text)
    position: int = Field(primary_key=True)
    media_type: str = Field(sa_type=Text)
    created_at: datetime = Field(sa_type=UtcDateTime)
    nonce: bytes = Field(sa_type=LargeBinary)
    ciphertext: bytes = Field(sa_type=LargeBinary)
