"""Access requests and one-off approvals over HTTP.

app.include_router(router)
"""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response

from cameo_service import access
from cameo_service.access import approvals
from cameo_service.access.inbox import ApproverView, AskView
from cameo_service.callers import Caller, Scope
from cameo_service.consent.canonical import Asked
from cameo_service.idempotency import Answer
from cameo_service.routes.dependencies import ContextOf, CreationOf, caller_with
from cameo_service.routes.schemas.access import (
    AccessIn,
    AccessQuery,
    AccessRequestOut,
    ActingIn,
    ApproveIn,
    AskedRequestOut,
    DenyIn,
    InboxPageQuery,
)
from cameo_service.routes.schemas.approvals import ApprovalOut, ApprovalQuery, ApprovalRevoked
from cameo_service.routes.schemas.common import Page
from storage.contracts import Transaction

router = APIRouter(prefix="/v1", tags=["access"])

Asking = Annotated[Caller, Depends(caller_with(Scope.ACCESS_REQUEST))]
Deciding = Annotated[Caller, Depends(caller_with(Scope.ACCESS_DECIDE))]


@router.post(
    "/access-requests",
    status_code=201,
    response_model=AccessRequestOut,
    responses={200: {"model": AccessRequestOut, "description": "This waits already."}},
    operation_id="requestAccess",
)
def request_access(
    body: AccessIn, context: ContextOf, caller: Asking, creation: CreationOf
) -> Response:
    """Ask for what a decision did not permit. Those who are asked see it in their inbox.

    409 where the answer is yes already, 422 with the decision where asking cannot change it. The
    same question that waits for an answer already is returned with 200.
    """

    def produce(tx: Transaction) -> Answer:
        asked = Asked(body.request.to_request(), body.request.draft)
        record, is_new = access.ask(tx, context, caller, asked, body.message)
        shown = AccessRequestOut.of(record, now=context.clock())
        return Answer(status=201 if is_new else 200, body=shown.model_dump_json().encode())

    def repeat(tx: Transaction, answer: bytes) -> AccessRequestOut:
        id = AccessRequestOut.model_validate_json(answer).id
        return AccessRequestOut.of(access.visible(tx, caller, id), now=context.clock())

    return creation.run(caller, produce, repeat=repeat)


@router.get("/access-requests", operation_id="listAccessRequests")
def list_access_requests(
    context: ContextOf, caller: Asking, query: Annotated[AccessQuery, Query()]
) -> Page[AccessRequestOut]:
    """The requests that `requester` made."""
    now = context.clock()
    with context.store.read() as tx:
        records = access.of_requester(
            tx, caller, query.requester, limit=query.limit + 1, after=query.after
        )
    return Page[AccessRequestOut].of(
        records,
        query,
        shown=lambda record: AccessRequestOut.of(record, now=now),
        cursor=lambda record: record.id,
    )


@router.get("/access-requests/inbox", operation_id="listAskedRequests")
def list_asked_requests(
    context: ContextOf, caller: Deciding, query: Annotated[InboxPageQuery, Query()]
) -> Page[AskedRequestOut]:
    """The inbox of `asked`: the requests that ask this party, with their own asks only.

    That of `deployment` needs `deployment:write` besides.
    """
    wanted = access.InboxQuery(
        asked=query.asked,
        acting_as=query.acting_as,
        pending=query.pending,
        limit=query.limit + 1,
        after=query.after,
    )
    with context.store.read() as tx:
        views = access.inbox(tx, context, caller, wanted)
    return Page[AskedRequestOut].of(
        views, query, shown=AskedRequestOut.of, cursor=lambda view: view.record.id
    )


@router.get("/access-requests/{id}", operation_id="getAccessRequest")
def get_access_request(id: str, context: ContextOf, caller: Asking) -> AccessRequestOut:
    """An access request, for who made it."""
    with context.store.read() as tx:
        return AccessRequestOut.of(access.visible(tx, caller, id), now=context.clock())


@router.post("/access-requests/{id}/withdraw", operation_id="withdrawAccessRequest")
def withdraw_access_request(id: str, context: ContextOf, caller: Asking) -> AccessRequestOut:
    """End a request that waits for its answer."""
    with context.store.write() as tx:
        record = access.withdraw(tx, context, caller, id=id)
    return AccessRequestOut.of(record, now=context.clock())


@router.post(
    "/access-requests/{id}/approve",
    response_model=AskedRequestOut,
    operation_id="approveAccessRequest",
)
def approve_access_request(
    id: str, body: ApproveIn, context: ContextOf, caller: Deciding, creation: CreationOf
) -> Response:
    """Say yes, once or by a grant. No permit comes from this: the requester asks again."""

    def produce(tx: Transaction) -> Answer:
        record, ask = access.approve(
            tx,
            context,
            caller,
            id=id,
            addressed=body.to_addressed(),
            manner=body.to_manner(),
            note=body.note,
        )
        view = ApproverView(record=record, state=record.state, asks=(AskView(ask=ask),))
        return Answer(status=200, body=AskedRequestOut.of(view).model_dump_json().encode())

    return creation.run(caller, produce)


@router.post("/access-requests/{id}/deny", operation_id="denyAccessRequest")
def deny_access_request(
    id: str, body: DenyIn, context: ContextOf, caller: Deciding
) -> AskedRequestOut:
    """Say no. One no ends the request."""
    with context.store.write() as tx:
        record, ask = access.deny(
            tx, context, caller, id=id, addressed=body.to_addressed(), note=body.note
        )
    return AskedRequestOut.of(
        ApproverView(record=record, state=record.state, asks=(AskView(ask=ask),))
    )


@router.get("/approvals", operation_id="listApprovals")
def list_approvals(
    context: ContextOf, caller: Deciding, query: Annotated[ApprovalQuery, Query()]
) -> Page[ApprovalOut]:
    """The one-off approvals on a cameo: all for the owner's side, an approver's own for others.

    What the deployment approved needs `deployment:write`.
    """
    with context.store.read() as tx:
        found = approvals.of_cameo(
            tx,
            caller,
            query.cameo_id,
            limit=query.limit + 1,
            after=query.after,
            now=context.clock(),
        )
    return Page[ApprovalOut].of(found, query, shown=ApprovalOut.of, cursor=lambda seen: seen[0].id)


@router.get("/approvals/{id}", operation_id="getApproval")
def get_approval(id: str, context: ContextOf, caller: Deciding) -> ApprovalOut:
    """A one-off approval, for its approver and the owner's side."""
    with context.store.read() as tx:
        return ApprovalOut.of(approvals.visible(tx, caller, id, now=context.clock()))


@router.post("/approvals/{id}/revoke", operation_id="revokeApproval")
def revoke_approval(
    id: str, context: ContextOf, caller: Deciding, body: ActingIn | None = None
) -> ApprovalRevoked:
    """Take a one-off approval back. When this answers, no decision rests on it any more."""
    acting_as = body.acting_as if body is not None else None
    with context.store.write() as tx:
        record, permits = approvals.revoke(tx, context, caller, id=id, acting_as=acting_as)
    return ApprovalRevoked.of(record, permits)
