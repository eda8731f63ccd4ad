"""Permits, as the service answers about them.

issued = client.issue_permit(request)
issued.permit  # the JWS
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cameo_service.client.documents import Document, Moment, read
from cameo_service.client.results.decisions import Decision


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuedPermit:
    """A signed yes. `permit` is the JWS: whoever relies on it verifies it first."""

    id: str
    permit: str
    audience: str
    request_hash: str
    expires_at: Moment
    decision: Decision


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleasedPermit:
    """A permit that is good for nothing any more."""

    id: str
    audience: str
    expires_at: Moment
    ended_at: Moment


@dataclass(frozen=True, slots=True, kw_only=True)
class _Introspected:
    active: bool
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Introspection:
    """What is true of a permit now. True in a condition exactly when it may be relied on.

    `reason` is `expired`, `revoked`, `spent` or, where the key that signed it was withdrawn,
    `key_withdrawn`; None for what is unknown, forged or another's.
    `claims` are what an active permit states.
    """

    active: bool
    reason: str | None
    claims: Mapping[str, Any]

    def __bool__(self) -> bool:
        """`active`."""
        return self.active


def introspection_of(document: Document) -> Introspection:
    """The answer in `document`, in which the claims stand beside `active`."""
    found = read(_Introspected, document)
    claims = {name: value for name, value in document.items() if name != "active"}
    return Introspection(
        active=found.active, reason=found.reason, claims=claims if found.active else {}
    )
