"""The whole decision on a question, as those need it who find whom to ask and what to tell them.

What is in here is not for the requester: they are shown `judgement.shown`.

judgement = judge_anew(tx, request_from(record.request), now=now)
"""

from dataclasses import dataclass, replace
from datetime import datetime

from cameo_service.callers import Caller
from cameo_service.consent.canonical import Asked, reference_of
from cameo_service.consent.decisions import judge
from cameo_service.facts.reading import TransactionSource
from cameo_service.facts.source import facts_over
from permissions.decide import decide
from permissions.decision import Approver, Decision, Effect, PartyOutcome
from permissions.disclosure import requester_view
from permissions.facts import ApprovalFacts, Facts
from permissions.involved import find_involved
from permissions.request import ConsentRequest, Question
from storage.contracts import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """A decision, the facts that it was made from, and the question to each of its parties.

    `request` has the reference that one-off approvals are bound to now.
    """

    request: ConsentRequest
    facts: Facts
    decision: Decision
    parties: tuple[tuple[PartyOutcome, Question], ...]
    now: datetime

    @property
    def shown(self) -> Decision:
        """What the requester may read of the decision."""
        return requester_view(self.decision)

    def question_to(self, cameo_id: str) -> Question | None:
        """What is asked about this likeness, by the first way in which it is involved."""
        for party, question in self.parties:
            if party.cameo_id == cameo_id:
                return question
        return None

    def is_reviewed(self, cameo_id: str) -> bool:
        """Whether the owner wants to see every single use first, whoever holds a grant."""
        return any(
            needed.ask is Approver.OWNER
            for party, _ in self.parties
            if party.cameo_id == cameo_id and party.effect is Effect.NEEDS_APPROVAL
            for needed in party.approvals_needed
        )

    def with_approval(self, approval: ApprovalFacts) -> "Judgement":
        """What the answer would be if this approval stood as well."""
        facts = replace(self.facts, approvals=(*self.facts.approvals, approval))
        return _judgement(self.request, facts, decide(self.request, facts, now=self.now), self.now)


def judge_for(tx: Transaction, caller: Caller, asked: Asked, *, now: datetime) -> Judgement:
    """Decide for a caller that may ask this; what it may not, raises as `decisions.judge` says."""
    judged = judge(tx, caller, asked, now=now)
    # where nothing was ever approved, a decision does not look for the reference
    request = replace(judged.request, reference=reference_of(tx, *asked))
    return _judgement(request, judged.facts, judged.decision, now)


def judge_anew(tx: Transaction, asked: Asked, *, now: datetime) -> Judgement:
    """Decide what was asked before, for those who were asked for their yes."""
    request = replace(asked.request, reference=reference_of(tx, *asked))
    facts = facts_over(TransactionSource(tx, now), request.requester)
    return _judgement(request, facts, decide(request, facts, now=now), now)


def _judgement(
    request: ConsentRequest, facts: Facts, decision: Decision, now: datetime
) -> Judgement:
    parties: tuple[tuple[PartyOutcome, Question], ...] = ()
    if decision.parties:
        asked = find_involved(request, facts, now).questions
        parties = tuple(zip(decision.parties, asked, strict=True))
    return Judgement(request=request, facts=facts, decision=decision, parties=parties, now=now)
