"""The draft *Access Request and Approval*: what is asked for after a denial becomes a task.

A task is an access request of this service, in the draft's words. It grants nothing: once it is
approved, the asker evaluates again, and the answer rests on what was approved. What is approved is
found by the question itself, so a `context.approval` that comes with it is not needed and ignored.

    record, is_new = submit(tx, context, caller, submission, seal=seal)
    task_document(tx, record, base=context.settings.issuer, now=now)
"""

from datetime import datetime
from types import MappingProxyType
from typing import Any

import msgspec

from cameo_service import access
from cameo_service.access.asks import ask_from
from cameo_service.access.refusals import AlreadyPermitted, AskingInVain, RequestClosed
from cameo_service.authzen.binding import PURPOSE, binding_digest
from cameo_service.authzen.decisions import moment
from cameo_service.authzen.mapping import Posed, pose
from cameo_service.authzen.metadata import REQUESTS
from cameo_service.authzen.reading import ActionIn, EvaluationIn, Form, ResourceIn, SubjectIn
from cameo_service.authzen.refusals import BadRequest, TaskRefused
from cameo_service.authzen.sealing import Ended, NotOurs, Seal
from cameo_service.authzen.vocabulary import principal_of
from cameo_service.callers import Caller
from cameo_service.consent.canonical import Asked
from cameo_service.context import Context
from cameo_service.errors import Invalid, Unknown, WrongState
from storage.contracts import Transaction
from storage.records import AccessRequestRecord, AccessState

MOST_JUSTIFICATION = 1_000
FOR_EVER = "9999-12-31T23:59:59Z"
"""`approved_until` of a grant without an end: the draft demands one."""

STATUS_OF = MappingProxyType(
    {
        AccessState.PENDING: "pending",
        AccessState.APPROVED: "approved",
        AccessState.DENIED: "denied",
        AccessState.EXPIRED: "expired",
        AccessState.WITHDRAWN: "cancelled",
    }
)


class DenialIn(Form, frozen=True, kw_only=True):
    """What of the denial is sent back."""

    expires_at: str
    binding_token: str | msgspec.UnsetType = msgspec.UNSET


class SubmissionIn(Form, frozen=True, kw_only=True):
    """An access request: the denied question, the denial's binding, and what it is for."""

    subject: SubjectIn
    action: ActionIn
    resource: ResourceIn
    denial: DenialIn
    context: dict[str, Any] = msgspec.field(default_factory=dict)
    requested_access: dict[str, Any] = msgspec.field(default_factory=dict)
    client: dict[str, Any] = msgspec.field(default_factory=dict)
    items: object = msgspec.UNSET
    callback: object = msgspec.UNSET

    @property
    def evaluation(self) -> EvaluationIn:
        """The question that was denied."""
        return EvaluationIn(
            subject=self.subject, action=self.action, resource=self.resource, context=self.context
        )


def submit(
    tx: Transaction, context: Context, caller: Caller, submission: SubmissionIn, *, seal: Seal
) -> tuple[AccessRequestRecord, bool]:
    """The access request that waits now, and whether it is new.

    Raises `BadRequest`, `TaskRefused`, `NotActingFor` and `TooManyAccessRequests`.
    """
    _refuse_what_is_not_offered(submission)
    _verify_actor(caller, submission.client)
    message = _justification(submission.context)
    posed = pose(submission.evaluation)
    _verify_binding(submission, seal=seal, owner=caller.key_id, now=context.clock())
    if not isinstance(posed, Posed):
        raise TaskRefused("invalid_denial_binding", "the question is not one that was denied so")
    try:
        return access.ask(tx, context, caller, Asked(posed.request, posed.draft), message)
    except (AlreadyPermitted, AskingInVain, Invalid, Unknown, WrongState) as error:
        raise TaskRefused("not_requestable", str(error)) from None


def _verify_binding(submission: SubmissionIn, *, seal: Seal, owner: str, now: datetime) -> None:
    """Raise `TaskRefused` unless this very question was denied to this caller, not long ago."""
    denial = submission.denial
    if denial.binding_token is msgspec.UNSET:
        raise TaskRefused("invalid_denial_binding", "the denial lacks its `binding_token`")
    try:
        claims = seal.open(PURPOSE, denial.binding_token, owner=owner, now=now)
    except NotOurs:
        message = "the `binding_token` is not one that this caller was given"
        raise TaskRefused("invalid_denial_binding", message) from None
    except Ended:
        raise TaskRefused("expired_denial", "the denial is too long ago: evaluate again") from None
    if claims["denial_expires_at"] != denial.expires_at:
        raise TaskRefused("invalid_denial_binding", "`denial.expires_at` is not the denial's")
    if claims["binding_hash"] != binding_digest(submission.evaluation):
        message = "the `binding_token` belongs to another question"
        raise TaskRefused("invalid_denial_binding", message)


def _refuse_what_is_not_offered(submission: SubmissionIn) -> None:
    for name in ("items", "callback"):
        if getattr(submission, name) is not msgspec.UNSET:
            raise BadRequest("not_offered", f"`{name}` is not offered here: leave it out")


def _verify_actor(caller: Caller, client: dict[str, Any]) -> None:
    """An actor that is named must be one that the caller's key may speak for, and stand alone."""
    if "actor" not in client:
        return
    actor = client["actor"]
    if not isinstance(actor, dict) or not isinstance(actor.get("id"), str):
        raise BadRequest("invalid_request", "`client.actor` must be an object with an `id`")
    principal = principal_of(str(actor.get("type")), actor["id"])
    known = principal is not None and caller.acts_for_principal(principal)
    if not known or "act" in actor or "issuer" in actor:
        raise BadRequest("actor_unverified", "the key does not prove `client.actor`")


def _justification(context: dict[str, Any]) -> str:
    """What those who are asked are told: `context.business_justification`."""
    text = context.get("business_justification", "")
    if not isinstance(text, str) or len(text) > MOST_JUSTIFICATION or "\0" in text:
        message = f"must be text of {MOST_JUSTIFICATION} characters at most"
        raise BadRequest("invalid_request", f"`context.business_justification` {message}")
    return text


def find_task(tx: Transaction, caller: Caller, id: str) -> AccessRequestRecord:
    """The task, for who acts for its subject; raises `TaskRefused` for all others."""
    try:
        return access.visible(tx, caller, id)
    except Unknown:
        raise TaskRefused("unknown_task", "there is no such task") from None


def cancel(tx: Transaction, context: Context, caller: Caller, id: str) -> AccessRequestRecord:
    """Cancel a task that is pending. Raises `TaskRefused`."""
    record = find_task(tx, caller, id)
    state = access.state_of(record, now=context.clock())
    if state is not AccessState.PENDING:
        raise TaskRefused("invalid_task_state", f"the task is `{STATUS_OF[state]}`")
    try:
        return access.withdraw(tx, context, caller, id=id)
    except RequestClosed as error:
        raise TaskRefused("invalid_task_state", str(error)) from None


def task_document(
    tx: Transaction, record: AccessRequestRecord, *, base: str, now: datetime
) -> dict[str, Any]:
    """The task, and the result of one that was approved."""
    state = access.state_of(record, now=now)
    address = f"{base}{REQUESTS}/{record.id}"
    task: dict[str, Any] = {
        "id": record.id,
        "status": STATUS_OF[state],
        "status_endpoint": address,
    }
    if state is AccessState.PENDING:
        task["links"] = {"cancel": f"{address}/cancel"}
    if state is not AccessState.APPROVED:
        return {"task": task}
    return {"task": task, "result": {"mode": "reevaluate", "approval": _approval(tx, record)}}


def _approval(tx: Transaction, record: AccessRequestRecord) -> dict[str, Any]:
    """What was approved: when the last of those asked said yes, until the first of it ends."""
    asks = [ask_from(document) for document in record.asks]
    ends = [tx.approvals.get(ask.approval_id).not_after for ask in asks if ask.approval_id]
    for ask in asks:
        if ask.grant_id is not None:
            not_after = tx.grants.get(ask.grant_id).terms.get("not_after")
            ends += [] if not_after is None else [datetime.fromisoformat(not_after)]
    decided = [ask.decided_at for ask in asks if ask.decided_at is not None]
    approval = {"id": record.id, "approved_until": moment(min(ends)) if ends else FOR_EVER}
    return {**approval, "approved_at": moment(max(decided))} if decided else approval
