"""Rules and licences: policies, the deployment's rules, grants.

>>> GrantRow.__tablename__
'grants'
"""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKeyConstraint, Index
from sqlmodel import Field

from storage.columns import Text, UtcDateTime
from storage.tables.row import Json, Row


class PolicyRow(Row, table=True):
    """One version of a policy."""

    __tablename__ = "policies"
    cameo_id: str = Field(primary_key=True, sa_type=Text)
    version: int = Field(primary_key=True)
    document: dict[str, Any] = Field(sa_type=Json)
    created_by: str = Field(sa_type=Text)
    created_at: datetime = Field(sa_type=UtcDateTime)


class DeploymentRow(Row, table=True):
    """One version of the deployment's rules."""

    __tablename__ = "deployment_rules"
    version: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
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
    parent: str | None = Field(sa_type=Text, nullable=True)
    revoked_at: datetime | None = Field(sa_type=UtcDateTime, nullable=True)
    revoked_by: str | None = Field(sa_type=Text, nullable=True)
    revocation_reason: str | None = Field(sa_type=Text, nullable=True)


class GrantRow(GrantFields, table=True):
    """A grant as it stands."""

    __tablename__ = "grants"
    __table_args__ = (
        Index("ix_grants_cameo_id_grantee", "cameo_id", "grantee"),
        Index("ix_grants_cameo_id_id", "cameo_id", "id"),
        Index("ix_grants_grantee_id", "grantee", "id"),
        Index("ix_grants_parent_id", "parent", "id"),
    )


class FormerGrantRow(GrantFields, table=True):
    """A version of a grant that another one followed. Never changed."""

    __tablename__ = "former_grants"
    __table_args__ = (ForeignKeyConstraint(["id"], ["grants.id"]),)
    version: int = Field(primary_key=True)
