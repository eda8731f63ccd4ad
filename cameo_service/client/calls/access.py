"""Access requests: asked, answered, withdrawn; and one-off approvals.

>>> list_asked_requests("user:ann").page().query["asked"]
'user:ann'
"""

from datetime import datetime
from typing import Any

from cameo_service.client.calls.call import Call, Listing, creation, get, post, reads, said
from cameo_service.client.forms.questions import ConsentRequest
from cameo_service.client.forms.sending import sent
from cameo_service.client.forms.terms import Terms
from cameo_service.client.results.access import (
    AccessRequest,
    Approval,
    AskedRequest,
    RevokedApproval,
)

PATH = "/v1/access-requests"


def request_access(
    request: ConsentRequest, *, message: str = "", idempotency_key: str | None = None
) -> Call[AccessRequest]:
    """Ask for what a decision did not permit. Those who are asked see it in their inbox.

    What waits already is returned as it is. `AskingInVain` where asking cannot change the answer.
    """
    return creation(
        PATH,
        body={"request": request.body(), "message": message},
        read=reads(AccessRequest),
        idempotency_key=idempotency_key,
        statuses=(201, 200),
    )


def list_access_requests(requester: str) -> Listing[AccessRequest]:
    """The requests that `requester` made."""
    return Listing(path=PATH, kind=AccessRequest, query={"requester": requester})


def list_asked_requests(
    asked: str, *, acting_as: str | None = None, pending: bool = True
) -> Listing[AskedRequest]:
    """The inbox of `asked`, a principal or `deployment`; decided ones too unless `pending`.

    `acting_as` is who reads it for somebody whom they represent.
    """
    query = said(asked=asked, acting_as=acting_as, pending=None if pending else "false")
    return Listing(path=f"{PATH}/inbox", kind=AskedRequest, query=query)


def get_access_request(id: str) -> Call[AccessRequest]:
    """An access request, for who made it."""
    return get(PATH, id, read=reads(AccessRequest))


def withdraw_access_request(id: str) -> Call[AccessRequest]:
    """End a request that waits for its answer."""
    return post(PATH, id, "withdraw", read=reads(AccessRequest), repeatable=True)


def approve_once(
    id: str,
    *,
    capacity: str,
    cameo_id: str | None = None,
    acting_as: str | None = None,
    note: str | None = None,
    not_after: datetime | None = None,
    idempotency_key: str | None = None,
) -> Call[AskedRequest]:
    """Say yes to exactly this request, for one use, until `not_after` (in 30 days).

    `capacity` is that of the ask that is answered: `owner`, `licensor` or `deployment`; `cameo_id`
    says for which likeness, where several can be meant. No permit comes from it: ask again.
    """
    answer = _answer(capacity, cameo_id, acting_as, note)
    body = {**answer, "manner": "once", **said(not_after=sent(not_after))}
    return _approval(id, body, idempotency_key)


def approve_by_grant(
    id: str,
    *,
    capacity: str,
    terms: Terms | None = None,
    cameo_id: str | None = None,
    acting_as: str | None = None,
    note: str | None = None,
    not_after: datetime | None = None,
    idempotency_key: str | None = None,
) -> Call[AskedRequest]:
    """Say yes by a grant: on `terms`, or on the narrowest that answer the request.

    `not_after` is for a grant without terms of its own. The rest is as in `approve_once`.
    """
    answer = _answer(capacity, cameo_id, acting_as, note)
    given = said(terms=sent(terms), not_after=sent(not_after))
    return _approval(id, {**answer, "manner": "grant", **given}, idempotency_key)


def deny_access_request(
    id: str,
    *,
    capacity: str,
    cameo_id: str | None = None,
    acting_as: str | None = None,
    note: str | None = None,
) -> Call[AskedRequest]:
    """Say no. One no ends the request."""
    body = _answer(capacity, cameo_id, acting_as, note)
    return post(PATH, id, "deny", body=body, read=reads(AskedRequest), repeatable=False)


def list_approvals(cameo_id: str) -> Listing[Approval]:
    """The one-off approvals on a cameo: all for the owner's side, an approver's own for others."""
    return Listing(path="/v1/approvals", kind=Approval, query={"cameo_id": cameo_id})


def get_approval(id: str) -> Call[Approval]:
    """A one-off approval, for its approver and the owner's side."""
    return get("/v1/approvals", id, read=reads(Approval))


def revoke_approval(id: str, *, acting_as: str | None = None) -> Call[RevokedApproval]:
    """Take a one-off approval back. When this returns, no decision rests on it any more."""
    body = said(acting_as=acting_as)
    return post(
        "/v1/approvals", id, "revoke", body=body, read=reads(RevokedApproval), repeatable=True
    )


def _answer(
    capacity: str, cameo_id: str | None, acting_as: str | None, note: str | None
) -> dict[str, Any]:
    return {"capacity": capacity, **said(cameo_id=cameo_id, acting_as=acting_as, note=note)}


def _approval(id: str, body: dict[str, Any], key: str | None) -> Call[AskedRequest]:
    return creation(
        PATH,
        id,
        "approve",
        body=body,
        read=reads(AskedRequest),
        idempotency_key=key,
        statuses=(200,),
    )
