"""What a permit covers of a cameo, for the generator that holds it.

record = held_by(tx, context, caller, "per_1")
facets = covered_facets(record, "cam_1")
"""

from typing import Any

from cameo_service.callers import Caller
from cameo_service.context import Context
from cameo_service.errors import Forbidden, Unknown
from cameo_service.signing import NotSignedHere, canonical_hash
from permissions.vocabulary import Action
from storage.contracts import Transaction
from storage.errors import NotFound, Tampered
from storage.keys import Purpose
from storage.records import PermitRecord

MAKING = (Action.GENERATE, Action.REMIX)
"""What a likeness must be known for: a tag or a publication shows what is made already."""


class NotCovered(Forbidden):
    """The permit is for something that needs no likeness."""

    code = "package_not_covered"


def held_by(tx: Transaction, context: Context, caller: Caller, permit: str) -> PermitRecord:
    """The permit with this id, or stated by this token, to its holder; else `Unknown`.

    The holder is the very principal that it was issued to: who may act for that one, as a platform
    may for its generators, is not handed what belongs to it.
    """
    claims = _claims_in(context, permit) if "." in permit else None
    id = permit if claims is None else str(claims.get("jti"))
    named = f"there is no permit `{permit}`" if claims is None else "there is no such permit"
    try:
        record = tx.permits.get(id)
    except NotFound:
        raise Unknown(named) from None
    if record.audience != caller.principal:
        raise Unknown(named)
    if canonical_hash(record.request) != record.request_hash:
        raise Tampered(f"permit `{id}` is for another request than it was issued for")
    if claims is not None and not _states(claims, record, issuer=context.settings.issuer):
        raise Unknown(named)
    return record


def covered_facets(record: PermitRecord, cameo_id: str) -> tuple[str, ...]:
    """The facets of this cameo that the permit's own request names, in order.

    What lies beneath a character it names is decided with it, and not the requester's to know.
    Raises `NotCovered` where nothing is to be made, and `Unknown` for a cameo that is not named,
    whether there is one or not.
    """
    named = [each for each in record.request["likenesses"] if each["cameo_id"] == cameo_id]
    if not named:
        raise Unknown(f"permit `{record.id}` covers no cameo `{cameo_id}`")
    if record.action not in MAKING:
        raise NotCovered(f"permit `{record.id}` is to `{record.action}`, which takes no package")
    return tuple(sorted({facet for each in named for facet in each["facets"]}))


def _claims_in(context: Context, token: str) -> dict[str, Any]:
    try:
        return context.signer.open(Purpose.PERMIT, token)
    except NotSignedHere:
        raise Unknown("there is no such permit") from None


def _states(claims: dict[str, Any], record: PermitRecord, *, issuer: str) -> bool:
    """Whether the token is the very statement of this permit."""
    stated = (claims.get("iss"), claims.get("aud"), claims.get("request_hash"))
    return stated == (issuer, record.audience, record.request_hash)
