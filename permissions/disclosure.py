"""What a requester may see of a decision: what to do next, never whose rule or relation it was.

Blocked, outside the audience, against a restriction, protected: all the same to the requester. So
are unknown, pending, suspended, revoked and erased cameos. A requester whom the owner blocked gets
the very answer that anybody without a basis would get, down to what they should declare.

    answer = requester_view(decide(request, facts, now=now))
"""

from msgspec.structs import replace

from permissions.decision import (
    COULD_CHANGE,
    ApprovalNeeded,
    Decision,
    Effect,
    PartyOutcome,
    Reason,
    ReasonCode,
    least,
)
from permissions.moments import earliest

_SHOWN = frozenset(
    {
        ReasonCode.REQUEST_MALFORMED,
        ReasonCode.CONTEXT_UNDECLARED,
        ReasonCode.REQUESTER_UNKNOWN,
        ReasonCode.REQUESTER_SUSPENDED,
        ReasonCode.DEPLOYMENT_RULE,
        ReasonCode.ANCESTOR_UNKNOWN,
        ReasonCode.ANCESTRY_UNRESOLVED,
        ReasonCode.APPROVAL_NEEDED,
        ReasonCode.IS_OWNER,
        ReasonCode.IS_REPRESENTATIVE,
        ReasonCode.COVERED_BY_GRANT,
        ReasonCode.APPROVED_ONCE,
    }
)
_ABSENT = frozenset(
    {
        ReasonCode.CAMEO_UNKNOWN,
        ReasonCode.CAMEO_NOT_ACTIVE,
        ReasonCode.CREDENTIAL_EXPIRED,
        ReasonCode.FACET_NOT_ENROLLED,
        ReasonCode.MINORITY_ENDED,
        ReasonCode.ANCESTOR_REMOVED,
    }
)
# The requester need not know in which circle the owner counts them.
_STANDING_WORD = frozenset({ReasonCode.IN_AUDIENCE, ReasonCode.ALLOWED_BY_POLICY})
TOLD = _SHOWN | {ReasonCode.IN_AUDIENCE, ReasonCode.NOT_PERMITTED, ReasonCode.UNAVAILABLE}
"""Every code that a requester can come to see."""

NOT_PERMITTED = Reason(
    code=ReasonCode.NOT_PERMITTED,
    step=6,
    message="this likeness is not available to this requester for this use",
)
UNAVAILABLE = Reason(
    code=ReasonCode.UNAVAILABLE, step=3, message="this likeness cannot be used now"
)


def requester_view(decision: Decision) -> Decision:
    """Return the decision as its requester may read it; effect, end and obligations stay."""
    parties = _parties_view(decision.parties)
    reasons = [party.reason for party in parties if party.effect is decision.effect]
    # What is said of the request as a whole is no party's reason.
    of_parties = [party.reason for party in decision.parties]
    reasons += [_reason_view(each) for each in decision.reasons if each not in of_parties]
    return Decision(
        effect=decision.effect,
        parties=parties,
        reasons=tuple(dict.fromkeys(reasons) if len(reasons) > 1 else reasons),
        revision=decision.revision,
        expires_at=decision.expires_at,
        obligations=decision.obligations,
    )


def _parties_view(parties: tuple[PartyOutcome, ...]) -> tuple[PartyOutcome, ...]:
    """Show what underlies a character as the character's own answer."""
    shown: list[PartyOutcome] = []
    beneath: dict[str, list[PartyOutcome]] = {}
    for party in parties:
        if party.underlies is None:
            shown.append(party)
        else:
            beneath.setdefault(party.underlies, []).append(party)
    if not beneath:
        return tuple([_party_view(party) for party in shown])
    return tuple([_party_view(_whole(each, beneath.get(each.cameo_id, []))) for each in shown])


def _whole(party: PartyOutcome, beneath: list[PartyOutcome]) -> PartyOutcome:
    """Return the character's outcome as far as it depends on what is beneath it too."""
    together = [party, *beneath]
    effect = least([each.effect for each in together])
    worst = next(each for each in together if each.effect is effect)
    return replace(
        party,
        effect=effect,
        reason=worst.reason,
        seen_as=worst.seen_as,
        expires_at=earliest([each.expires_at for each in together]),
        approvals_needed=tuple([needed for each in together for needed in each.approvals_needed]),
    )


def _party_view(party: PartyOutcome) -> PartyOutcome:
    reason = _reason_view(party.seen_as or party.reason)
    if party.effect is Effect.DENY:
        return PartyOutcome(
            cameo_id=party.cameo_id,
            effect=Effect.DENY,
            reason=reason,
            could_change=COULD_CHANGE.get(reason.code),
        )
    return PartyOutcome(
        cameo_id=party.cameo_id,
        effect=party.effect,
        reason=reason,
        grants=party.grants[:1],
        expires_at=party.expires_at,
        could_change=COULD_CHANGE.get(reason.code),
        obligations=party.obligations,
        approvals_needed=_approvals_view(party) if party.approvals_needed else (),
    )


def _approvals_view(party: PartyOutcome) -> tuple[ApprovalNeeded, ...]:
    """Whom to ask by capacity only, each once, at the likeness that the requester knows."""
    asked = sorted({needed.ask for needed in party.approvals_needed})
    return tuple(
        [ApprovalNeeded(cameo_id=party.cameo_id, ask=ask, principal=None) for ask in asked]
    )


def _reason_view(reason: Reason) -> Reason:
    if reason.code in _ABSENT:
        return UNAVAILABLE
    if reason.code in _STANDING_WORD:
        return Reason(code=ReasonCode.IN_AUDIENCE, step=6, message=reason.message)
    if reason.code not in _SHOWN:
        return NOT_PERMITTED
    undeclared = reason.code is ReasonCode.CONTEXT_UNDECLARED
    return Reason(
        code=reason.code,
        # At which step a declaration was missed would tell a rule from a grant.
        step=1 if undeclared else reason.step,
        message=reason.message,
        grants=reason.grants[:1] if reason.code is ReasonCode.COVERED_BY_GRANT else (),
        aspects=reason.aspects if undeclared else (),
    )
