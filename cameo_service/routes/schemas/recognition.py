"""Scans, protected faces and notices, as callers see them. Scores are never in them.

>>> NoticesQuery(principal="user:ann").unread
False
"""

from datetime import datetime
from typing import Annotated, Any, Literal, Self

from pydantic import Field

from cameo_service.routes.schemas.common import Outgoing, PageQuery, PrincipalText
from storage.records import (
    NoticeRecord,
    ProtectedFaceRecord,
    ProtectedState,
    ScanRecord,
    ScanState,
)


class RecognizedOut(Outgoing):
    """Somebody whose face it is taken for, and whether there is consent."""

    kind: Literal["cameo", "protected"]
    cameo_id: str | None
    consent: bool
    reasons: list[str] = Field(
        description="Codes: of the decision, `in_permit`, `not_in_permit`, `permit_revoked`, "
        "`permit_expired`, `use_recalled`, `nothing_asked` or `protected`."
    )


class BoxOut(Outgoing):
    """Where the face is, as shares of the picture's width and height."""

    left: float
    top: float
    right: float
    bottom: float


class ScannedFaceOut(Outgoing):
    """One face: in which file, when, where, and who is recognized in it.

    `consent` is null where nobody is.
    """

    file: int
    time_s: float
    box: BoxOut
    recognized: list[RecognizedOut]
    consent: bool | None


class ScanOut(Outgoing):
    """A scan. Only `decision: allow` allows anything; `failed` says `error` and never that."""

    object: Literal["scan"] = "scan"
    id: str
    status: ScanState
    requester: str
    permit_id: str | None
    decision: Literal["allow", "deny"] | None
    faces: list[ScannedFaceOut]
    error: str | None
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, record: ScanRecord) -> Self:
        """The view of `record`."""
        result = record.result or {}
        return cls(
            id=record.id,
            status=record.state,
            requester=record.requester,
            permit_id=record.permit_id,
            decision=result.get("decision"),
            faces=[ScannedFaceOut.model_validate(each) for each in result.get("faces", [])],
            error=record.error,
            created_at=record.created_at,
            updated_at=record.updated_at,
        )


class ProtectedFaceOut(Outgoing):
    """A face that nobody may show. It protects while it is `active`."""

    object: Literal["protected_face"] = "protected_face"
    id: str
    label: str
    principal: str | None
    added_by: str
    reason: str
    status: ProtectedState
    model: str | None
    error: str | None
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, record: ProtectedFaceRecord) -> Self:
        """The view of `record`."""
        return cls(
            id=record.id,
            label=record.label,
            principal=record.principal,
            added_by=record.added_by,
            reason=record.reason,
            status=record.state,
            model=record.model,
            error=record.error,
            created_at=record.created_at,
            updated_at=record.updated_at,
        )


class ProtectedFacesQuery(PageQuery):
    """Whose protected faces; without a principal, those of nobody in particular."""

    principal: PrincipalText | None = None


class NoticesQuery(PageQuery):
    """Whose notices, and whether only those not read."""

    principal: Annotated[PrincipalText, Field()]
    unread: bool = False


class PrincipalNoticeOut(Outgoing):
    """Something that a principal is told."""

    object: Literal["notice"] = "notice"
    id: str
    principal: str
    kind: Literal[
        "face_matched",
        "scan_denied",
        "cameo_erased",
        "cameo_inactive",
        "webhook_gone",
        "webhook_disabled",
    ]
    body: dict[str, Any] = Field(
        description="The principal's own `cameo_id` or `protected_face_id`; of a scan also the "
        "`requester` and the `caller`, as in the list of who asked. `cameo_erased` is for a holder "
        "of identity packages: the `cameo_id`, the `erasure_id` to confirm, and the `disclosures` "
        "to delete. `cameo_inactive`: the cameo is erased at `erased_at` unless it is used, asked "
        "about or renewed before. `webhook_gone`: the endpoint of the `webhook_id` answered 410 "
        "and is disabled. `webhook_disabled`: it was disabled together with the key that "
        "registered it."
    )
    created_at: datetime
    read_at: datetime | None

    @classmethod
    def of(cls, record: NoticeRecord) -> Self:
        """The view of `record`."""
        return cls.model_validate(
            {
                "id": record.id,
                "principal": record.principal,
                "kind": record.kind,
                "body": record.body,
                "created_at": record.created_at,
                "read_at": record.read_at,
            }
        )
