"""Access requests, as their askers and as those who are asked see them; one-off approvals.

for request in client.list_asked_requests("user:ann"):
    print(request.message, [ask.once_approved for ask in request.asks])
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cameo_service.client.documents import Moment
from cameo_service.client.forms.terms import Terms
from cameo_service.client.results.explanations import ExplainedReason


@dataclass(frozen=True, slots=True, kw_only=True)
class LikenessStatus:
    """What was said of one likeness."""

    cameo_id: str
    status: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessRequest:
    """An access request as its asker sees it.

    `status` is `pending`, `approved`, `denied`, `expired` or `withdrawn`; `request` the question.
    """

    id: str
    status: str
    requester: str
    request: Mapping[str, Any]
    message: str
    likenesses: tuple[LikenessStatus, ...]
    created_at: Moment
    updated_at: Moment
    expires_at: Moment


@dataclass(frozen=True, slots=True, kw_only=True)
class AskAnswer:
    """What the decision says of the likeness."""

    effect: str
    reason: ExplainedReason


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """One ask. `once_approved` is what the answer would be then: a yes does not lift every no.

    `capacity` is that in which `principal` is asked: `owner`, `licensor` or `deployment`.
    `grant_terms` are those of a grant that is made in answer without terms of its own.
    """

    capacity: str
    cameo_id: str
    principal: str
    facets: tuple[str, ...]
    status: str
    now: AskAnswer | None
    once_approved: AskAnswer | None
    grant_terms: Terms | None
    decided_by: str | None
    decided_at: Moment | None
    note: str | None
    approval_id: str | None
    grant_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedRequest:
    """An access request as one of those who are asked sees it: with their own asks only."""

    id: str
    status: str
    requester: str
    request: Mapping[str, Any]
    message: str
    asks: tuple[Ask, ...]
    created_at: Moment
    updated_at: Moment
    expires_at: Moment


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """A one-off approval: a yes to exactly one request, for one use.

    `status` is `standing`, `taken` (a live permit or a use rests on it), `expired` or `revoked`.
    """

    id: str
    status: str
    cameo_id: str
    approver: str
    requester: str
    action: str
    facets: tuple[str, ...]
    access_request_id: str | None
    not_after: Moment
    created_at: Moment
    revoked_at: Moment | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RevokedApproval:
    """A one-off approval that was taken back, and how many live permits ended with it."""

    id: str
    cameo_id: str
    approver: str
    requester: str
    action: str
    facets: tuple[str, ...]
    not_after: Moment
    created_at: Moment
    revoked_at: Moment | None
    permits_revoked: int
    status: str = "revoked"
