"""The asker's side: ask, look, withdraw.

record, is_new = ask(tx, context, caller, Asked(request, None), "for a birthday film")
"""

from dataclasses import replace
from datetime import datetime

from cameo_service.access.asks import Ask, ask_document, ask_from, find_asks
from cameo_service.access.judging import Judgement, judge_for
from cameo_service.access.refusals import AlreadyPermitted, AskingInVain, TooManyAccessRequests
from cameo_service.access.states import Progress, closed
from cameo_service.callers import Caller
from cameo_service.consent.canonical import Asked, request_document
from cameo_service.context import Context
from cameo_service.errors import Unknown
from cameo_service.identifiers import new_id
from permissions.decision import COULD_CHANGE, CouldChange
from storage.contracts import Transaction
from storage.errors import NotFound
from storage.records import AccessRequestRecord, AccessState

ASKING_HELPS = frozenset({CouldChange.ASK_OWNER, CouldChange.ASK_APPROVAL})


def ask(
    tx: Transaction, context: Context, caller: Caller, asked: Asked, message: str
) -> tuple[AccessRequestRecord, bool]:
    """The pending request for what `asked` wants, and whether it is new or waits already.

    Raises `AlreadyPermitted`, `AskingInVain`, `TooManyAccessRequests`, and what
    `decisions.judge` raises for a question that this caller may not ask.
    """
    now = context.clock()
    judgement = judge_for(tx, caller, asked, now=now)
    asks = _require_askable(judgement)
    waiting = _waiting(tx, judgement, now=now)
    if waiting is not None:
        return waiting, False
    _require_room(tx, context, asked.request.requester, now=now)
    record = AccessRequestRecord(
        id=new_id("acr"),
        version=1,
        requester=asked.request.requester,
        created_by=caller.key_id,
        state=AccessState.PENDING,
        request=request_document(*asked),
        reference=_reference(judgement),
        message=message,
        asks=tuple(ask_document(each) for each in asks),
        asked=tuple(sorted({each.principal for each in asks})),
        created_at=now,
        updated_at=now,
        expires_at=now + context.settings.access_request_lifetime,
    )
    tx.access_requests.add(record)
    return record, True


def _require_askable(judgement: Judgement) -> tuple[Ask, ...]:
    """Whom to ask; raise where there is nothing to ask for, or nobody who could help.

    What is shown decides it, and not what is: whom an owner blocked sees no difference.
    """
    shown = judgement.shown
    if shown.permitted:
        raise AlreadyPermitted("the answer is yes already: nobody needs to be asked")
    asks = find_asks(judgement)
    if not asks or any(COULD_CHANGE.get(each.code) not in ASKING_HELPS for each in shown.reasons):
        raise AskingInVain(shown)
    return asks


def _waiting(tx: Transaction, judgement: Judgement, *, now: datetime) -> AccessRequestRecord | None:
    """The same request, if it waits for an answer; one that is overdue is written off."""
    record = tx.access_requests.pending(judgement.request.requester, _reference(judgement))
    if record is None or state_of(record, now=now) is AccessState.PENDING:
        return record
    close(tx, record, AccessState.EXPIRED, now=now)
    return None


def _reference(judgement: Judgement) -> str:
    reference = judgement.request.reference
    if reference is None:
        raise TypeError("the question was judged without its reference")
    return reference


def _require_room(tx: Transaction, context: Context, requester: str, *, now: datetime) -> None:
    most = context.settings.access_requests_pending
    if tx.access_requests.waiting(requester, now=now) >= most:
        raise TooManyAccessRequests(
            f"`{requester}` has {most} access requests that wait for an answer: withdraw some, or "
            "wait until they are answered"
        )


def state_of(record: AccessRequestRecord, *, now: datetime) -> AccessState:
    """The state, `expired` from the moment on that it is overdue."""
    if record.state is AccessState.PENDING and now >= record.expires_at:
        return AccessState.EXPIRED
    return record.state


def progress_of(record: AccessRequestRecord, *, now: datetime) -> Progress:
    """Where the request stands at `now`."""
    states = tuple(ask_from(document).state for document in record.asks)
    return Progress(asks=states, state=state_of(record, now=now))


def find(tx: Transaction, id: str) -> AccessRequestRecord:
    """The request with this id, for whoever it may be; raises `Unknown`."""
    try:
        return tx.access_requests.get(id)
    except NotFound:
        raise Unknown(f"there is no access request `{id}`") from None


def visible(tx: Transaction, caller: Caller, id: str) -> AccessRequestRecord:
    """The request, to who acts for its requester; else `Unknown`, whether it exists or not."""
    record = find(tx, id)
    if not caller.acts_for_principal(record.requester):
        raise Unknown(f"there is no access request `{id}`")
    return record


def of_requester(
    tx: Transaction, caller: Caller, requester: str, *, limit: int, after: str | None
) -> list[AccessRequestRecord]:
    """What `requester` asked for, in order of id, to who acts for it."""
    caller.require_acting_for(requester)
    return tx.access_requests.of(requester, limit=limit, after=after)


def withdraw(tx: Transaction, context: Context, caller: Caller, *, id: str) -> AccessRequestRecord:
    """End a pending request in its requester's name. Withdrawing again changes nothing.

    What was approved within it stands until its approver takes it back.
    """
    record = visible(tx, caller, id)
    if record.state is AccessState.WITHDRAWN:
        return record
    now = context.clock()
    closed(progress_of(record, now=now), AccessState.WITHDRAWN)
    return close(tx, record, AccessState.WITHDRAWN, now=now)


def close(
    tx: Transaction, record: AccessRequestRecord, state: AccessState, *, now: datetime
) -> AccessRequestRecord:
    """Write down that a stored request has ended unanswered."""
    standing = Progress(asks=(), state=record.state)
    return tx.access_requests.save(
        replace(record, state=closed(standing, state).state, updated_at=now)
    )


def sweep_overdue(tx: Transaction, *, now: datetime, limit: int = 100) -> int:
    """Write down that overdue requests have expired; return how many."""
    overdue = tx.access_requests.overdue(now=now, limit=limit)
    for record in overdue:
        close(tx, record, AccessState.EXPIRED, now=now)
    return len(overdue)
