"""Step 9: who wants to say yes first, and whose approval will do.

for demand in find_demands(question, cameo, basis, deployment, own):
    approval = find_approval(question, facts, demand.accepts)
"""

from dataclasses import dataclass

from permissions.approvals import (
    Accepts,
    deployment_approves,
    licensor_approves,
    own_side_approves,
)
from permissions.authority import is_sovereign
from permissions.basis import Basis
from permissions.decision import ApprovalNeeded, Approver, ReasonCode
from permissions.facts import CameoFacts
from permissions.licences import Licence
from permissions.request import Question
from permissions.rules import Ruling
from permissions.vocabulary import Action


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewDemand:
    """What to ask for, and which approvals satisfy it."""

    needed: ApprovalNeeded
    accepts: Accepts


def find_demands(
    question: Question, cameo: CameoFacts, basis: Basis, deployment: Ruling, own: Ruling
) -> list[ReviewDemand]:
    """Return everybody who wants to see this use first: deployment, owner, licensors."""
    demands: list[ReviewDemand] = []
    if deployment.reviewing:
        demands.append(_of_deployment(cameo, deployment))
    reviewed = bool(cameo.policy.review) and _is_reviewed_by_owner(question, cameo, basis)
    if own.reviewing or reviewed:
        demands.append(_of_owner(question, cameo, own))
    if basis.licence is not None and question.request.action is Action.PUBLISH:
        demands += _of_licensors(question, cameo, basis.licence)
    return demands


def _is_reviewed_by_owner(question: Question, cameo: CameoFacts, basis: Basis) -> bool:
    """Whether the policy asks for review. An owner of age and who represents one need no leave."""
    if question.request.action not in cameo.policy.review:
        return False
    represents = basis.reason.code is ReasonCode.IS_REPRESENTATIVE
    return not represents and not is_sovereign(question.requester, cameo)


def _of_deployment(cameo: CameoFacts, ruling: Ruling) -> ReviewDemand:
    return ReviewDemand(
        needed=ApprovalNeeded(
            cameo_id=cameo.id, ask=Approver.DEPLOYMENT, principal=None, rules=ruling.reviewing
        ),
        accepts=deployment_approves,
    )


def _of_owner(question: Question, cameo: CameoFacts, ruling: Ruling) -> ReviewDemand:
    return ReviewDemand(
        needed=ApprovalNeeded(
            cameo_id=cameo.id, ask=Approver.OWNER, principal=cameo.owner, rules=ruling.reviewing
        ),
        accepts=own_side_approves(question, cameo),
    )


def _of_licensors(question: Question, cameo: CameoFacts, licence: Licence) -> list[ReviewDemand]:
    return [
        ReviewDemand(
            needed=ApprovalNeeded(cameo_id=cameo.id, ask=Approver.LICENSOR, principal=licensor),
            accepts=licensor_approves(question, cameo, licensor),
        )
        for licensor in licence.reviewers(question.request.action)
    ]
