"""Erasures, who was told of them, and the retention schedule.

erasure = client.erase_cameo("cam_…")
client.get_erasure(erasure.id).certificate
"""

from dataclasses import dataclass
from typing import Any

from cameo_service.client.documents import Moment


@dataclass(frozen=True, slots=True, kw_only=True)
class PackageHolder:
    """Somebody who was handed identity packages, and when they confirmed to have erased them."""

    holder: str
    disclosures: tuple[str, ...]
    told_at: Moment
    confirmed_at: Moment | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Erasure:
    """The erasure of a cameo. `status` is `processing` until files are deleted, then `completed`.

    `destroyed` counts by kind; `certificate` is a JWS. `proof` shows that it stands in the consent
    log: `cameo_service.offline.erasures` verifies both. None until a checkpoint covers it.
    """

    id: str
    cameo_id: str
    owner: str
    status: str
    requested_by: str
    requested_at: Moment
    completed_at: Moment | None
    destroyed: dict[str, int]
    certificate: str | None
    holders: tuple[PackageHolder, ...]
    proof: dict[str, Any] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasureNotice:
    """An erasure that a holder of identity packages is told of: delete them, and confirm it."""

    erasure_id: str
    cameo_id: str
    holder: str
    disclosures: tuple[str, ...]
    told_at: Moment
    confirmed_at: Moment | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RetentionRule:
    """How long something is kept, and what becomes of it. `days` is None for no fixed time."""

    code: str
    what: str
    kept: str
    then: str
    days: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RetentionSchedule:
    """The whole schedule."""

    rules: tuple[RetentionRule, ...]
