"""Who asks: access requests, one-off approvals, counts of inquiries.

>>> AccessState("denied") is AccessState.DENIED
True
"""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from storage.records.document import Document


class AccessState(StrEnum):
    """Where an access request stands."""

    PENDING = "pending"
    APPROVED = "approved"
    DENIED = "denied"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessRequestRecord:
    """A requester's wish for what a decision did not permit, and what became of it.

    `request` is the question's document, `reference` what one-off approvals of it are bound to.
    `asks` are documents, one for each party that must agree (`cameo_service.access` has their
    form); `asked` are those parties: principals, or `deployment`.
    """

    id: str
    version: int
    requester: str
    created_by: str
    state: AccessState
    request: Document
    reference: str
    message: str
    asks: tuple[Document, ...]
    asked: tuple[str, ...]
    created_at: datetime
    updated_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalRecord:
    """A one-off yes of `approver` to exactly the request with this `reference`."""

    id: str
    version: int
    cameo_id: str
    approver: str
    requester: str
    action: str
    facets: tuple[str, ...]
    reference: str
    not_after: datetime
    created_by: str
    created_at: datetime
    access_request_id: str | None = None
    revoked_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class InquiryRecord:
    """How often `caller` asked for `requester` about a cameo on one day, and when last.

    `permitted` and `refused` are counts of answers.
    """

    cameo_id: str
    day: date
    requester: str
    caller: str
    action: str
    permitted: int
    refused: int
    last_at: datetime
