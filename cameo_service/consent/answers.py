"""The answer as callers read it: a decision's document, and its explanation for who may read that.

    DecisionOut.of(requester_view(decision))

What is private to the owner must have been taken out before: this only translates.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Literal, Self

from msgspec import UNSET, Meta, UnsetType

from cameo_service.wire import Wire
from permissions.decision import (
    ApprovalNeeded,
    Approver,
    Decision,
    Effect,
    GrantReference,
    PartyOutcome,
    Reason,
    ReasonCode,
)
from permissions.obligations import Obligation, ObligationKind


class ReasonOut(Wire, frozen=True, kw_only=True):
    """Why: a stable code, the step of the decision procedure, and a sentence.

    `aspects` are what the request left undeclared.
    """

    code: ReasonCode
    step: int
    message: str
    aspects: tuple[str, ...] = ()

    @classmethod
    def of(cls, reason: Reason) -> Self:
        """The view of `reason`."""
        return cls(
            code=reason.code, step=reason.step, message=reason.message, aspects=reason.aspects
        )


class GrantReferenceOut(Wire, frozen=True, kw_only=True):
    """A grant that a yes rests on."""

    id: str
    version: int


class ObligationOut(Wire, frozen=True, kw_only=True):
    """What a yes asks in return. Whoever cannot do it must take the yes for a no."""

    kind: ObligationKind
    text: str


class ApprovalNeededOut(Wire, frozen=True, kw_only=True):
    """Who must approve first, by capacity: an access request asks them."""

    cameo_id: str
    capacity: Approver


class PartyOut(Wire, frozen=True, kw_only=True):
    """The answer for one likeness."""

    cameo_id: str
    effect: Effect
    reason: ReasonOut
    grants: tuple[GrantReferenceOut, ...]
    expires_at: datetime | None
    could_change: Annotated[str | None, Meta(description="What could turn this answer into a yes.")]
    obligations: tuple[ObligationOut, ...]
    approvals_needed: tuple[ApprovalNeededOut, ...]

    @classmethod
    def of(cls, party: PartyOutcome) -> Self:
        """The view of `party`."""
        return cls(
            cameo_id=party.cameo_id,
            effect=party.effect,
            reason=ReasonOut.of(party.reason),
            grants=_grants(party.grants),
            expires_at=party.expires_at,
            could_change=party.could_change,
            obligations=_obligations(party.obligations),
            approvals_needed=tuple(
                [
                    ApprovalNeededOut(cameo_id=each.cameo_id, capacity=each.ask)
                    for each in party.approvals_needed
                ]
            ),
        )


class ExplainedReasonOut(Wire, frozen=True, kw_only=True):
    """A reason with the ids of the rules and grants behind it."""

    code: ReasonCode
    step: int
    message: str
    rules: tuple[str, ...]
    grants: tuple[str, ...]
    aspects: tuple[str, ...]

    @classmethod
    def of(cls, reason: Reason) -> Self:
        """The view of `reason`."""
        return cls(
            code=reason.code,
            step=reason.step,
            message=reason.message,
            rules=reason.rules,
            grants=reason.grants,
            aspects=reason.aspects,
        )


class ExplainedApprovalOut(Wire, frozen=True, kw_only=True):
    """Who must approve first, and the rules that ask for it."""

    cameo_id: str
    capacity: Approver
    principal: str | None
    rules: tuple[str, ...]

    @classmethod
    def of(cls, needed: ApprovalNeeded) -> Self:
        """The view of `needed`."""
        return cls(
            cameo_id=needed.cameo_id,
            capacity=needed.ask,
            principal=needed.principal,
            rules=needed.rules,
        )


class ExplainedPartyOut(Wire, frozen=True, kw_only=True):
    """The whole answer for one likeness.

    `underlies` is the character that it is part of; `told` what the requester is told instead,
    where that is another reason.
    """

    cameo_id: str
    underlies: str | None
    effect: Effect
    reason: ExplainedReasonOut
    told: ExplainedReasonOut | None
    grants: tuple[GrantReferenceOut, ...]
    approvals: tuple[str, ...]
    approvals_needed: tuple[ExplainedApprovalOut, ...]
    obligations: tuple[ObligationOut, ...]
    expires_at: datetime | None
    could_change: str | None

    @classmethod
    def of(cls, party: PartyOutcome) -> Self:
        """The view of `party`."""
        return cls(
            cameo_id=party.cameo_id,
            underlies=party.underlies,
            effect=party.effect,
            reason=ExplainedReasonOut.of(party.reason),
            told=ExplainedReasonOut.of(party.seen_as) if party.seen_as is not None else None,
            grants=_grants(party.grants),
            approvals=party.approvals,
            approvals_needed=tuple(
                ExplainedApprovalOut.of(each) for each in party.approvals_needed
            ),
            obligations=_obligations(party.obligations),
            expires_at=party.expires_at,
            could_change=party.could_change,
        )


class ExplanationOut(Wire, frozen=True, kw_only=True):
    """What the decision rests on, party by party. `reasons` and `inherited`, the grants under which
    earlier uses were made, are there for who may read all of it."""

    parties: tuple[ExplainedPartyOut, ...]
    reasons: tuple[ExplainedReasonOut, ...] | UnsetType = UNSET
    inherited: tuple[GrantReferenceOut, ...] | UnsetType = UNSET

    @classmethod
    def of(cls, decision: Decision, *, may_read: Callable[[str], bool], whole: bool) -> Self:
        """The parts of `decision` whose cameo the reader may read about; all of it if `whole`."""
        parties = tuple(
            ExplainedPartyOut.of(party)
            for party in decision.parties
            if whole or may_read(party.cameo_id)
        )
        if not whole:
            return cls(parties=parties)
        return cls(
            parties=parties,
            reasons=tuple(ExplainedReasonOut.of(each) for each in decision.reasons),
            inherited=_grants(decision.inherited),
        )


class DecisionOut(Wire, frozen=True, kw_only=True):
    """The answer. A denial is an answer too: its status is 200.

    `could_change` is what could turn it into a yes.
    """

    object: Literal["decision"] = "decision"
    effect: Effect
    permitted: bool
    reasons: tuple[ReasonOut, ...]
    parties: tuple[PartyOut, ...]
    revision: int
    expires_at: datetime | None
    obligations: tuple[ObligationOut, ...]
    could_change: tuple[str, ...]
    explanation: ExplanationOut | UnsetType = UNSET

    @classmethod
    def of(cls, decision: Decision, explanation: ExplanationOut | UnsetType = UNSET) -> Self:
        """The view of `decision`, which must be what the reader may read."""
        return cls(
            effect=decision.effect,
            permitted=decision.permitted,
            reasons=tuple([ReasonOut.of(reason) for reason in decision.reasons]),
            parties=tuple([PartyOut.of(party) for party in decision.parties]),
            revision=decision.revision,
            expires_at=decision.expires_at,
            obligations=_obligations(decision.obligations),
            could_change=decision.could_change,
            explanation=explanation,
        )


def _grants(references: tuple[GrantReference, ...]) -> tuple[GrantReferenceOut, ...]:
    if not references:
        return ()
    return tuple([GrantReferenceOut(id=each.id, version=each.version) for each in references])


def _obligations(owed: tuple[Obligation, ...]) -> tuple[ObligationOut, ...]:
    if not owed:
        return ()
    return tuple([ObligationOut(kind=each.kind, text=each.text) for each in owed])
