"""Who asked about a cameo.

page = [InquiryOut.of(record) for _, record in tx.inquiries.of_cameo("cam_…", limit=20)]
"""

from datetime import date, datetime
from typing import Literal, Self

from pydantic import Field

from cameo_service.routes.schemas.common import Outgoing, PageQuery
from permissions.vocabulary import Action
from storage.records import InquiryRecord


class AskedQuery(PageQuery):
    """A page. A cursor holds two principals, and so it can be long."""

    after: str | None = Field(default=None, max_length=600)


class InquiryOut(Outgoing):
    """How often one caller asked for one requester on one day, and what it was told."""

    object: Literal["inquiry"] = "inquiry"
    day: date = Field(description="In UTC.")
    requester: str
    caller: str
    action: Action | Literal["scan"]
    permitted: int
    refused: int
    last_at: datetime

    @classmethod
    def of(cls, record: InquiryRecord) -> Self:
        """The view of `record`."""
        return cls(
            day=record.day,
            requester=record.requester,
            caller=record.caller,
            action="scan" if record.action == "scan" else Action(record.action),
            permitted=record.permitted,
            refused=record.refused,
            last_at=record.last_at,
        )
