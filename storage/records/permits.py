"""Permits, what is taken of what they rest on, and the uses that come of them.

>>> Taken(count=2, next_release=None).count
2
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from storage.records.document import Document


@dataclass(frozen=True, slots=True, kw_only=True)
class PermitRecord:
    """A permit that was issued. `rests_on` are the keys (`grant:…`, `cameo:…`) it stands on.

    `status_index` is its place in the status lists. `request` is the document that `request_hash`
    is over, `basis` what the decision rested on (`cameo_service.permits.foundations` has its form).
    `draft` is the use that a permit to publish is for; `use_id` the use that came of the permit:
    one at most.
    """

    id: str
    requester: str
    audience: str
    action: str
    request: Document
    request_hash: str
    basis: Document
    rests_on: tuple[str, ...]
    status_index: int
    revision: int
    issued_by: str
    issued_at: datetime
    expires_at: datetime
    draft: str | None = None
    use_id: str | None = None
    revoked_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CarriedPermit:
    """Of a permit, who carries it, and what was asked for."""

    id: str
    audience: str
    request: Document


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What is taken of a counted grant or one-off approval: used, or reserved by a live permit.

    `next_release` is when the first of the reservations ends by itself.
    """

    count: int
    next_release: datetime | None


class UseState(StrEnum):
    """Where a use stands."""

    DRAFT = "draft"
    PUBLISHED = "published"
    REMOVED = "removed"


class RecallState(StrEnum):
    """What is asked of the holder of a use after a revocation."""

    NONE = "none"
    OPEN = "open"  # to be deleted or taken down
    DONE = "done"


@dataclass(frozen=True, slots=True, kw_only=True)
class UseRecord:
    """What came of a permit. `holder` is the caller that reported it and answers for it.

    `likenesses` are documents with `cameo_id`, `facets` and `appearance_change`; `remix_of` the
    uses it was made from; `grants` the grants it was made under; `assets` documents with `sha256`
    and `media_type`. `basis` is that of the permit. `rests_on` are the permit's keys. `recall` is
    whether a revocation asks for something; `recall_document` says what, why and since when.
    """

    id: str
    version: int
    permit_id: str
    requester: str
    holder: str
    action: str
    state: UseState
    likenesses: tuple[Document, ...]
    remix_of: tuple[str, ...]
    grants: tuple[str, ...]
    basis: Document
    rests_on: tuple[str, ...]
    assets: tuple[Document, ...]
    location: str | None
    recall: RecallState
    recall_document: Document | None
    created_at: datetime
    updated_at: datetime
    published_at: datetime | None = None
    removed_at: datetime | None = None
