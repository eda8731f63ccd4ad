"""What a character may be made of: cameos that its owner may know of, without a ring, not too deep.

require_sound(tx, caller, rights, owner="org:studio", of="cam_1", before=(), now=now)
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

from cameo_service.callers import Caller
from cameo_service.documents import terms_from
from cameo_service.errors import Invalid, Unknown
from cameo_service.facts.records import rights_from
from cameo_service.people.speaking import is_on_owners_side
from permissions.characters import UnderlyingRight
from permissions.involved import DEEPEST_UNDERLYING, MOST_LIKENESSES
from storage.contracts import Transaction
from storage.records import Document

DEEPEST = DEEPEST_UNDERLYING - 1
"""Levels beneath a character: a decision must find the next one empty."""

MOST = MOST_LIKENESSES - 1
"""Cameos beneath a character: a decision looks at so many and the character itself."""


def rights_document(rights: Iterable[UnderlyingRight]) -> tuple[Document, ...]:
    """The rights as JSON data, in a stable order. `facts.records.rights_from` reads them."""
    return tuple(
        {"cameo_id": right.cameo_id, "facets": sorted(str(facet) for facet in right.facets)}
        for right in sorted(rights, key=lambda right: right.cameo_id)
    )


def require_sound(
    tx: Transaction,
    caller: Caller,
    rights: Sequence[UnderlyingRight],
    *,
    owner: str,
    of: str,
    before: Sequence[UnderlyingRight],
    now: datetime,
) -> None:
    """Raise unless the character `of` can rest on `rights`.

    What it rests on already, `before`, stays acceptable without asking again: the end of a grant
    must not be a reason to drop the right of whoever gave it.
    """
    named = [right.cameo_id for right in rights]
    if len(set(named)) < len(named):
        raise Invalid("underlying_repeated", "an underlying cameo is named once, with all facets")
    if of in named:
        raise Invalid("underlying_is_itself", "a character cannot rest on itself")
    known = {right.cameo_id for right in before}
    for cameo_id in named:
        if cameo_id not in known:
            _require_known_to(tx, caller, cameo_id, owner=owner, now=now)
    _require_resolvable(tx, named, of=of)


def _require_known_to(
    tx: Transaction, caller: Caller, cameo_id: str, *, owner: str, now: datetime
) -> None:
    """Whether a cameo exists is for the owner's side to know, and for who holds a grant on it."""
    cameo = tx.cameos.find(cameo_id)
    if cameo is None or not (
        is_on_owners_side(tx, caller, cameo.owner, now=now)
        or _holds_grant(tx, cameo_id, owner, now=now)
    ):
        raise Unknown(f"there is no cameo `{cameo_id}`")


def _holds_grant(tx: Transaction, cameo_id: str, grantee: str, *, now: datetime) -> bool:
    grants = tx.grants.between(cameo_id, grantee)
    return any(terms_from(grant.terms).is_open_at(now) for grant in grants)


def _require_resolvable(tx: Transaction, named: Sequence[str], *, of: str) -> None:
    """Walk down level by level, as a decision does."""
    found: set[str] = set()
    level = set(named)
    depth = 0
    while level:
        depth += 1
        found |= level
        if of in level:
            raise Invalid("underlying_ring", "what the character rests on rests on the character")
        if depth > DEEPEST:
            raise Invalid(
                "underlying_too_deep", f"more than {DEEPEST} levels lie beneath the character"
            )
        if len(found) > MOST:
            raise Invalid("underlying_too_many", f"more than {MOST} cameos lie beneath")
        level = {right.cameo_id for id in level for right in _beneath(tx, id)}


def _beneath(tx: Transaction, id: str) -> tuple[UnderlyingRight, ...]:
    character = tx.characters.find(id)
    return () if character is None else rights_from(character.underlying)
