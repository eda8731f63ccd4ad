"""A refusal shows only what its requester may read."""

from cameo_service.permits.issuing import ConsentDenied
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


def test_a_refusal_carries_no_private_reason() -> None:
    blocked = PartyOutcome(
        cameo_id="cam_a", effect=Effect.DENY, reason=reason(ReasonCode.REQUESTER_BLOCKED)
    )
    error = ConsentDenied(decision(Effect.DENY, blocked))
    assert [each.code for each in error.decision.reasons] == [ReasonCode.NOT_PERMITTED]
    assert "blocked" not in str(error)
    assert "blocked" not in repr(error.decision)
    assert "gra_" not in repr(error.decision)
    assert error.cameos == ("cam_a",)
