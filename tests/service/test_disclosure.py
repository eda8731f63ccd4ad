"""A permit rests on the whole decision, and shows only what its requester may read."""

from cameo_service.consent import ConsentDenied, rests_on
from permissions.decision import (
    Decision,
    Effect,
    GrantReference,
    PartyOutcome,
    Reason,
    ReasonCode,
)


def reason(code: ReasonCode) -> Reason:
    return Reason(code=code, step=6, message=f"because of {code}", grants=("gra_private",))


def decision(effect: Effect, *parties: PartyOutcome) -> Decision:
    return Decision(
        effect=effect,
        parties=parties,
        reasons=tuple(party.reason for party in parties),
        revision=1,
        inherited=(GrantReference(id="gra_ancestor", version=2),),
    )


def test_a_permit_rests_on_every_grant_approval_and_policy() -> None:
    licensed = PartyOutcome(
        cameo_id="cam_a",
        effect=Effect.PERMIT,
        reason=reason(ReasonCode.COVERED_BY_GRANT),
        grants=(GrantReference(id="gra_own", version=1), GrantReference(id="gra_up", version=1)),
        approvals=("apr_1",),
    )
    beneath = PartyOutcome(
        cameo_id="cam_b",
        effect=Effect.PERMIT,
        reason=reason(ReasonCode.IS_OWNER),
        underlies="cam_a",
    )
    assert rests_on(decision(Effect.PERMIT, licensed, beneath)) == (
        "approval:apr_1",
        "cameo:cam_a",
        "cameo:cam_b",
        "grant:gra_ancestor",
        "grant:gra_own",
        "grant:gra_up",
        "policy:cam_a",
    )


def test_a_refusal_carries_no_private_reason() -> None:
    blocked = PartyOutcome(
        cameo_id="cam_a", effect=Effect.DENY, reason=reason(ReasonCode.REQUESTER_BLOCKED)
    )
    error = ConsentDenied(decision(Effect.DENY, blocked))
    assert [each.code for each in error.decision.reasons] == [ReasonCode.NOT_PERMITTED]
    assert "blocked" not in str(error)
    assert "blocked" not in repr(error.decision)
    assert "gra_" not in repr(error.decision)
