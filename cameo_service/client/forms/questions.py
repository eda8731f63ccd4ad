"""The consent question: who wants to do what, with whom, in which context.

>>> request = ConsentRequest(
...     requester="user:bob",
...     action="generate",
...     likenesses=(Likeness(cameo_id="cam_1", facets=("voice", "face")),),
...     categories=(),
... )
>>> document = request.canonical()
>>> document["likenesses"]
[{'cameo_id': 'cam_1', 'facets': ['face', 'voice'], 'appearance_change': None}]
>>> document["purpose"], document["categories"]
(None, [])
"""

import hashlib
from dataclasses import dataclass
from typing import Any

import rfc8785

from cameo_service.client.forms.sending import sent

REQUEST_HASH_VERSION = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Likeness:
    """One cameo, and the facets of it that would be used: `face`, `voice`, `name`.

    `appearance_change` is `none`, `subtle`, `marked` or `complete`.
    """

    cameo_id: str
    facets: tuple[str, ...]
    appearance_change: str | None = None

    def canonical(self) -> dict[str, Any]:
        """As it stands in a canonical question."""
        return {
            "cameo_id": self.cameo_id,
            "facets": sorted(set(self.facets)),
            "appearance_change": self.appearance_change,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentRequest:
    """May `requester` do `action` with all of `likenesses`, in this context?

    Context that is None was not declared; the empty tuple says that there is none. `remix_of` are
    the uses that the work is made from, `draft` the use whose publication is asked for.
    """

    requester: str
    action: str
    likenesses: tuple[Likeness, ...]
    purpose: str | None = None
    categories: tuple[str, ...] | None = None
    territories: tuple[str, ...] | None = None
    co_appearing: tuple[str, ...] | None = None
    remix_of: tuple[str, ...] = ()
    draft: str | None = None

    def body(self) -> dict[str, Any]:
        """As it is sent."""
        body: dict[str, Any] = sent(self)
        return body

    def canonical(self) -> dict[str, Any]:
        """The document that a permit's `request_hash` is over: sets sorted, order immaterial."""
        return {
            "version": REQUEST_HASH_VERSION,
            "requester": self.requester,
            "action": self.action,
            "likenesses": [
                each.canonical() for each in sorted(self.likenesses, key=lambda each: each.cameo_id)
            ],
            "purpose": self.purpose,
            "categories": _in_order(self.categories),
            "territories": _in_order(self.territories),
            "co_appearing": _in_order(self.co_appearing),
            "remix_of": _in_order(self.remix_of),
            "draft": self.draft,
        }

    def hash(self) -> str:
        """SHA-256 in hex of the canonical JSON (RFC 8785) of `canonical()`.

        Raises `ValueError` for text that no JSON can hold.
        """
        return hashlib.sha256(rfc8785.dumps(self.canonical())).hexdigest()


def _in_order(codes: tuple[str, ...] | None) -> list[str] | None:
    return sorted(set(codes)) if codes is not None else None
