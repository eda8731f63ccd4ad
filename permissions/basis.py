"""What a yes can rest on: ownership, a mandate, an audience, a policy, a grant, a one-off approval.

basis = find_basis(question, cameo, facts, policies=ruling.allowing)
if isinstance(basis, NotLicensed):
    ...  # no basis, no yes
"""

from datetime import datetime

from msgspec import Struct

from permissions.approvals import find_approval, own_side_approves
from permissions.authority import find_authority
from permissions.decision import Reason, ReasonCode
from permissions.facts import CameoFacts, Facts
from permissions.licences import Licence, NotLicensed, find_licence, may_license
from permissions.moments import earliest
from permissions.request import Question
from permissions.rules import Rule
from permissions.vocabulary import Action, Audience, Principal


class Basis(Struct, frozen=True, kw_only=True, gc=False):
    """What the yes rests on, and when that ends."""

    reason: Reason
    ends: datetime | None = None
    licence: Licence | None = None
    approval: str | None = None


def _reason(code: ReasonCode, message: str, **behind: tuple[str, ...]) -> Reason:
    return Reason(code=code, step=6, message=message, **behind)


def _covered_by(licence: Licence) -> Basis:
    grants = tuple([link.id for link in licence.links])
    message = "a grant covers the request"
    return Basis(
        reason=Reason(code=ReasonCode.COVERED_BY_GRANT, step=6, message=message, grants=grants),
        ends=licence.ends,
        licence=licence,
    )


_IN_AUDIENCE = {
    action: _reason(ReasonCode.IN_AUDIENCE, f"the owner lets this requester {action}")
    for action in Action
}
IS_OWNER = Basis(reason=_reason(ReasonCode.IS_OWNER, "the requester owns the cameo"))


def find_basis(
    question: Question,
    cameo: CameoFacts,
    facts: Facts,
    *,
    policies: tuple[Rule, ...],
) -> Basis | NotLicensed:
    """Return the first basis there is, in a fixed order, or why there is none.

    `policies` are the character's policies that allow this. The owner of the character that this
    likeness underlies may pass on what may be sublicensed, while nobody stands against them.
    """
    own = _own(question, cameo) or _audience(question, cameo, facts)
    if own is None and policies:
        own = _policy(question, cameo, policies)
    if own is not None:
        return own
    licence = find_licence(question, cameo, facts, grantee=question.request.requester)
    through = question.through
    unlicensed = isinstance(licence, NotLicensed)
    if unlicensed and through is not None and may_license(through, cameo, facts):
        passed_on = find_licence(question, cameo, facts, grantee=through, spare=1)
        licence = passed_on if isinstance(passed_on, Licence) else licence
    if isinstance(licence, Licence):
        return _covered_by(licence)
    return _approved_once(question, cameo, facts) or licence


def _own(question: Question, cameo: CameoFacts) -> Basis | None:
    requester = question.request.requester
    if requester == cameo.owner:
        return None if cameo.deceased else IS_OWNER
    if not cameo.representations:
        return None
    authority = find_authority(requester, cameo, question)
    if authority is None:
        return None
    return Basis(
        reason=_reason(ReasonCode.IS_REPRESENTATIVE, "the requester represents the owner"),
        ends=authority.ends,
    )


def _audience(question: Question, cameo: CameoFacts, facts: Facts) -> Basis | None:
    policy, action = cameo.policy, question.request.action
    audience = policy.audience.get(action)
    if audience is None or not _is_in(audience, question.requester, cameo, facts):
        return None
    if question.depth > policy.remix_depth:
        return None
    ends = None
    if cameo.minor is not None:
        signed = find_authority(policy.set_by or cameo.owner, cameo, question)
        ceiling = facts.deployment.ceiling_for(cameo.minor.band_at(question.now))
        if signed is None or ceiling is None or not ceiling.audience.reaches(audience):
            return None
        ends = signed.ends
    return Basis(reason=_IN_AUDIENCE[action], ends=ends)


def _is_in(audience: Audience, requester: Principal, cameo: CameoFacts, facts: Facts) -> bool:
    if audience is Audience.ONLY_ME:
        return False
    if audience is Audience.EVERYONE or requester in cameo.policy.approved:
        return True
    return audience is Audience.MUTUALS and requester in facts.mutuals.get(cameo.owner, ())


def _policy(question: Question, cameo: CameoFacts, policies: tuple[Rule, ...]) -> Basis | None:
    if question.depth > cameo.policy.remix_depth:
        return None
    message = f"the owner lets this requester {question.request.action}"
    rules = tuple([rule.id for rule in policies])
    return Basis(
        reason=_reason(ReasonCode.ALLOWED_BY_POLICY, message, rules=rules),
        ends=earliest([rule.not_after for rule in policies]),
    )


def _approved_once(question: Question, cameo: CameoFacts, facts: Facts) -> Basis | None:
    approval = find_approval(question, facts, own_side_approves(question, cameo))
    if approval is None:
        return None
    return Basis(
        reason=_reason(ReasonCode.APPROVED_ONCE, "this very request was approved"),
        ends=approval.ends,
        approval=approval.id,
    )
