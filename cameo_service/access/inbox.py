"""What those who are asked get to see: the request, and what their yes would and would not change.

page = inbox(tx, context, caller, query)
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from msgspec.structs import replace

from cameo_service.access.answering import who_answers
from cameo_service.access.approvals import USUAL
from cameo_service.access.asking import state_of
from cameo_service.access.asks import Ask, ask_from, is_licensable
from cameo_service.access.judging import Judgement, judge_anew
from cameo_service.access.narrowest import narrowest_terms
from cameo_service.access.states import AskState
from cameo_service.callers import Caller, Scope
from cameo_service.consent.canonical import request_from
from cameo_service.context import Context
from cameo_service.errors import NotActingFor
from cameo_service.people.speaking import speaker_for
from permissions.decision import Approver, Effect, PartyOutcome, Reason
from permissions.disclosure import NOT_PERMITTED
from permissions.facts import ApprovalFacts
from permissions.terms import Terms
from permissions.vocabulary import DEPLOYMENT, Action, Facet, Principal
from storage.contracts import Transaction
from storage.records import AccessRequestRecord, AccessState

AT_ONCE = 100
OWNERS_STEPS = (5, 6)
DEPLOYMENTS_STEPS = (4,)
"""The steps of the decision procedure whose rules are those of the owner, of the deployment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the decision says of one likeness, for one who may know why."""

    effect: Effect
    reason: Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class AskView:
    """An ask, the answer on its likeness now, and what it would be once this ask is approved.

    `grant_terms` are those of a grant that is made without others. All are None once the ask or
    the request is decided.
    """

    ask: Ask
    now: Answer | None = None
    once_approved: Answer | None = None
    grant_terms: Terms | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ApproverView:
    """A request as one of those who are asked sees it: with their own asks only."""

    record: AccessRequestRecord
    state: AccessState
    asks: tuple[AskView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxQuery:
    """Whose inbox, in whose name if not their own, and which part of it."""

    asked: str
    acting_as: str | None
    pending: bool
    limit: int
    after: str | None


def inbox(
    tx: Transaction, context: Context, caller: Caller, query: InboxQuery
) -> list[ApproverView]:
    """At most `limit` requests that ask this party, in order of id. Raises `NotActingFor`."""
    now = context.clock()
    _require_reader(tx, caller, query, now=now)
    page: list[ApproverView] = []
    for record in _records(tx, query, now=now):
        view = approver_view(
            tx, caller, record, asked=query.asked, acting_as=query.acting_as, now=now
        )
        if view is not None:
            page.append(view)
        if len(page) == query.limit:
            break
    return page


def _require_reader(tx: Transaction, caller: Caller, query: InboxQuery, *, now: datetime) -> None:
    """Raise unless the inbox is the caller's, or of somebody whom one it acts for represents."""
    if query.asked == DEPLOYMENT:
        caller.require_scope(Scope.DEPLOYMENT_WRITE)
        return
    reader = query.acting_as or query.asked
    caller.require_acting_for(reader)
    if speaker_for(tx, query.asked, reader, now=now) is None:
        raise NotActingFor(f"`{reader}` does not represent `{query.asked}`")


def _records(tx: Transaction, query: InboxQuery, *, now: datetime) -> Iterator[AccessRequestRecord]:
    """Everything behind the cursor that may be seen: the rest must not shorten a page."""
    blocked = tx.blocks.all_of(query.asked)
    after = query.after
    while True:
        batch = tx.access_requests.to(
            query.asked, pending=query.pending, limit=AT_ONCE, after=after
        )
        for record in batch:
            overdue = query.pending and state_of(record, now=now) is not AccessState.PENDING
            if record.requester not in blocked and not overdue:
                yield record
        if len(batch) < AT_ONCE:
            return
        after = batch[-1].id


def approver_view(
    tx: Transaction,
    caller: Caller,
    record: AccessRequestRecord,
    *,
    asked: str,
    acting_as: str | None,
    now: datetime,
) -> ApproverView | None:
    """The request with the asks of `asked` that this caller may answer; None without any."""
    state = state_of(record, now=now)
    judgement = judge_anew(tx, request_from(record.request), now=now)
    asks = []
    for ask in map(ask_from, record.asks):
        if ask.principal != asked:
            continue
        speaker = who_answers(tx, caller, ask, judgement, acting_as=acting_as)
        if speaker is None:
            continue
        waits = state is AccessState.PENDING and ask.state is AskState.PENDING
        asks.append(_explained(ask, speaker, record, judgement) if waits else AskView(ask=ask))
    return ApproverView(record=record, state=state, asks=tuple(asks)) if asks else None


def _explained(
    ask: Ask, speaker: Principal, record: AccessRequestRecord, judgement: Judgement
) -> AskView:
    approval = ApprovalFacts(
        id="if approved",
        cameo_id=ask.cameo_id,
        approver=speaker,
        requester=Principal(record.requester),
        action=Action(record.request["action"]),
        facets=frozenset(Facet(facet) for facet in ask.facets),
        reference=record.reference,
        not_after=judgement.now + timedelta(days=1),
    )
    return AskView(
        ask=ask,
        now=_answer(ask, judgement),
        once_approved=_answer(ask, judgement.with_approval(approval)),
        grant_terms=_grant_terms(ask, record, judgement),
    )


def _answer(ask: Ask, judgement: Judgement) -> Answer:
    """The least permissive answer on this likeness, in the words that its reader may read.

    A licensor knows of the owner's rules no more than the requester does. What stands against the
    requester, or the request as a whole, is not told: only that something does.
    """
    if ask.of is Approver.LICENSOR:
        outcomes = [each for each in judgement.shown.parties if each.cameo_id in ask.likenesses]
    else:
        outcomes = [each for each, _ in judgement.parties if each.cameo_id == ask.cameo_id]
    if not outcomes:
        return Answer(effect=Effect.DENY, reason=NOT_PERMITTED)
    worst = min(outcomes, key=lambda each: list(Effect).index(each.effect))
    return Answer(effect=worst.effect, reason=_told(ask, worst))


def _told(ask: Ask, outcome: PartyOutcome) -> Reason:
    """The reason, with those rules only that are the reader's own."""
    reason = outcome.reason
    if outcome.approvals_needed:
        own = [each.rules for each in outcome.approvals_needed if each.ask is ask.of]
        return replace(reason, rules=tuple(sorted({rule for rules in own for rule in rules})))
    steps = {Approver.OWNER: OWNERS_STEPS, Approver.DEPLOYMENT: DEPLOYMENTS_STEPS}
    return reason if reason.step in steps.get(ask.of, ()) else replace(reason, rules=(), grants=())


def _grant_terms(ask: Ask, record: AccessRequestRecord, judgement: Judgement) -> Terms | None:
    question = judgement.question_to(ask.cameo_id)
    if question is None or not is_licensable(ask, judgement):
        return None
    return narrowest_terms(question, intended_use=record.message, not_after=judgement.now + USUAL)
