"""Grants: made by the owner, held by the grantee, revoked with effect at once.

grant = make(tx, context, caller, cameo_id="cam_…", grantee="user:bob", terms=terms)
"""

from dataclasses import replace
from typing import Any

from cameo_service.callers import Caller
from cameo_service.cameos import owned
from cameo_service.context import Context
from cameo_service.documents import terms_document
from cameo_service.errors import Invalid, Unknown, WrongState
from cameo_service.identifiers import new_id
from cameo_service.signing import epoch
from permissions.facts import CameoStatus
from permissions.terms import Terms
from storage.contracts import Transaction
from storage.errors import NotFound
from storage.keys import Purpose
from storage.records import GrantRecord


def make(
    tx: Transaction,
    context: Context,
    caller: Caller,
    *,
    cameo_id: str,
    grantee: str,
    terms: Terms,
) -> GrantRecord:
    """License `cameo_id` to `grantee` in its owner's name."""
    cameo = owned(tx, caller, cameo_id)
    if cameo.status is not CameoStatus.ACTIVE:
        raise WrongState(f"cameo `{cameo.id}` is `{cameo.status}` and cannot be granted")
    now = context.clock()
    _require_sense(terms, grantee=grantee, owner=cameo.owner)
    if terms.is_past_at(now):
        raise Invalid("grant_window_past", "`not_after` lies in the past")
    id = new_id("gra")
    document = terms_document(terms)
    record = GrantRecord(
        id=id,
        version=1,
        cameo_id=cameo.id,
        grantor=cameo.owner,
        grantee=grantee,
        terms=document,
        signed="",
        created_by=caller.key_id,
        created_at=now,
    )
    claims = grant_claims(record, issuer=context.settings.issuer)
    record = replace(record, signed=context.signer.sign(Purpose.GRANT, claims))
    tx.grants.add(record)
    tx.revisions.touch(f"cameo:{cameo.id}", f"principal:{grantee}", now=now)
    return record


def grant_claims(record: GrantRecord, *, issuer: str) -> dict[str, Any]:
    """What a signed grant says. That it was not revoked since, only the service can say."""
    return {
        "iss": issuer,
        "sub": record.grantee,
        "jti": record.id,
        "iat": epoch(record.created_at),
        "cameo": record.cameo_id,
        "grantor": record.grantor,
        "terms": record.terms,
        "version": record.version,
    }


def _require_sense(terms: Terms, *, grantee: str, owner: str) -> None:
    if not terms.actions or not terms.facets:
        raise Invalid("grant_covers_nothing", "a grant needs an action and a facet")
    if terms.not_before and terms.not_after and terms.not_before >= terms.not_after:
        raise Invalid("grant_window_empty", "`not_before` is not before `not_after`")
    if grantee == owner:
        raise Invalid("grantee_is_owner", "the owner needs no grant")


def visible(tx: Transaction, caller: Caller, id: str) -> GrantRecord:
    """The grant, to those who act for either side; else `Unknown`, whether it exists or not."""
    try:
        record = tx.grants.get(id)
    except NotFound:
        raise Unknown(f"there is no grant `{id}`") from None
    sides = (record.grantor, record.grantee)
    if not any(caller.acts_for_principal(side) for side in sides):
        raise Unknown(f"there is no grant `{id}`")
    return record


def revoke(
    tx: Transaction, context: Context, caller: Caller, *, id: str, reason: str | None
) -> tuple[GrantRecord, list[str]]:
    """End a grant and every permit that rests on it; return it and those permits' ids.

    From the commit on no decision says yes on its strength. Revoking again changes nothing.
    """
    record = visible(tx, caller, id)
    caller.require_acting_for(record.grantor)
    if record.revoked_at is not None:
        return record, []
    now = context.clock()
    ended = tx.grants.save(
        replace(record, revoked_at=now, revoked_by=caller.key_id, revocation_reason=reason)
    )
    permits = tx.permits.revoke_resting_on(f"grant:{id}", now=now)
    tx.revisions.touch(f"cameo:{record.cameo_id}", f"principal:{record.grantee}", now=now)
    return ended, permits
