"""What a caller asks: the consent request, and the terms of a grant.

>>> request = ConsentRequest(
...     requester="user:bob",
...     action="generate",
...     likenesses=(Likeness(cameo_id="cam_1", facets=("voice", "face")),),
... )
>>> request.canonical()["likenesses"]
[{'cameo': 'cam_1', 'facets': ['face', 'voice']}]
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import rfc8785

REQUEST_HASH_VERSION = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Likeness:
    """One cameo, and the facets of it that would be used: `face`, `voice`, `name`."""

    cameo_id: str
    facets: tuple[str, ...]

    def body(self) -> dict[str, Any]:
        """As it is sent."""
        return {"cameo_id": self.cameo_id, "facets": list(self.facets)}


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentRequest:
    """May `requester` do `action` with all of `likenesses`?"""

    requester: str
    action: str
    likenesses: tuple[Likeness, ...]

    def body(self) -> dict[str, Any]:
        """As it is sent."""
        return {
            "requester": self.requester,
            "action": self.action,
            "likenesses": [likeness.body() for likeness in self.likenesses],
        }

    def canonical(self) -> dict[str, Any]:
        """The document that a permit's `request_hash` is over: sets sorted, order immaterial."""
        return {
            "version": REQUEST_HASH_VERSION,
            "requester": self.requester,
            "action": self.action,
            "likenesses": [
                {"cameo": likeness.cameo_id, "facets": sorted(set(likeness.facets))}
                for likeness in sorted(self.likenesses, key=lambda likeness: likeness.cameo_id)
            ],
        }

    def hash(self) -> str:
        """SHA-256 in hex of the canonical JSON (RFC 8785) of `canonical()`."""
        return hashlib.sha256(rfc8785.dumps(self.canonical())).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What a grant covers. The window starts at `not_before` and ends before `not_after`.

    Both are aware datetimes; None leaves that side open.
    """

    actions: tuple[str, ...]
    facets: tuple[str, ...]
    not_before: datetime | None = None
    not_after: datetime | None = None

    def body(self) -> dict[str, Any]:
        """As it is sent."""
        return {
            "actions": list(self.actions),
            "facets": list(self.facets),
            "not_before": _text(self.not_before),
            "not_after": _text(self.not_after),
        }


def _text(moment: datetime | None) -> str | None:
    if moment is not None and moment.tzinfo is None:
        raise ValueError(f"`{moment}` has no time zone")
    return moment.isoformat() if moment is not None else None
