"""The question as a document: what permits are bound to, what is asked of owners and approved.

The document is the whole question, each set in order, so that one question has one hash. Null is
what was not declared, the empty list that there is none: a different question.

>>> request = ConsentRequest(
...     requester=parse_principal("user:bob"),
...     action=Action.GENERATE,
...     likenesses=(Likeness(cameo_id="cam_1", facets=frozenset({Facet.VOICE, Facet.FACE})),),
...     categories=frozenset(),
... )
>>> document = request_document(request)
>>> document["likenesses"]
[{'cameo_id': 'cam_1', 'facets': ['face', 'voice'], 'appearance_change': None}]
>>> document["purpose"], document["categories"]
(None, [])
>>> request_from(document) == (request, None)
True
"""

from collections.abc import Iterable
from typing import Any, NamedTuple

from cameo_service.errors import Unknown
from cameo_service.signing import canonical_hash
from permissions.request import ConsentRequest, Likeness
from permissions.vocabulary import Action, AppearanceChange, Facet, parse_principal
from storage.contracts import Transaction
from storage.records import UseRecord

REQUEST_HASH_VERSION = 2
DRAFT_HASH_VERSION = 1


class Asked(NamedTuple):
    """A question, and the draft whose publication it asks for, if that is what it does."""

    request: ConsentRequest
    draft: str | None


def request_document(request: ConsentRequest, draft: str | None = None) -> dict[str, Any]:
    """The question as JSON data in its canonical order: what the request hash is over.

    `draft` is the id of the use whose publication is asked for. Sets are in order of code points.
    """
    return {
        "version": REQUEST_HASH_VERSION,
        "requester": request.requester,
        "action": request.action.value,
        "likenesses": [
            _likeness_document(each)
            for each in sorted(request.likenesses, key=lambda each: each.cameo_id)
        ],
        "purpose": request.purpose,
        "categories": _codes(request.categories),
        "territories": _codes(request.territories),
        "co_appearing": _codes(request.co_appearing),
        "remix_of": sorted(set(request.remix_of)),
        "draft": draft,
    }


def _likeness_document(likeness: Likeness) -> dict[str, Any]:
    change = likeness.appearance_change
    return {
        "cameo_id": likeness.cameo_id,
        "facets": sorted(facet.value for facet in likeness.facets),
        "appearance_change": change.value if change is not None else None,
    }


def _codes(declared: Iterable[str] | None) -> list[str] | None:
    return sorted(declared) if declared is not None else None


def request_from(document: dict[str, Any]) -> Asked:
    """Read what `request_document` wrote. Anything else is a `ValueError`.

    The request has no `reference` yet: `reference_of` says what that is now.
    """
    try:
        asked = _asked(document)
    except (KeyError, TypeError) as error:
        raise ValueError(f"the document is no consent request: {error}") from error
    if request_document(*asked) != document:
        raise ValueError("the document is not the canonical form of its request")
    return asked


def _asked(document: dict[str, Any]) -> Asked:
    request = ConsentRequest(
        requester=parse_principal(document["requester"]),
        action=Action(document["action"]),
        likenesses=tuple(_likeness(each) for each in document["likenesses"]),
        purpose=_text(document["purpose"]),
        categories=_set(document["categories"]),
        territories=_set(document["territories"]),
        co_appearing=_set(document["co_appearing"]),
        remix_of=tuple(document["remix_of"]),
    )
    return Asked(request, _text(document["draft"]))


def _text(value: object) -> str | None:
    if value is None or isinstance(value, str):
        return value
    raise TypeError(f"`{value}` is not a text")


def _likeness(document: dict[str, Any]) -> Likeness:
    change = document["appearance_change"]
    return Likeness(
        cameo_id=document["cameo_id"],
        facets=frozenset(Facet(each) for each in document["facets"]),
        appearance_change=AppearanceChange(change) if change is not None else None,
    )


def _set(codes: list[str] | None) -> frozenset[str] | None:
    return frozenset(codes) if codes is not None else None


def request_hash(request: ConsentRequest, draft: str | None = None) -> str:
    """SHA-256 in hex of the canonical JSON (RFC 8785) of `request_document`."""
    return canonical_hash(request_document(request, draft))


def draft_hash(request: ConsentRequest, use: UseRecord) -> str:
    """SHA-256 in hex of the canonical JSON of a question about a draft and its assets' digests."""
    digests = sorted({str(asset["sha256"]) for asset in use.assets})
    question = request_document(request, use.id)
    return canonical_hash({"version": DRAFT_HASH_VERSION, "request": question, "assets": digests})


def reference_of(tx: Transaction, request: ConsentRequest, draft: str | None = None) -> str:
    """What one-off approvals of this question are bound to: its hash, or with its draft's assets.

    So approving a publication approves these assets in this context; another asset is another
    reference, and so is another territory. Raises `Unknown` for a draft that is not there.
    """
    if draft is None:
        return request_hash(request)
    use = tx.uses.find(draft)
    if use is None:
        raise Unknown(f"there is no use `{draft}`")
    return draft_hash(request, use)
