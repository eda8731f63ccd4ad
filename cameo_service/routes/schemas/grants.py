"""Grants and their terms.

>>> RevokeIn().reason is None
True
"""

from datetime import datetime
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, AwareDatetime, Field

from cameo_service.routes.schemas.common import Incoming, Outgoing, PrincipalText, ShortText
from permissions.terms import Terms
from permissions.vocabulary import Action, Facet
from storage.records import (
    GrantRecord,
)


def _within_reach(moment: datetime) -> datetime:
    """A moment that every time zone and every store can express."""
    if not FIRST_YEAR <= moment.year <= LAST_YEAR:
        raise ValueError(f"the year must be {FIRST_YEAR} to {LAST_YEAR}")
    return moment


FIRST_YEAR, LAST_YEAR = 2000, 9000
Moment = Annotated[AwareDatetime, AfterValidator(_within_reach)]


class TermsIn(Incoming):
    """What the grant covers. The window starts at `not_before` and ends before `not_after`."""

    actions: Annotated[list[Action], Field(min_length=1)]
    facets: Annotated[list[Facet], Field(min_length=1)]
    not_before: Moment | None = None
    not_after: Moment | None = None

    def to_terms(self) -> Terms:
        """As `permissions` decides over it: what a grant cannot say here, it does not limit."""
        return Terms.without_limits(
            actions=frozenset(self.actions),
            facets=frozenset(self.facets),
            not_before=self.not_before,
            not_after=self.not_after,
        )


class GrantIn(Incoming):
    """A licence to make."""

    cameo_id: ShortText
    grantee: PrincipalText
    terms: TermsIn


class RevokeIn(Incoming):
    """Why a grant ends; kept with it, not shown to the grantee."""

    reason: ShortText | None = None


class GrantOut(Outgoing):
    """A grant as either side sees it."""

    object: Literal["grant"] = "grant"
    id: str
    version: int
    status: Literal["active", "revoked"]
    cameo_id: str
    grantor: str
    grantee: str
    terms: dict[str, Any]
    signed: str = Field(description="The grant as it was made, a JWS.")
    created_at: datetime
    revoked_at: datetime | None

    @classmethod
    def of(cls, record: GrantRecord) -> Self:
        """The view of `record`."""
        return cls(
            id=record.id,
            version=record.version,
            status="active" if record.revoked_at is None else "revoked",
            cameo_id=record.cameo_id,
            grantor=record.grantor,
            grantee=record.grantee,
            terms=record.terms,
            signed=record.signed,
            created_at=record.created_at,
            revoked_at=record.revoked_at,
        )


class GrantRevoked(GrantOut):
    """A revoked grant, and how many live permits ended with it."""

    permits_revoked: int
