"""Scans, protected faces and notices.

scan = client.scan(Path("clip.mp4"), permit=permit.permit, wait_s=20)
scan.decision == "allow"
"""

from dataclasses import dataclass
from typing import Any

from cameo_service.client.documents import Moment


@dataclass(frozen=True, slots=True, kw_only=True)
class Recognized:
    """Somebody whose face it is taken for: `cameo` with its id, or `protected`."""

    kind: str
    cameo_id: str | None
    consent: bool
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """Where a face is, as shares of the picture's width and height."""

    left: float
    top: float
    right: float
    bottom: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ScannedFace:
    """One face. `consent` is None where nobody is recognized."""

    file: int
    time_s: float
    box: Box
    recognized: tuple[Recognized, ...]
    consent: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Scan:
    """A scan: `processing`, `done` with a `decision`, or `failed` with an `error`."""

    id: str
    status: str
    requester: str
    permit_id: str | None
    decision: str | None
    faces: tuple[ScannedFace, ...]
    error: str | None
    created_at: Moment
    updated_at: Moment


@dataclass(frozen=True, slots=True, kw_only=True)
class ProtectedFace:
    """A face that nobody may show. It protects while it is `active`."""

    id: str
    label: str
    principal: str | None
    added_by: str
    reason: str
    status: str
    model: str | None
    error: str | None
    created_at: Moment
    updated_at: Moment


@dataclass(frozen=True, slots=True, kw_only=True)
class PrincipalNotice:
    """Something that a principal is told: `face_matched` or `scan_denied`."""

    id: str
    principal: str
    kind: str
    body: dict[str, Any]
    created_at: Moment
    read_at: Moment | None
