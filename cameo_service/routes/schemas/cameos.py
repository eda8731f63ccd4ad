"""Cameos and their policies.

>>> PolicyIn(audience={}).approved
[]
"""

from datetime import datetime
from types import MappingProxyType
from typing import Annotated, Literal, Self

from pydantic import Field

from cameo_service.documents import policy_from
from cameo_service.routes.schemas.common import Incoming, Outgoing, PrincipalText
from permissions.facts import CameoStatus
from permissions.policy import Policy
from permissions.vocabulary import Action, Audience, Principal
from storage.records import (
    CameoRecord,
    PolicyRecord,
)

OfferedAudience = Literal["only_me", "approved", "everyone"]
"""`mutuals` would need relationships, which are not stored: nobody but the approved would be in."""


class PolicyIn(Incoming):
    """The owner's standing rules. An action that is not named is for the owner alone."""

    audience: dict[Action, OfferedAudience] = Field(examples=[{"tag": "everyone"}])
    approved: Annotated[list[PrincipalText], Field(max_length=10_000)] = Field(default=[])

    def to_policy(self) -> Policy:
        """As `permissions` decides over it."""
        return Policy(
            audience=MappingProxyType(
                {action: Audience(level) for action, level in self.audience.items()}
            ),
            approved=frozenset(Principal(name) for name in self.approved),
        )


class PolicyOut(Outgoing):
    """One version of a policy."""

    object: Literal["policy"] = "policy"
    cameo_id: str
    version: int
    audience: dict[Action, Audience]
    approved: list[str]
    created_at: datetime

    @classmethod
    def of(cls, record: PolicyRecord) -> Self:
        """The view of `record`."""
        policy = policy_from(record.document)
        return cls(
            cameo_id=record.cameo_id,
            version=record.version,
            audience=dict(policy.audience),
            approved=sorted(policy.approved),
            created_at=record.created_at,
        )


class CameoOut(Outgoing):
    """A cameo as its owner's platform sees it."""

    object: Literal["cameo"] = "cameo"
    id: str
    kind: str
    owner: str
    status: CameoStatus
    enrollment_id: str
    credential: str | None = Field(description="The identity credential, a JWS.")
    credential_expires_at: datetime | None
    policy: PolicyOut
    created_at: datetime

    @classmethod
    def of(cls, record: CameoRecord, policy: PolicyRecord) -> Self:
        """The view of `record`."""
        return cls(
            id=record.id,
            kind=record.kind,
            owner=record.owner,
            status=record.status,
            enrollment_id=record.enrollment_id,
            credential=record.credential,
            credential_expires_at=record.credential_expires_at,
            policy=PolicyOut.of(policy),
            created_at=record.created_at,
        )
