"""One-off approvals: a yes to exactly one request, as a basis or where somebody wants to review.

demand = ReviewDemand(ask=Approver.OWNER, accepts=own_side_approves(question, cameo))
approval = find_approval(question, facts, demand.accepts)
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from permissions.authority import find_authority
from permissions.facts import ApprovalFacts, CameoFacts, Facts
from permissions.request import Question
from permissions.vocabulary import DEPLOYMENT, Principal


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """An approval that counts, and when it ends, by itself or with its approver's mandate."""

    id: str
    ends: datetime


Accepts = Callable[[ApprovalFacts], Approval | None]


def find_approval(question: Question, facts: Facts, accepts: Accepts) -> Approval | None:
    """Return the approval of this very request that lasts longest, or None."""
    if question.request.reference is None:
        return None
    valid = [
        accepted
        for approval in facts.approvals
        if _is_for(approval, question) and (accepted := accepts(approval)) is not None
    ]
    return min(valid, key=lambda each: (-each.ends.timestamp(), each.id), default=None)


def _is_for(approval: ApprovalFacts, question: Question) -> bool:
    return (
        approval.reference == question.request.reference
        and approval.cameo_id == question.likeness.cameo_id
        and approval.requester == question.requester
        and approval.action is question.request.action
        and question.likeness.facets <= approval.facets
        and question.now < approval.not_after
        and not approval.revoked
        and not approval.spent
    )


def own_side_approves(question: Question, cameo: CameoFacts) -> Accepts:
    """Accept the owner, or who represents them in this."""

    def accepts(approval: ApprovalFacts) -> Approval | None:
        authority = find_authority(approval.approver, cameo, question)
        if authority is None:
            return None
        ends = approval.not_after
        return Approval(
            id=approval.id, ends=ends if authority.ends is None else min(ends, authority.ends)
        )

    return accepts


def licensor_approves(question: Question, cameo: CameoFacts, licensor: Principal) -> Accepts:
    """Accept who gave the grant, or the owner's side."""
    own_side = own_side_approves(question, cameo)

    def accepts(approval: ApprovalFacts) -> Approval | None:
        if approval.approver == licensor:
            return Approval(id=approval.id, ends=approval.not_after)
        return own_side(approval)

    return accepts


def deployment_approves(approval: ApprovalFacts) -> Approval | None:
    """Accept the deployment only."""
    if approval.approver != DEPLOYMENT:
        return None
    return Approval(id=approval.id, ends=approval.not_after)
