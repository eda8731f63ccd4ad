"""Questions, decisions and permits.

>>> LikenessIn(cameo_id="cam_1", facets=["face"]).cameo_id
'cam_1'
"""

from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import Field

from cameo_service.routes.schemas.common import Incoming, Outgoing, PrincipalText, ShortText
from permissions.decision import Decision, Effect, PartyOutcome, ReasonCode
from permissions.request import ConsentRequest, Likeness
from permissions.vocabulary import Action, Facet, Principal
from storage.records import (
    PermitRecord,
)


class LikenessIn(Incoming):
    """One cameo, and the facets of it that would be used."""

    cameo_id: ShortText
    facets: Annotated[list[Facet], Field(min_length=1)]


class ConsentIn(Incoming):
    """May `requester` do `action` with all of `likenesses`?"""

    requester: PrincipalText
    action: Action
    likenesses: Annotated[list[LikenessIn], Field(min_length=1, max_length=32)]

    def to_request(self) -> ConsentRequest:
        """As `permissions` decides over it."""
        return ConsentRequest(
            requester=Principal(self.requester),
            action=self.action,
            likenesses=tuple(
                Likeness(cameo_id=likeness.cameo_id, facets=frozenset(likeness.facets))
                for likeness in self.likenesses
            ),
        )


class ReasonOut(Outgoing):
    """Why: a stable code, the step of the decision procedure, and a sentence."""

    code: ReasonCode
    step: int
    message: str


class GrantReferenceOut(Outgoing):
    """A grant that a yes rests on."""

    id: str
    version: int


class PartyOut(Outgoing):
    """The answer for one likeness."""

    cameo_id: str
    effect: Effect
    reason: ReasonOut
    grants: list[GrantReferenceOut]
    expires_at: datetime | None
    could_change: str | None = Field(description="What could change a denial.")

    @classmethod
    def of(cls, party: PartyOutcome) -> Self:
        """The view of `party`."""
        return cls(
            cameo_id=party.cameo_id,
            effect=party.effect,
            reason=ReasonOut(
                code=party.reason.code, step=party.reason.step, message=party.reason.message
            ),
            grants=[
                GrantReferenceOut(id=grant.id, version=grant.version) for grant in party.grants
            ],
            expires_at=party.expires_at,
            could_change=party.could_change,
        )


class DecisionOut(Outgoing):
    """The answer. A denial is an answer too: its status is 200."""

    object: Literal["decision"] = "decision"
    effect: Effect
    permitted: bool
    reasons: list[ReasonOut]
    parties: list[PartyOut]
    revision: int
    expires_at: datetime | None

    @classmethod
    def of(cls, decision: Decision) -> Self:
        """The view of `decision`."""
        return cls(
            effect=decision.effect,
            permitted=decision.permitted,
            reasons=[
                ReasonOut(code=reason.code, step=reason.step, message=reason.message)
                for reason in decision.reasons
            ],
            parties=[PartyOut.of(party) for party in decision.parties],
            revision=decision.revision,
            expires_at=decision.expires_at,
        )


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
