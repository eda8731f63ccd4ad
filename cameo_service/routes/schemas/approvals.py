"""One-off approvals as those see them who may take them back.

>>> ApprovalQuery(cameo_id="cam_1").limit
20
"""

from datetime import datetime
from typing import Literal, Self

from cameo_service.access.approvals import Standing
from cameo_service.routes.schemas.common import Outgoing, PageQuery, ShortText
from storage.records import ApprovalRecord


class ApprovalQuery(PageQuery):
    """On which cameo."""

    cameo_id: ShortText


class ApprovalOut(Outgoing):
    """A one-off approval: the yes of one approver to exactly one request, for one use.

    `taken` is one that a permit that lives, or a use, rests on.
    """

    object: Literal["approval"] = "approval"
    id: str
    status: Standing
    cameo_id: str
    approver: str
    requester: str
    action: str
    facets: list[str]
    access_request_id: str | None
    not_after: datetime
    created_at: datetime
    revoked_at: datetime | None

    @classmethod
    def of(cls, seen: tuple[ApprovalRecord, Standing]) -> Self:
        """The view of an approval and where it stands."""
        record, status = seen
        return cls(
            id=record.id,
            status=status,
            cameo_id=record.cameo_id,
            approver=record.approver,
            requester=record.requester,
            action=record.action,
            facets=list(record.facets),
            access_request_id=record.access_request_id,
            not_after=record.not_after,
            created_at=record.created_at,
            revoked_at=record.revoked_at,
        )


class ApprovalRevoked(Outgoing):
    """A one-off approval that was taken back, and how many live permits ended with it."""

    object: Literal["approval_revoked"] = "approval_revoked"
    id: str
    status: Literal["revoked"] = "revoked"
    cameo_id: str
    approver: str
    requester: str
    action: str
    facets: list[str]
    not_after: datetime
    created_at: datetime
    revoked_at: datetime | None
    permits_revoked: int

    @classmethod
    def of(cls, record: ApprovalRecord, permits: list[str]) -> Self:
        """The view of `record`."""
        return cls(
            id=record.id,
            cameo_id=record.cameo_id,
            approver=record.approver,
            requester=record.requester,
            action=record.action,
            facets=list(record.facets),
            not_after=record.not_after,
            created_at=record.created_at,
            revoked_at=record.revoked_at,
            permits_revoked=len(permits),
        )
