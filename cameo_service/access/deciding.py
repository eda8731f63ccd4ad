"""The side of those who are asked: approve, once or by a grant, or deny.

record, ask = approve(tx, context, caller, id="acr_…", addressed=addressed, manner=Once())
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import NamedTuple

from cameo_service.access import approvals
from cameo_service.access.answering import who_answers
from cameo_service.access.asking import find, progress_of
from cameo_service.access.asks import Ask, ask_document, ask_from, is_licensable
from cameo_service.access.judging import Judgement, judge_anew
from cameo_service.access.narrowest import narrowest_terms
from cameo_service.access.refusals import QuestionChanged
from cameo_service.access.states import AskState, Progress, answered
from cameo_service.callers import Caller, Scope
from cameo_service.consent.canonical import request_from
from cameo_service.context import Context
from cameo_service.errors import Invalid, Unknown
from cameo_service.grants import offers
from cameo_service.grants.offers import Offer
from cameo_service.people.speaking import require_capacity
from permissions.decision import Approver
from permissions.facts import CameoStatus
from permissions.request import Question
from permissions.terms import Terms
from permissions.vocabulary import Principal
from storage.contracts import Transaction
from storage.records import AccessRequestRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class Addressed:
    """Which ask of a request is answered, and in whose name if not in that of the one asked."""

    of: Approver
    cameo_id: str | None = None
    acting_as: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Once:
    """A yes to exactly what was asked, for one use, until `not_after`."""

    not_after: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ByGrant:
    """A yes by a grant: on these terms, or on the narrowest that answer the request."""

    terms: Terms | None = None
    not_after: datetime | None = None


class Spoken(NamedTuple):
    """An ask that the caller may answer, its place in the request, and who speaks."""

    place: int
    ask: Ask
    speaker: Principal
    record: AccessRequestRecord
    judgement: Judgement


def approve(
    tx: Transaction,
    context: Context,
    caller: Caller,
    *,
    id: str,
    addressed: Addressed,
    manner: Once | ByGrant,
    note: str | None = None,
) -> tuple[AccessRequestRecord, Ask]:
    """Say yes to one ask. The request is approved once every ask is.

    No permit comes from here: the requester asks again, and whatever else stands against it
    stands. Raises `Unknown`, `RequestClosed`, `AlreadyDecided`, `QuestionChanged`,
    `GuardianNeeded`, `EstateNeeded`, `Invalid`, and what `offers.make` raises.
    """
    now = context.clock()
    spoken = _spoken(tx, caller, id, addressed, now=now)
    progress = answered(progress_of(spoken.record, now=now), spoken.place, AskState.APPROVED)
    if spoken.judgement.request.reference != spoken.record.reference:
        raise QuestionChanged("the draft has changed since: it has to be asked for again")
    _require_capacity(tx, spoken)
    if isinstance(manner, Once):
        given = _give_once(tx, caller, spoken, manner, now=now)
    else:
        given = _give_grant(tx, context, caller, spoken, manner, now=now)
    return _save(tx, spoken, given, progress, note=note, now=now)


def deny(
    tx: Transaction,
    context: Context,
    caller: Caller,
    *,
    id: str,
    addressed: Addressed,
    note: str | None = None,
) -> tuple[AccessRequestRecord, Ask]:
    """Say no to one ask, and so to the request. Raises as `approve` does.

    What others approved within it stands until they take it back. A minor may say no alone.
    """
    now = context.clock()
    spoken = _spoken(tx, caller, id, addressed, now=now)
    progress = answered(progress_of(spoken.record, now=now), spoken.place, AskState.DENIED)
    return _save(tx, spoken, spoken.ask, progress, note=note, now=now)


def _spoken(
    tx: Transaction, caller: Caller, id: str, addressed: Addressed, *, now: datetime
) -> Spoken:
    """The one ask that is meant; `Unknown` where this caller has none to answer."""
    if addressed.of is Approver.DEPLOYMENT:
        caller.require_scope(Scope.DEPLOYMENT_WRITE)
    record = find(tx, id)
    judgement = judge_anew(tx, request_from(record.request), now=now)
    found = []
    for index, document in enumerate(record.asks):
        ask = ask_from(document)
        if ask.of is not addressed.of or addressed.cameo_id not in {None, ask.cameo_id}:
            continue
        speaker = who_answers(tx, caller, ask, judgement, acting_as=addressed.acting_as)
        if speaker is not None:
            found.append(Spoken(index, ask, speaker, record, judgement))
    if not found:
        raise Unknown(f"there is no access request `{id}`")
    if len(found) > 1:
        raise Invalid(
            "ask_ambiguous",
            "more than one ask of this request could be meant: say `cameo_id` and `acting_as`",
        )
    return found[0]


def _require_capacity(tx: Transaction, spoken: Spoken) -> None:
    """Raise where an owner cannot say yes in person, being a minor or dead."""
    cameo = spoken.judgement.facts.cameos.get(spoken.ask.cameo_id)
    if cameo is not None:
        require_capacity(tx, cameo.owner, spoken.speaker)


def _give_once(
    tx: Transaction, caller: Caller, spoken: Spoken, manner: Once, *, now: datetime
) -> Ask:
    approval = approvals.give(
        tx,
        caller,
        record=spoken.record,
        cameo_id=spoken.ask.cameo_id,
        facets=spoken.ask.facets,
        approver=spoken.speaker,
        not_after=approvals.until(manner.not_after, now=now),
        now=now,
    )
    return replace(spoken.ask, approval_id=approval.id)


def _give_grant(
    tx: Transaction,
    context: Context,
    caller: Caller,
    spoken: Spoken,
    manner: ByGrant,
    *,
    now: datetime,
) -> Ask:
    question = _licensable(spoken)
    if manner.terms is None:
        terms = narrowest_terms(
            question,
            intended_use=spoken.record.message,
            not_after=approvals.until(manner.not_after, now=now),
        )
    else:
        # These can be wider than what was asked: that is licensing, and not only deciding.
        caller.require_scope(Scope.GRANTS_WRITE)
        terms = manner.terms
    if not terms.covers(question):
        raise Invalid("terms_too_narrow", "the terms do not cover what was asked for")
    grant = offers.make(
        tx,
        context,
        caller,
        Offer(
            cameo_id=spoken.ask.cameo_id,
            grantee=spoken.record.requester,
            terms=terms,
            acting_as=spoken.speaker,
            answers=spoken.record.id,
        ),
    )
    return replace(spoken.ask, grant_id=grant.id)


def _licensable(spoken: Spoken) -> Question:
    """What a grant would have to cover; raise `Invalid` where a grant is no answer.

    The same asks have no `grant_terms` in the inbox.
    """
    if not is_licensable(spoken.ask, spoken.judgement):
        raise Invalid("approve_once_only", "this can be approved once, not by a grant")
    question = spoken.judgement.question_to(spoken.ask.cameo_id)
    if question is None:
        raise QuestionChanged("this likeness is no part of what is asked for any more")
    return question


def _save(
    tx: Transaction,
    spoken: Spoken,
    ask: Ask,
    progress: Progress,
    *,
    note: str | None,
    now: datetime,
) -> tuple[AccessRequestRecord, Ask]:
    record = spoken.record
    decided = replace(
        ask,
        state=progress.asks[spoken.place],
        decided_by=spoken.speaker,
        decided_at=now,
        note=None if _is_erased(spoken) else note,
    )
    asks = list(record.asks)
    asks[spoken.place] = ask_document(decided)
    saved = tx.access_requests.save(
        replace(record, asks=tuple(asks), state=progress.state, updated_at=now)
    )
    return saved, decided


def _is_erased(spoken: Spoken) -> bool:
    """Whether of this cameo no words are kept any more."""
    cameo = spoken.judgement.facts.cameos.get(spoken.ask.cameo_id)
    return cameo is not None and cameo.status is CameoStatus.ERASED
