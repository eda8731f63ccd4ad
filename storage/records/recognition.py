"""Faces recognized: protected ones, what their owners are told, scans of uploads.

>>> ScanState("done") is ScanState.DONE
True
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from storage.records.document import Document


class ProtectedState(StrEnum):
    """Where a protected face stands."""

    PENDING = "pending"
    ACTIVE = "active"
    FAILED = "failed"
    REMOVED = "removed"


class ScanState(StrEnum):
    """Where a scan stands."""

    PROCESSING = "processing"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProtectedFaceRecord:
    """The face of a person who need not be enrolled; its template stands under the same id.

    `added_by` is who speaks for `principal`, or the operator where there is none. `stills` are
    documents with `blob` and `media_type`, until the template is made of them. `error` is a code.
    """

    id: str
    version: int
    label: str
    principal: str | None
    added_by: str
    created_by: str
    reason: str
    state: ProtectedState
    stills: tuple[Document, ...]
    model: str | None
    error: str | None
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeRecord:
    """Something that a principal is told. `body` depends on `kind`."""

    id: str
    principal: str
    kind: str
    body: Document
    created_at: datetime
    read_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanRecord:
    """Pictures or a clip in which faces are looked for.

    `caller` is the principal of the key `created_by`, `requester` in whose name it asks.
    `question` is the canonical request without likenesses. `uploads` are documents with `blob` and
    `media_type`, until the scan is over. `result` is what the caller reads, `error` a code.
    """

    id: str
    version: int
    created_by: str
    caller: str
    requester: str
    permit_id: str | None
    question: Document | None
    uploads: tuple[Document, ...]
    state: ScanState
    result: Document | None
    error: str | None
    created_at: datetime
    updated_at: datetime
