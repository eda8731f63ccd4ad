"""Grants and sublicences.

>>> RevokeIn().reason is None
True
"""

from datetime import datetime
from typing import Any, Literal, Self

from pydantic import Field

from cameo_service.documents import terms_from
from cameo_service.grants.durations import LONGEST_YEARS, LONGEST_YEARS_OF_MINORS
from cameo_service.grants.granted import Revoked, SeenGrant
from cameo_service.grants.offers import Offer
from cameo_service.routes.schemas.common import (
    Incoming,
    Outgoing,
    PageQuery,
    PrincipalText,
    ShortText,
)
from cameo_service.routes.schemas.terms import Moment, TermsIn
from storage.records import GrantRecord

GrantStatus = Literal["active", "ended", "revoked"]


class GrantTermsIn(TermsIn):
    """What the grant covers. A limit that is left out is not set; remixing and sublicensing are
    shut unless they are sent. No grant lasts for ever.
    """

    not_after: Moment | None = Field(
        default=None,
        description=f"The end, itself not included: at most {LONGEST_YEARS} years after the "
        f"start, {LONGEST_YEARS_OF_MINORS} where the owner is a minor. Left out: the latest that "
        "may be, or, in a sublicence, that of its parent.",
    )


class GrantIn(Incoming):
    """A licence to make."""

    cameo_id: ShortText
    grantee: PrincipalText
    terms: GrantTermsIn
    parent: ShortText | None = Field(
        default=None,
        description="The grant that this is a sublicence of. Its grantee gives this one, and the "
        "terms must lie within those of the parent, obligations included.",
    )
    acting_as: PrincipalText | None = Field(
        default=None,
        description="Who gives this for the owner, under a mandate that covers the terms. Left "
        "out: the owner.",
    )

    def to_offer(self) -> Offer:
        """As `offers.make` takes it."""
        return Offer(
            cameo_id=self.cameo_id,
            grantee=self.grantee,
            terms=self.terms.to_terms(),
            parent=self.parent,
            acting_as=self.acting_as,
        )


class GrantsQuery(PageQuery):
    """Whose grants, or those on which cameo: one of them."""

    grantee: PrincipalText | None = None
    cameo_id: ShortText | None = None


class RevokeIn(Incoming):
    """Why a grant ends; kept with it, not shown to the grantee."""

    reason: ShortText | None = None
    acting_as: PrincipalText | None = Field(
        default=None, description="Who revokes. Left out: whoever the key acts for and may."
    )


class NoticeOut(Outgoing):
    """Something about a grant that its parties should know."""

    code: Literal["intended_use_missing"]
    message: str


class GrantOut(Outgoing):
    """A grant as either side sees it."""

    object: Literal["grant"] = "grant"
    id: str
    version: int
    status: GrantStatus = Field(
        description="`ended` once its time is over, or a grant that it rests on has ended."
    )
    cameo_id: str
    grantor: str
    grantee: str
    parent: str | None = Field(description="The grant that this is a sublicence of.")
    terms: dict[str, Any]
    remaining: int | None = Field(
        description="What is left of `terms.count`, less what live permits reserve."
    )
    notices: list[NoticeOut]
    signed: str = Field(description="The grant as it was made, a JWS.")
    created_at: datetime
    revoked_at: datetime | None
    revocation_reason: str | None = Field(description="For the giving side only.")

    @classmethod
    def of(cls, seen: SeenGrant) -> Self:
        """The view of a grant, as the caller may see it."""
        return cls(**_fields(seen))


class GrantRevoked(GrantOut):
    """A revoked grant, and how much ended with it and below it."""

    permits_revoked: int
    uses_recalled: int = Field(
        description="Uses whose holders are asked to delete or take down, as the terms say."
    )

    @classmethod
    def after(cls, seen: SeenGrant, revoked: Revoked) -> Self:
        """The view of what a revocation did."""
        return cls(
            **_fields(seen),
            permits_revoked=len(revoked.permits),
            uses_recalled=len(revoked.recalled),
        )


class GrantVersionOut(Outgoing):
    """One version of a grant. Its terms never change: what changes is that it ends."""

    object: Literal["grant_version"] = "grant_version"
    id: str
    version: int
    terms: dict[str, Any]
    created_at: datetime
    revoked_at: datetime | None
    revocation_reason: str | None = Field(description="For the giving side only.")

    @classmethod
    def of(cls, record: GrantRecord, *, is_giver: bool) -> Self:
        """The view of one version."""
        return cls(
            id=record.id,
            version=record.version,
            terms=record.terms,
            created_at=record.created_at,
            revoked_at=record.revoked_at,
            revocation_reason=record.revocation_reason if is_giver else None,
        )


def _fields(seen: SeenGrant) -> dict[str, Any]:
    record = seen.record
    return {
        "id": record.id,
        "version": record.version,
        "status": _status(seen),
        "cameo_id": record.cameo_id,
        "grantor": record.grantor,
        "grantee": record.grantee,
        "parent": record.parent,
        "terms": record.terms,
        "remaining": seen.remaining,
        "notices": _notices(record),
        "signed": record.signed,
        "created_at": record.created_at,
        "revoked_at": record.revoked_at,
        "revocation_reason": record.revocation_reason if seen.is_giver else None,
    }


def _status(seen: SeenGrant) -> GrantStatus:
    if seen.record.revoked_at is not None:
        return "revoked"
    return "ended" if seen.ended else "active"


def _notices(record: GrantRecord) -> list[NoticeOut]:
    if terms_from(record.terms).intended_use:
        return []
    message = (
        "the terms describe no intended use: several laws void a licence of a replica without a "
        "reasonably specific description"
    )
    return [NoticeOut(code="intended_use_missing", message=message)]
