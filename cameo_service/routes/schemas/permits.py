"""Permits over HTTP. The question is `questions.ConsentIn`, the decision `answers.DecisionOut`.

>>> introspection_document(None)
{'active': False}
"""

from datetime import datetime
from typing import Annotated, Any, Literal, Self

from pydantic import ConfigDict, Field

from cameo_service.consent.answers import DecisionOut
from cameo_service.permits.introspection import Introspected
from cameo_service.permits.issuing import Issued
from cameo_service.routes.schemas.common import Incoming, Outgoing
from storage.records import PermitRecord


class PermitOut(Outgoing):
    """A signed yes, and the decision that it states."""

    object: Literal["permit"] = "permit"
    id: str
    permit: str = Field(description="The permit, a JWS of type `cameo-permit+jwt`.")
    audience: str
    request_hash: str
    expires_at: datetime
    decision: DecisionOut

    @classmethod
    def of(cls, issued: Issued) -> Self:
        """The view of a permit that was just issued."""
        record = issued.record
        return cls(
            id=record.id,
            permit=issued.signed,
            audience=record.audience,
            request_hash=record.request_hash,
            expires_at=record.expires_at,
            decision=DecisionOut.of(issued.decision),
        )


class PermitReleased(Outgoing):
    """A permit that ended because its holder gave it back, or had ended before."""

    object: Literal["permit_released"] = "permit_released"
    id: str
    audience: str
    expires_at: datetime
    ended_at: datetime = Field(description="When it ended: it is good for nothing any more.")

    @classmethod
    def of(cls, record: PermitRecord) -> Self:
        """The view of `record`."""
        return cls(
            id=record.id,
            audience=record.audience,
            expires_at=record.expires_at,
            ended_at=record.revoked_at or record.expires_at,
        )


class IntrospectIn(Incoming):
    """A permit to look at."""

    permit: Annotated[str, Field(min_length=1, max_length=100_000)]


class IntrospectionOut(Outgoing):
    """What is true of a permit now. An active one comes with everything that it states.

    `reason` is told to its holder only. Whatever is unknown, forged or another's is inactive, and
    nothing more is said of it.
    """

    model_config = ConfigDict(extra="allow", frozen=True)

    active: bool
    reason: Literal["expired", "key_withdrawn", "revoked", "spent"] | None = None


def introspection_document(found: Introspected | None) -> dict[str, Any]:
    """The answer about what was found: an `IntrospectionOut` without what does not apply."""
    if found is None:
        return {"active": False}
    if found.reason is not None:
        return {"active": False, "reason": found.reason}
    return {"active": True, **found.claims}
