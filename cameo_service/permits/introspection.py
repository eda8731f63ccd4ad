"""What is true of a permit now, for those it was issued to.

found = introspect(tx, context, caller, token)
if found is not None and found.reason is None:
    ...  # it may be relied on
"""

from datetime import datetime
from typing import Any, NamedTuple

from cameo_service.callers import Caller
from cameo_service.context import Context
from cameo_service.signing import NotSignedHere, SignedByWithdrawnKey
from storage.contracts import Transaction
from storage.errors import NotFound
from storage.keys import Purpose
from storage.records import PermitRecord

KEY_WITHDRAWN = "key_withdrawn"
"""Why a permit is not to be relied on whose signature a thief may have made."""


class Introspected(NamedTuple):
    """A permit of the caller: what it states, and why it is not to be relied on, if so."""

    claims: dict[str, Any]
    reason: str | None


def introspect(
    tx: Transaction, context: Context, caller: Caller, token: str
) -> Introspected | None:
    """The caller's permit in `token`; None for what is forged, unknown or another's.

    What counts is the store's word: the token only says which permit it is, and must be the very
    statement of that permit.
    """
    withdrawn = False
    try:
        claims = context.signer.open(Purpose.PERMIT, token)
    except SignedByWithdrawnKey as signed:
        claims, withdrawn = signed.claims, True
    except NotSignedHere:
        return None
    try:
        record = tx.permits.get(str(claims.get("jti")))
    except NotFound:
        return None
    issuer = context.settings.issuer
    if claims.get("iss") != issuer or claims.get("aud") != record.audience:
        return None
    if not caller.acts_for_principal(record.audience):
        return None
    if withdrawn:
        return Introspected(claims, KEY_WITHDRAWN)
    return Introspected(claims, _reason(record, now=context.clock()))


def _reason(record: PermitRecord, *, now: datetime) -> str | None:
    if record.revoked_at is not None:
        return "revoked"
    if record.use_id is not None:
        return "spent"
    return "expired" if now >= record.expires_at else None
