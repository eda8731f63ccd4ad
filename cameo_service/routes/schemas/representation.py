"""Mandates: guardians, estates, agents.

>>> MandateQuery(represented="user:ann").representative is None
True
"""

from datetime import datetime
from typing import Any, Literal, Self

from pydantic import Field

from cameo_service.people.mandates import Appointment
from cameo_service.routes.schemas.common import (
    Incoming,
    Outgoing,
    PageQuery,
    PrincipalText,
    ShortText,
)
from cameo_service.routes.schemas.terms import TermsIn
from permissions.representation import RepresentationKind
from storage.records import MandateRecord


class MandateIn(Incoming):
    """A mandate to make. Agents need `representation:write`, the others `representation:attest`."""

    kind: RepresentationKind
    represented: PrincipalText
    representative: PrincipalText
    scope: TermsIn = Field(
        description="What the representative may use and license. A guardian's ends at the minor's "
        "18th birthday, where that is known."
    )
    evidence: ShortText = Field(
        description="A reference to the document that proves the mandate, never the document."
    )

    def to_appointment(self) -> Appointment:
        """As the use case takes it."""
        return Appointment(
            kind=self.kind,
            represented=self.represented,
            representative=self.representative,
            scope=self.scope.to_terms(),
            evidence=self.evidence,
        )


class MandateQuery(PageQuery):
    """Whose mandates: those over somebody, or those that somebody has."""

    represented: PrincipalText | None = None
    representative: PrincipalText | None = None


class MandateOut(Outgoing):
    """A mandate as either side sees it."""

    object: Literal["mandate"] = "mandate"
    id: str
    version: int
    kind: RepresentationKind
    status: Literal["active", "revoked"] = Field(
        description="An active one counts only within the time of its scope."
    )
    represented: str
    representative: str
    scope: dict[str, Any]
    evidence: str
    created_at: datetime
    revoked_at: datetime | None

    @classmethod
    def of(cls, record: MandateRecord) -> Self:
        """The view of `record`."""
        return cls(
            id=record.id,
            version=record.version,
            kind=RepresentationKind(record.kind),
            status="active" if record.revoked_at is None else "revoked",
            represented=record.represented,
            representative=record.representative,
            scope=record.scope,
            evidence=record.evidence,
            created_at=record.created_at,
            revoked_at=record.revoked_at,
        )
