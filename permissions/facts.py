"""Everything that a decision may look at, frozen at one revision of the store.

>>> Facts(revision=7, cameos={}, grants=()).revision
7
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from permissions.policy import Policy
from permissions.terms import Terms
from permissions.vocabulary import Principal


class CameoStatus(StrEnum):
    """Where a cameo is in its life. Only an active one can be used."""

    PENDING = "pending"
    ACTIVE = "active"
    SUSPENDED = "suspended"
    REVOKED = "revoked"
    ERASED = "erased"

    @property
    def is_ended(self) -> bool:
        """Whether the cameo can never be used again."""
        return self in (self.REVOKED, self.ERASED)


@dataclass(frozen=True, slots=True, kw_only=True)
class CameoFacts:
    """One cameo as a decision sees it."""

    id: str
    owner: Principal
    status: CameoStatus
    credential_expires_at: datetime
    policy: Policy


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantFacts:
    """One grant as a decision sees it."""

    id: str
    version: int
    cameo_id: str
    grantor: Principal
    grantee: Principal
    terms: Terms
    revoked: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """The cameos that a request names, as far as they exist, and the grants on them."""

    revision: int
    cameos: Mapping[str, CameoFacts]
    grants: tuple[GrantFacts, ...]
