"""What is allowed: the deployment's rules, policies, grants.

>>> PolicyRecord.__slots__[:2]
('cameo_id', 'version')
"""

from dataclasses import dataclass
from datetime import datetime

from storage.records.document import Document


@dataclass(frozen=True, slots=True, kw_only=True)
class DeploymentRecord:
    """One version of the deployment's rules. Versions are appended, never overwritten."""

    version: int
    document: Document
    created_by: str
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyRecord:
    """One version of a cameo's policy. Versions are appended, never overwritten."""

    cameo_id: str
    version: int
    document: Document
    created_by: str
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class EndedGrant:
    """A grant that ended with its cameo, and its sides."""

    id: str
    grantor: str
    grantee: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantRecord:
    """A licence from `grantor` to `grantee`; `signed` is its JWS. A sublicence has a `parent`."""

    id: str
    version: int
    cameo_id: str
    grantor: str
    grantee: str
    terms: Document
    signed: str
    created_by: str
    created_at: datetime
    parent: str | None = None
    revoked_at: datetime | None = None
    revoked_by: str | None = None
    revocation_reason: str | None = None
