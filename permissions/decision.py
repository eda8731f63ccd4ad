"""What a decision says: effect, outcome per party, reasons, what it rests on, until when.

>>> Effect.DENY.value
'deny'
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Effect(StrEnum):
    """The answer."""

    PERMIT = "permit"
    DENY = "deny"


class ReasonCode(StrEnum):
    """Why. Stable: callers may branch on these."""

    # denials
    REQUEST_MALFORMED = "request_malformed"
    CAMEO_UNKNOWN = "cameo_unknown"
    CAMEO_NOT_ACTIVE = "cameo_not_active"
    CREDENTIAL_EXPIRED = "credential_expired"
    NO_BASIS = "no_basis"
    # bases
    IS_OWNER = "is_owner"
    IN_AUDIENCE = "in_audience"
    COVERED_BY_GRANT = "covered_by_grant"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """One reason: the numbered step it comes from, and a sentence the requester may read."""

    code: ReasonCode
    step: int
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantReference:
    """A grant that a yes rests on, in the version that was read."""

    id: str
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PartyOutcome:
    """The answer for one likeness. `expires_at` is set when the yes ends by itself."""

    cameo_id: str
    effect: Effect
    reason: Reason
    grants: tuple[GrantReference, ...] = ()
    expires_at: datetime | None = None
    could_change: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """The answer for the whole request: yes only when every party says yes."""

    effect: Effect
    parties: tuple[PartyOutcome, ...]
    reasons: tuple[Reason, ...]
    revision: int
    expires_at: datetime | None = None

    @property
    def permitted(self) -> bool:
        """Whether the effect is `permit`."""
        return self.effect is Effect.PERMIT

    @property
    def grants(self) -> tuple[GrantReference, ...]:
        """Every grant that the answer rests on, each once, in order of id."""
        unique = {grant.id: grant for party in self.parties for grant in party.grants}
        return tuple(unique[key] for key in sorted(unique))
