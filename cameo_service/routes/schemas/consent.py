"""Permits over HTTP. The question is `questions.ConsentIn`, the decision `answers.DecisionOut`.

app.post("/permits", response_model=PermitOut)
"""

from datetime import datetime
from typing import Literal, Self

from pydantic import Field

from cameo_service.answers import DecisionOut
from cameo_service.routes.schemas.common import Outgoing
from permissions.decision import Decision
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
    def of(cls, record: PermitRecord, signed: str, decision: Decision) -> Self:
        """The view of `record`."""
        return cls(
            id=record.id,
            permit=signed,
            audience=record.audience,
            request_hash=record.request_hash,
            expires_at=record.expires_at,
            decision=DecisionOut.of(decision),
        )
