"""Access requests in the form of AuthZEN's draft, over HTTP. Errors are the draft's problems.

app.include_router(router)
"""

import hashlib
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import JSONResponse

from cameo_service.authzen.desk import seal_of
from cameo_service.authzen.metadata import REQUESTS
from cameo_service.authzen.reading import read
from cameo_service.authzen.refusals import BadRequest, TaskRefused
from cameo_service.authzen.tasks import SubmissionIn, cancel, find_task, submit, task_document
from cameo_service.callers import Caller, Scope
from cameo_service.context import Context
from cameo_service.errors import IdempotencyMismatch
from cameo_service.idempotency import Answer, RepeatableRequest, once
from cameo_service.problems import problem
from cameo_service.routes.dependencies import BearerToken, ContextOf, caller_with, raw_body
from storage.contracts import Transaction

router = APIRouter(prefix=REQUESTS, tags=["authzen"])

Asking = Annotated[Caller, Depends(caller_with(Scope.ACCESS_REQUEST))]
RawBody = Annotated[bytes, Depends(raw_body)]

LONGEST_KEY = 200
POLL_AFTER_S = "5"
_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": {"type": "object"}}},
    }
}


@router.post(
    "",
    status_code=202,
    operation_id="authzenRequestAccess",
    response_model=dict[str, Any],
    openapi_extra=_BODY,
)
def request_access(
    request: Request, body: RawBody, context: ContextOf, caller: Asking, token: BearerToken
) -> Response:
    """AuthZEN *Access Request and Approval* (a draft): ask for what an evaluation denied.

    The body has the denied question (`subject`, `action`, `resource`, `context`) and `denial` with
    `expires_at` and `binding_token` of its `context.access_request`. What
    `context.business_justification` says is shown to those who are asked. `items` and `callback`
    are not offered. The same body again gets the same task; so does the same `Idempotency-Key`.
    """
    try:
        submission = read(body, request.headers.get("content-type"), SubmissionIn)
        repeatable = _repeatable(request, body, caller, token, submission)
        with context.store.write() as tx:
            answer = once(
                tx,
                repeatable,
                produce=lambda: _submitted(tx, context, caller, submission),
                repeat=lambda earlier: _again(tx, context, caller, earlier),
                now=context.clock(),
            )
    except IdempotencyMismatch as error:
        return _refused(request, TaskRefused("duplicate_request", str(error)))
    except TaskRefused as error:
        return _refused(request, error)
    location = msgspec.json.decode(answer.body)["task"]["status_endpoint"]
    return Response(
        answer.body, answer.status, headers={"Location": location}, media_type="application/json"
    )


@router.get("/{id}", operation_id="authzenGetTask", response_model=dict[str, Any])
def get_task(id: str, request: Request, context: ContextOf, caller: Asking) -> Response:
    """AuthZEN *Access Request and Approval* (a draft): where a task stands.

    `pending`, `approved`, `denied`, `expired` or `cancelled`. Approved is not permitted: evaluate
    again.
    """
    try:
        with context.store.read() as tx:
            document = _document(tx, context, find_task(tx, caller, id).id, caller)
    except TaskRefused as error:
        return _refused(request, error)
    headers = {"Retry-After": POLL_AFTER_S} if document["task"]["status"] == "pending" else {}
    return JSONResponse(document, headers=headers)


@router.post("/{id}/cancel", operation_id="authzenCancelTask", response_model=dict[str, Any])
def cancel_task(id: str, request: Request, context: ContextOf, caller: Asking) -> Response:
    """AuthZEN *Access Request and Approval* (a draft): end a task that is pending."""
    try:
        with context.store.write() as tx:
            document = _document(tx, context, cancel(tx, context, caller, id).id, caller)
    except TaskRefused as error:
        return _refused(request, error)
    return JSONResponse(document)


def _submitted(
    tx: Transaction, context: Context, caller: Caller, submission: SubmissionIn
) -> Answer:
    record, _ = submit(tx, context, caller, submission, seal=seal_of(context))
    document = task_document(tx, record, base=context.settings.issuer, now=context.clock())
    return Answer(status=202, body=msgspec.json.encode(document))


def _again(tx: Transaction, context: Context, caller: Caller, earlier: Answer) -> Answer:
    """The same task, as it stands now."""
    id = msgspec.json.decode(earlier.body)["task"]["id"]
    return Answer(status=202, body=msgspec.json.encode(_document(tx, context, id, caller)))


def _document(tx: Transaction, context: Context, id: str, caller: Caller) -> dict[str, Any]:
    record = find_task(tx, caller, id)
    return task_document(tx, record, base=context.settings.issuer, now=context.clock())


def _repeatable(
    request: Request, body: bytes, caller: Caller, token: str, submission: SubmissionIn
) -> RepeatableRequest:
    """A binding token is good for one submission, with or without a key of the caller's own."""
    key = request.headers.get("idempotency-key")
    if key is not None and not 1 <= len(key) <= LONGEST_KEY:
        message = f"`Idempotency-Key` must have 1 to {LONGEST_KEY} characters"
        raise BadRequest("invalid_request", message)
    bound = str(submission.denial.binding_token).encode()
    return RepeatableRequest(
        caller=caller.key_id,
        api_key=token,
        key=key or f"denial:{hashlib.sha256(bound).hexdigest()}",
        method="POST",
        path=request.url.path,
        body=body,
    )


def _refused(request: Request, error: TaskRefused) -> Response:
    return problem(
        request, error.status, code=error.code, detail=str(error), extra={"type": error.type}
    )
