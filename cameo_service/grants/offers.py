"""Grants: given by the owner's side, passed on by grantees who may, revoked with effect at once.

grant = make(tx, context, caller, offer)
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from cameo_service import touched
from cameo_service.callers import Caller
from cameo_service.cameos.finding import speaking
from cameo_service.context import Context
from cameo_service.documents import terms_document, terms_from
from cameo_service.errors import Invalid, NotActingFor, WrongState
from cameo_service.events import Event
from cameo_service.events import record as log
from cameo_service.grants.chains import chain_of, has_ended
from cameo_service.grants.durations import with_end
from cameo_service.grants.granted import visible
from cameo_service.identifiers import new_id
from cameo_service.people.speaking import require_capacity, require_within_mandate
from cameo_service.signing import canonical_hash, epoch
from permissions.excess import exceeding
from permissions.facts import CameoStatus
from permissions.licences import MOST_LINKS
from permissions.terms import Terms
from permissions.vocabulary import Principal
from storage.contracts import Transaction
from storage.keys import Purpose
from storage.records import CameoRecord, GrantRecord

MOST_GRANTS = 1_000
"""On one cameo to one grantee: every decision between the two looks at all."""


class TooManyGrants(WrongState):
    """One grantee holds so many grants on a cameo already that no more are taken."""

    code = "too_many_grants"


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A licence to make. With a `parent` it is a sublicence, given by the parent's grantee.

    `acting_as` is who gives it, where that is not the owner, or the parent's grantee, in person.
    `answers` is the access request by which the grantee asked for it, if one did.
    """

    cameo_id: str
    grantee: str
    terms: Terms
    parent: str | None = None
    acting_as: str | None = None
    answers: str | None = None


def make(tx: Transaction, context: Context, caller: Caller, offer: Offer) -> GrantRecord:
    """Store a grant in the name of who gives it, signed."""
    if offer.parent is not None:
        return _sublicense(tx, context, caller, offer, parent_id=offer.parent)
    now = context.clock()
    cameo, speaker = speaking(tx, caller, offer.cameo_id, acting_as=offer.acting_as, now=now)
    require_capacity(tx, cameo.owner, speaker.principal)
    terms = with_end(tx, offer.terms, owner=cameo.owner, now=now)
    require_within_mandate(speaker, terms)
    whole = replace(offer, terms=terms)
    return _store(tx, context, caller, whole, cameo=cameo, grantor=speaker.principal)


def _sublicense(
    tx: Transaction, context: Context, caller: Caller, offer: Offer, *, parent_id: str
) -> GrantRecord:
    """Pass on a part of what the parent gives. Every link above must stand and allow it."""
    now = context.clock()
    parent = visible(tx, caller, parent_id, now=now)
    caller.require_acting_for(parent.grantee)
    if offer.acting_as not in (None, parent.grantee):
        raise NotActingFor(f"only `{parent.grantee}` can pass on grant `{parent.id}`")
    if offer.cameo_id != parent.cameo_id:
        raise Invalid("parent_of_other_cameo", "`parent` is a grant of another cameo")
    require_capacity(tx, parent.grantee, Principal(parent.grantee))
    _require_standing(chain_of(tx, parent), now=now)
    above, cameo = terms_from(parent.terms), tx.cameos.get(parent.cameo_id)
    terms = with_end(tx, _in_window_of(above, offer.terms), owner=cameo.owner, now=now)
    _require_part(terms, above)
    part = replace(offer, terms=terms)
    return _store(tx, context, caller, part, cameo=cameo, grantor=parent.grantee)


def _require_standing(links: tuple[GrantRecord, ...], *, now: datetime) -> None:
    """Whether another link can hang below this chain."""
    if any(has_ended(link, now=now) for link in links):
        raise WrongState(f"grant `{links[0].id}` has ended, or a grant that it rests on")
    if len(links) >= MOST_LINKS:
        raise Invalid("sublicence_refused", f"a chain has {MOST_LINKS} links at most")


def _in_window_of(parent: Terms, terms: Terms) -> Terms:
    """A sublicence that names no start or end has its parent's."""
    return replace(
        terms,
        not_before=terms.not_before or parent.not_before,
        not_after=terms.not_after or parent.not_after,
    )


def _require_part(terms: Terms, parent: Terms) -> None:
    if parent.sublicence_depth == 0:
        raise Invalid("sublicence_refused", "the terms of `parent` allow no sublicence")
    excess = exceeding(terms, parent)
    if excess:
        aspects = ", ".join(f"`{aspect}`" for aspect in excess)
        raise Invalid(
            "sublicence_exceeds", f"the sublicence gives more than its parent does in {aspects}"
        )


def _store(
    tx: Transaction,
    context: Context,
    caller: Caller,
    offer: Offer,
    *,
    cameo: CameoRecord,
    grantor: str,
) -> GrantRecord:
    """Sign and store the grant, if it makes sense."""
    now = context.clock()
    if cameo.status is not CameoStatus.ACTIVE:
        raise WrongState(f"cameo `{cameo.id}` is `{cameo.status}` and cannot be granted")
    _require_sense(offer.terms)
    if offer.terms.is_past_at(now):
        raise Invalid("grant_window_past", "`not_after` lies in the past")
    _require_other(offer.grantee, owner=cameo.owner, grantor=grantor)
    _require_room(tx, cameo.id, offer.grantee)
    record = GrantRecord(
        id=new_id("gra"),
        version=1,
        cameo_id=cameo.id,
        grantor=grantor,
        grantee=offer.grantee,
        terms=terms_document(offer.terms),
        signed="",
        created_by=caller.key_id,
        created_at=now,
        parent=offer.parent,
    )
    claims = grant_claims(record, issuer=context.settings.issuer)
    record = replace(record, signed=context.signer.sign_in(tx, Purpose.GRANT, claims))
    tx.grants.add(record)
    _log(tx, record, owner=cameo.owner, answers=offer.answers)
    tx.revisions.touch(touched.cameo(cameo.id), touched.principal(record.grantee), now=now)
    return record


def _log(tx: Transaction, record: GrantRecord, *, owner: str, answers: str | None) -> None:
    """It is in force as it is given: `accepted` where the grantee had asked for it."""
    document = {
        "grant": record.id,
        "cameo": record.cameo_id,
        "grantor": record.grantor,
        "grantee": record.grantee,
        "parent": record.parent,
        "terms_sha256": canonical_hash(record.terms),
        "access_request": answers,
    }
    log(
        tx,
        Event.GRANT_OFFERED if answers is None else Event.GRANT_ACCEPTED,
        document,
        subjects=(record.cameo_id, owner, record.grantor, record.grantee),
        now=record.created_at,
    )


def grant_claims(record: GrantRecord, *, issuer: str) -> dict[str, Any]:
    """What a signed grant says. That it was not revoked since, only the service can say."""
    return {
        "iss": issuer,
        "sub": record.grantee,
        "jti": record.id,
        "iat": epoch(record.created_at),
        "cameo": record.cameo_id,
        "grantor": record.grantor,
        "parent": record.parent,
        "terms": record.terms,
        "version": record.version,
    }


def _require_sense(terms: Terms) -> None:
    if not terms.actions or not terms.facets:
        raise Invalid("grant_covers_nothing", "a grant needs an action and a facet")
    if not terms.purposes.included or not terms.territories.included:
        raise Invalid("grant_covers_nothing", "a grant needs a purpose and a territory")
    if terms.not_before and terms.not_after and terms.not_before >= terms.not_after:
        raise Invalid("grant_window_empty", "`not_before` is not before `not_after`")


def _require_other(grantee: str, *, owner: str, grantor: str) -> None:
    if grantee == owner:
        raise Invalid("grantee_is_owner", "the owner needs no grant")
    if grantee == grantor:
        raise Invalid("grantee_is_grantor", "nobody needs a grant from themselves")


def _require_room(tx: Transaction, cameo_id: str, grantee: str) -> None:
    if len(tx.grants.between(cameo_id, grantee)) >= MOST_GRANTS:
        raise TooManyGrants(
            f"`{grantee}` has {MOST_GRANTS} grants on this cameo that were not revoked: revoke one "
            "first, one that has ended if there is any"
        )
