"""What is known of principals: standing, who speaks for them, whom they block.

>>> BlockRecord.__slots__[:2]
('owner', 'blocked')
"""

from dataclasses import dataclass
from datetime import date, datetime

from permissions.vocabulary import Standing
from storage.records.document import Document


@dataclass(frozen=True, slots=True, kw_only=True)
class PrincipalRecord:
    """What is known of a principal, whose name is the `id`.

    `standing` is the deployment's word, the rest the platform's: an age band for a minor, a birth
    date where known, until when the platform stands by the age band, when the person died.
    """

    id: str
    version: int
    standing: Standing
    standing_reason: str | None
    age_band: str | None
    birth_date: date | None
    vouched_until: datetime | None
    deceased_at: datetime | None
    updated_by: str
    updated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class MandateRecord:
    """`representative` speaks for `represented`, as guardian, estate or agent (`kind`).

    `scope` is a terms document; `evidence` refers to the document that proves the mandate.
    """

    id: str
    version: int
    kind: str
    represented: str
    representative: str
    scope: Document
    evidence: str
    created_by: str
    created_at: datetime
    revoked_at: datetime | None = None
    revoked_by: str | None = None
    revocation_reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockRecord:
    """`owner` wants nothing to do with `blocked`, on any cameo."""

    owner: str
    blocked: str
    created_by: str
    created_at: datetime
