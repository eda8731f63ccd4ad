"""Permits over HTTP: issued, looked at, given back; and the status lists, which are public.

app.include_router(router)
"""

from typing import Annotated

from fastapi import APIRouter, Body, Depends, Request, Response
from fastapi.responses import JSONResponse

from cameo_service.callers import Caller, Scope
from cameo_service.consent.canonical import Asked
from cameo_service.consent.questions import ConsentIn
from cameo_service.permits import issuing
from cameo_service.permits.introspection import introspect
from cameo_service.permits.issuing import ConsentDenied
from cameo_service.permits.status_lists import MEDIA_TYPE, StatusLists
from cameo_service.routes.dependencies import ContextOf, CreationOf, caller_with
from cameo_service.routes.schemas.permits import (
    IntrospectIn,
    IntrospectionOut,
    PermitOut,
    PermitReleased,
    introspection_document,
)
from storage.contracts import Transaction

router = APIRouter(prefix="/v1", tags=["permits"])

Issuing = Annotated[Caller, Depends(caller_with(Scope.PERMITS_ISSUE))]
Introspecting = Annotated[Caller, Depends(caller_with(Scope.PERMITS_INTROSPECT))]


@router.post("/permits", status_code=201, response_model=PermitOut, operation_id="issuePermit")
def issue_permit(
    body: Annotated[ConsentIn, Body()], context: ContextOf, caller: Issuing, creation: CreationOf
) -> Response:
    """The question of a check; a yes comes signed, for this caller alone. A no is a 403 with why.

    A permit is for one use. It reserves one of every counted grant and the one-off approvals that
    it rests on until it is used, given back or over. A repeat under the same idempotency key gets
    the same permit while that lives. Once it has ended, or its key was withdrawn, the repeat is a
    new question.
    """
    asked = Asked(body.to_request(), body.draft)

    def produce(tx: Transaction) -> PermitOut:
        return PermitOut.of(issuing.issue(tx, context, caller, asked))

    def repeat(tx: Transaction, answer: bytes) -> PermitOut | None:
        issued = PermitOut.model_validate_json(answer)
        if not issuing.lives(tx.permits.get(issued.id), now=context.clock()):
            return None
        if not issuing.is_believed(context, issued.permit):
            # what it reserves is for the one that follows
            issuing.release(tx, context, caller, id=issued.id)
            return None
        return issued

    try:
        return creation.run(caller, produce, repeat=repeat)
    except ConsentDenied as denied:
        issuing.note_refusal(context, caller, asked, denied)
        raise


@router.post(
    "/permits/introspect", response_model=IntrospectionOut, operation_id="introspectPermit"
)
def introspect_permit(
    body: IntrospectIn, context: ContextOf, caller: Introspecting
) -> JSONResponse:
    """Whether a permit is good now, for whom it was issued to. All others learn nothing."""
    with context.store.read() as tx:
        found = introspect(tx, context, caller, body.permit)
    return JSONResponse(introspection_document(found))


@router.post("/permits/{id}/release", operation_id="releasePermit")
def release_permit(id: str, context: ContextOf, caller: Issuing) -> PermitReleased:
    """Give a permit back unused. What it reserved is free at once."""
    with context.store.write() as tx:
        return PermitReleased.of(issuing.release(tx, context, caller, id=id))


@router.get(
    "/status-lists/{number}",
    operation_id="getStatusList",
    response_class=Response,
    responses={200: {"content": {MEDIA_TYPE: {"schema": {"type": "string"}}}}},
)
def get_status_list(number: int, request: Request, context: ContextOf) -> Response:
    """Which permits were revoked: a signed status list (draft-ietf-oauth-status-list), public.

    A bit is 1 where the permit with this index was revoked before it expired. Keep a copy no
    longer than its `ttl`.
    """
    lists: StatusLists = request.app.state.status_lists
    signed = lists.get(context, number)
    fresh_for = signed.fresh_for(context.clock())
    return Response(
        signed.token,
        media_type=MEDIA_TYPE,
        headers={"Cache-Control": f"public, max-age={fresh_for}"},
    )
