"""What a permit covers of a cameo, for the generator that holds it.

record = held_by(tx, context, caller, "eyJhbGciOi…")
facets = covered_facets(record, "cam_1")
"""

from collections.abc import Mapping
from typing import Any

from cameo_service.callers import Caller
from cameo_service.context import Context
from cameo_service.errors import Forbidden, Invalid, PermitKeyWithdrawn, Unknown
from cameo_service.signing import NotSignedHere, SignedByWithdrawnKey, canonical_hash, epoch
from permissions.vocabulary import Action
from storage.contracts import Transaction
from storage.errors import NotFound, Tampered
from storage.keys import Purpose
from storage.records import PermitRecord

MAKING = (Action.GENERATE, Action.REMIX)
"""What a likeness must be known for: a tag or a publication shows what is made already."""
NO_PERMIT = "there is no such permit"


class NotCovered(Forbidden):
    """The permit is for something that needs no likeness."""

    code = "package_not_covered"


def held_by(tx: Transaction, context: Context, caller: Caller, token: str) -> PermitRecord:
    """The permit that `token` is the signed statement of, to its holder; else `Unknown`.

    Who has a permit's id alone, of a list or a log, is not thereby its holder: that is `Invalid`.
    The holder is the very principal that it was issued to: who may act for that one, as a platform
    may for its generators, is not handed what belongs to it. What is stored must be what was
    signed, or it is `Tampered`: a row that somebody wrote into the database hands out nothing.
    """
    claims = _claims_in(context, token)
    id = str(claims.get("jti"))
    if (claims.get("iss"), claims.get("aud")) != (context.settings.issuer, caller.principal):
        raise Unknown(NO_PERMIT)
    try:
        record = tx.permits.get(id)
    except NotFound:
        raise Unknown(NO_PERMIT) from None
    if _signed(claims) != _stored(record):
        raise Tampered(f"permit `{id}` is not stored as it was signed")
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
    if "." not in token:
        raise Invalid(
            "permit_not_a_token",
            "`permit` is not a permit's token: send the permit's token, the signed `permit` that "
            "it was issued with, and not its id",
        )
    try:
        return context.signer.open(Purpose.PERMIT, token)
    except SignedByWithdrawnKey as error:
        raise PermitKeyWithdrawn(f"{error}: ask for another permit") from None
    except NotSignedHere:
        raise Unknown(NO_PERMIT) from None


def _signed(claims: Mapping[str, Any]) -> tuple[Any, ...]:
    """What a token states of all that is gone by here."""
    named = ("aud", "sub", "action", "likenesses", "exp", "request_hash")
    return tuple(claims.get(name) for name in named)


def _stored(record: PermitRecord) -> tuple[Any, ...]:
    """The same as it is stored; the hash is that of the request as it stands now."""
    likenesses, ends = record.request["likenesses"], epoch(record.expires_at)
    hashed = canonical_hash(record.request)
    return (record.audience, record.requester, record.action, likenesses, ends, hashed)
