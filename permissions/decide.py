"""The decision procedure. The numbers are those of the design, and stand in every reason.

Deny overrides, default deny, most restrictive wins. `explain` is this procedure too: a `Decision`
holds everything, and `disclosure.requester_view` is what the requester may see of it.

>>> from datetime import UTC, datetime
>>> from permissions.vocabulary import Action, Principal
>>> empty = Facts(revision=1, cameos={}, grants=())
>>> nothing = ConsentRequest(
...     requester=Principal("user:bob"), action=Action.GENERATE, likenesses=()
... )
>>> decide(nothing, empty, now=datetime(2026, 1, 1, tzinfo=UTC)).effect
<Effect.DENY: 'deny'>
"""

from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from permissions.ancestry import inherit
from permissions.approvals import find_approval
from permissions.authority import is_sovereign
from permissions.basis import Basis, find_basis
from permissions.characters import CharacterFacts
from permissions.decision import (
    COULD_CHANGE,
    ApprovalNeeded,
    Decision,
    Effect,
    PartyOutcome,
    Reason,
    ReasonCode,
    least,
    undeclared,
)
from permissions.facts import CameoFacts, CameoStatus, Facts
from permissions.involved import find_involved
from permissions.licences import Licence, NotLicensed
from permissions.moments import earliest, rounded_down
from permissions.obligations import Obligation, gather
from permissions.protection import find_protection
from permissions.request import ConsentRequest, Question
from permissions.reviews import find_demands
from permissions.rules import SILENCE, Ruling, judge_rules
from permissions.vocabulary import PROVEN_BY_ENROLLING, Action, Standing, is_principal


def decide(request: ConsentRequest, facts: Facts, *, now: datetime) -> Decision:
    """Answer `request` from `facts` alone. `now` must be an aware datetime."""
    # 1. The request is well formed. What else it must declare shows where a rule needs it.
    # 2. The requester is known and active. Whether an owner blocked them is each party's step 2.
    refusal = _malformed(request) or _without_standing(request, facts)
    if refusal is not None:
        return _refused(refusal, facts)
    # 7. and 8. What characters rest on, and what ancestors hold, must say yes like what is named.
    involved = find_involved(request, facts, now)
    if involved.problem is not None:
        return _refused(involved.problem, facts)
    parties = tuple([_decide_party(question, facts) for question in involved.questions])
    if not involved.ancestors:
        return _conclude(parties, (), facts) if len(parties) > 1 else _only(parties[0], facts)
    inherited = inherit(involved, facts)
    if isinstance(inherited, Reason):
        return replace(_refused(inherited, facts), parties=parties)
    return _conclude(parties, inherited, facts)


def _refused(reason: Reason, facts: Facts) -> Decision:
    return Decision(effect=Effect.DENY, parties=(), reasons=(reason,), revision=facts.revision)


def _only(party: PartyOutcome, facts: Facts) -> Decision:
    """One likeness, nothing inherited: its answer is the answer."""
    return Decision(
        effect=party.effect,
        parties=(party,),
        reasons=(party.reason,),
        revision=facts.revision,
        expires_at=party.expires_at,
        obligations=party.obligations,
    )


def _conclude(
    parties: tuple[PartyOutcome, ...], inherited: tuple[Licence, ...], facts: Facts
) -> Decision:
    """Several likenesses: every one must say yes."""
    effect = least([party.effect for party in parties])
    reasons = tuple([party.reason for party in parties if party.effect is effect])
    if effect is Effect.DENY:
        return Decision(effect=effect, parties=parties, reasons=reasons, revision=facts.revision)
    # 10. Obligations from every yes; the end is the earliest of all that the answer rests on.
    owed = [party.obligations for party in parties]
    owed += [licence.obligations() for licence in inherited]
    ends = [party.expires_at for party in parties] + [licence.ends for licence in inherited]
    return Decision(
        effect=effect,
        parties=parties,
        reasons=reasons,
        revision=facts.revision,
        expires_at=earliest(ends),
        obligations=gather(owed),
        inherited=tuple([each for licence in inherited for each in licence.references()]),
    )


def _malformed(request: ConsentRequest) -> Reason | None:
    """Step 1."""
    defect = request.defect()
    if defect is not None:
        return Reason(code=ReasonCode.REQUEST_MALFORMED, step=1, message=defect)
    if request.action is Action.REMIX and not request.remix_of:
        return undeclared(1, ("remix_of",))
    return None


def _without_standing(request: ConsentRequest, facts: Facts) -> Reason | None:
    """Step 2, as far as the deployment is concerned."""
    if facts.is_active(request.requester) and is_principal(request.requester):
        return None
    if facts.standing_of(request.requester) is Standing.SUSPENDED:
        message = "the requester is suspended here"
        return Reason(code=ReasonCode.REQUESTER_SUSPENDED, step=2, message=message)
    message = "the requester is not known here"
    return Reason(code=ReasonCode.REQUESTER_UNKNOWN, step=2, message=message)


def _decide_party(question: Question, facts: Facts) -> PartyOutcome:
    """Steps 2 to 10 for one likeness."""
    cameo = facts.cameos.get(question.likeness.cameo_id)
    minor = None if cameo is None else cameo.minor
    case = _Case(question=question, rounds=minor is not None and minor.birth_date is not None)
    if cameo is None:
        return case.deny(_refusal(ReasonCode.CAMEO_UNKNOWN, 3, "there is no such cameo"))
    outcome = _decide_known(case, cameo, facts)
    # 2. The requester is not blocked by the owner, and could not tell from the answer.
    if cameo.policy.blocked and question.requester in cameo.policy.blocked:
        blocked = Reason(code=ReasonCode.REQUESTER_BLOCKED, step=2, message=_NOTHING_ALLOWS)
        before = outcome.effect is Effect.DENY and outcome.reason.step < 6
        outsider = outcome.reason if before else _without_basis(NotLicensed(), case.own)
        return case.deny(blocked, seen_as=outsider)
    return outcome


def _decide_known(case: "_Case", cameo: CameoFacts, facts: Facts) -> PartyOutcome:
    question = case.question
    # 3. The cameo is active and its identity credential valid.
    # 4. No rule of the deployment stands against it, and minors are protected.
    # 5. No restriction of the owner stands against it.
    refusal = (
        _inactive(case, cameo, facts)
        or _against_protection(case, cameo, facts)
        or _against_deployment(case, facts)
        or _against_owner(case, cameo)
    )
    if refusal is not None:
        return case.deny(refusal)
    # 6. A basis, or no.
    basis = find_basis(question, cameo, facts, policies=case.own.allowing)
    if not isinstance(basis, Basis):
        return case.deny(_without_basis(basis, case.own))
    case.ends.append(basis.ends)
    # 9. Whoever wants to approve first has done so, or is asked.
    needed = _reviews(case, cameo, facts, basis)
    # 10. Obligations of this yes.
    return case.conclude(basis, needed, _obligations(case, cameo, facts, basis))


def _obligations(
    case: "_Case", cameo: CameoFacts, facts: Facts, basis: Basis
) -> tuple[Obligation, ...]:
    """Step 10 for one likeness."""
    sources = [facts.deployment.obligations]
    if cameo.policy.obligations and not is_sovereign(case.question.requester, cameo):
        sources.append(cameo.policy.obligations)
    if case.own.allowing:
        sources += [policy.obligations for policy in case.own.allowing]
    if basis.licence is not None:
        sources.append(basis.licence.obligations())
    return gather(sources)


def _inactive(case: "_Case", cameo: CameoFacts, facts: Facts) -> Reason | None:
    """Step 3. With its owner a cameo is suspended too."""
    if cameo.status is not CameoStatus.ACTIVE or not facts.is_active(cameo.owner):
        return _refusal(ReasonCode.CAMEO_NOT_ACTIVE, 3, "the cameo cannot be used now")
    expires_at = cameo.credential_expires_at
    missing = expires_at is None and cameo.character is None
    if missing or (expires_at is not None and case.question.now >= expires_at):
        message = "the cameo has no valid identity credential"
        return _refusal(ReasonCode.CREDENTIAL_EXPIRED, 3, message)
    case.ends.append(expires_at)
    if cameo.character is not None:
        return _outside_territories(case, cameo.character)
    return _not_enrolled(case, cameo)


def _not_enrolled(case: "_Case", cameo: CameoFacts) -> Reason | None:
    """Step 3 for persons, whose credential covers what they have proven."""
    lacking = (case.question.likeness.facets & PROVEN_BY_ENROLLING) - cameo.enrolled
    if not lacking:
        return None
    named = ", ".join(f"`{facet}`" for facet in sorted(lacking))
    message = f"nobody has proven whose this is: {named}"
    return _refusal(ReasonCode.FACET_NOT_ENROLLED, 3, message)


def _outside_territories(case: "_Case", character: CharacterFacts) -> Reason | None:
    """Step 3 for characters, whose owner holds the rights in some places only."""
    asked = case.question.request.territories
    if character.territories.is_everything:
        return None
    if asked is None:
        return undeclared(3, ("territories",))
    if character.territories.covers_each(asked):
        return None
    message = "the owner holds no rights in this territory"
    return _refusal(ReasonCode.OUTSIDE_TERRITORIES, 3, message)


def _against_protection(case: "_Case", cameo: CameoFacts, facts: Facts) -> Reason | None:
    """Step 4: people who must not be depicted, minors, the dead."""
    found = find_protection(case.question, cameo, facts.deployment)
    if not found:
        return None
    if isinstance(found, Reason):
        return found
    case.ends += found
    return None


def _against_deployment(case: "_Case", facts: Facts) -> Reason | None:
    """Step 4: what no owner can open."""
    ruling = judge_rules(facts.deployment.rules, case.question)
    if ruling is SILENCE:
        return None
    case.deployment = ruling
    case.ends.append(ruling.ends)
    message = "the rules of this service do not allow it"
    return _against(ruling, 4, ReasonCode.DEPLOYMENT_RULE, message)


def _against_owner(case: "_Case", cameo: CameoFacts) -> Reason | None:
    """Step 5. Owners are not bound by their own rules."""
    if is_sovereign(case.question.request.requester, cameo):
        return None
    rules = cameo.policy.restrictions
    if cameo.character is not None:
        rules += cameo.character.policies
    ruling = judge_rules(rules, case.question)
    if ruling is SILENCE:
        return None
    case.own = ruling
    case.ends.append(ruling.ends)
    return _against(ruling, 5, ReasonCode.RESTRICTED, "the owner does not allow this use")


def _against(ruling: Ruling, step: int, code: ReasonCode, message: str) -> Reason | None:
    """Return why these rules refuse, the surest reason first."""
    if ruling.denying:
        return replace(_refusal(code, step, message), rules=ruling.denying)
    if ruling.unreadable:
        refusal = _refusal(ReasonCode.RULE_UNREADABLE, step, message)
        return replace(refusal, rules=ruling.unreadable)
    if ruling.undecided:
        return replace(undeclared(step, ruling.undeclared), rules=ruling.undecided)
    return None


def _without_basis(found: NotLicensed, own: Ruling) -> Reason:
    """Step 6, where there is none: what would have to be declared, or that nothing allows it."""
    aspects = tuple(sorted({*found.undeclared, *own.unsure}))
    if aspects:
        return replace(undeclared(6, aspects), grants=found.grants)
    if not found.grants:
        return _NO_BASIS
    return replace(_NO_BASIS, grants=found.grants, aspects=found.missing)


def _reviews(
    case: "_Case", cameo: CameoFacts, facts: Facts, basis: Basis
) -> tuple[ApprovalNeeded, ...]:
    """Step 9. Return who still has to be asked."""
    demands = find_demands(case.question, cameo, basis, case.deployment, case.own)
    if not demands:
        return ()
    needed = []
    for demand in demands:
        approval = find_approval(case.question, facts, demand.accepts)
        if approval is None:
            needed.append(demand.needed)
        else:
            case.ends.append(approval.ends)
            case.approvals.append(approval.id)
    return tuple(needed)


class _Case(Struct, kw_only=True):
    """One likeness on its way through the steps, and what was found so far.

    `rounds` is set where the end of a yes must not tell a birth date.
    """

    question: Question
    rounds: bool = False
    ends: list[datetime | None] = []
    deployment: Ruling = SILENCE
    own: Ruling = SILENCE
    approvals: list[str] = []

    def deny(self, reason: Reason, seen_as: Reason | None = None) -> PartyOutcome:
        """Say no."""
        return PartyOutcome(
            cameo_id=self.question.likeness.cameo_id,
            effect=Effect.DENY,
            reason=reason,
            could_change=COULD_CHANGE.get(reason.code),
            underlies=self.question.underlies,
            seen_as=seen_as,
        )

    def end(self) -> datetime | None:
        """Until when the yes surely stands."""
        end = earliest(self.ends)
        return rounded_down(end, self.question.now) if end is not None and self.rounds else end

    def conclude(
        self,
        basis: Basis,
        needed: tuple[ApprovalNeeded, ...],
        obligations: tuple[Obligation, ...],
    ) -> PartyOutcome:
        """Say yes, or whom to ask first."""
        reason = _approval_needed(needed) if needed else basis.reason
        if basis.approval is not None:
            self.approvals.append(basis.approval)
        return PartyOutcome(
            cameo_id=self.question.likeness.cameo_id,
            effect=Effect.NEEDS_APPROVAL if needed else Effect.PERMIT,
            reason=reason,
            grants=basis.licence.references() if basis.licence is not None else (),
            expires_at=self.end(),
            could_change=COULD_CHANGE.get(reason.code) if needed else None,
            obligations=obligations,
            approvals_needed=needed,
            approvals=tuple(sorted(set(self.approvals))) if self.approvals else (),
            underlies=self.question.underlies,
        )


_NOTHING_ALLOWS = "nothing allows this requester to use this likeness in this way"
_NO_BASIS = Reason(code=ReasonCode.NO_BASIS, step=6, message=_NOTHING_ALLOWS)


def _refusal(code: ReasonCode, step: int, message: str) -> Reason:
    return Reason(code=code, step=step, message=message)


def _approval_needed(needed: tuple[ApprovalNeeded, ...]) -> Reason:
    rules = tuple(sorted({rule for each in needed for rule in each.rules}))
    message = "somebody must approve this first"
    return Reason(code=ReasonCode.APPROVAL_NEEDED, step=9, message=message, rules=rules)
