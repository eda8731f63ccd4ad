"""Grants that were made: who may see them, and what of them; and their end.

Of a chain, a grantee sees the own link and what hangs below it; the owner's side sees everything
on the cameo. For all others a grant does not exist.

record, permits = revoke(tx, context, caller, id="gra_…", reason=None)
"""

from dataclasses import dataclass, replace
from datetime import datetime

from cameo_service import touched
from cameo_service.callers import Caller
from cameo_service.cameos.finding import visible as visible_cameo
from cameo_service.context import Context
from cameo_service.documents import terms_from
from cameo_service.errors import Invalid, NotActingFor, Unknown
from cameo_service.events import Event
from cameo_service.events import record as log
from cameo_service.grants.chains import chain_of, has_ended
from cameo_service.people.speaking import is_on_owners_side, speaker_for
from cameo_service.permits import ending
from cameo_service.uses import recalls
from storage.contracts import Transaction
from storage.errors import NotFound
from storage.records import GrantRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenGrant:
    """A grant as a caller may see it.

    `remaining` is what is left of a counted one, less what live permits reserve. `ended` is set
    once nothing can rest on it any more: it, or a link above it, was revoked or is over.
    `is_giver` says that the caller stands on the giving side, and may read why it was revoked.
    """

    record: GrantRecord
    remaining: int | None
    ended: bool
    is_giver: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Revoked:
    """A revoked grant; by id, the permits that ended with it and the uses it takes back."""

    grant: GrantRecord
    permits: list[str]
    recalled: list[str]


def visible(tx: Transaction, caller: Caller, id: str, *, now: datetime) -> GrantRecord:
    """The grant, to its sides, to who holds a link above, to the owner's side; else `Unknown`."""
    try:
        record = tx.grants.get(id)
    except NotFound:
        raise Unknown(f"there is no grant `{id}`") from None
    if not (caller.acts_for_principal(record.grantee) or _gives(tx, caller, record, now=now)):
        raise Unknown(f"there is no grant `{id}`")
    return record


def _gives(tx: Transaction, caller: Caller, record: GrantRecord, *, now: datetime) -> bool:
    """Whether the caller acts for who gave this, or who gave what it rests on."""
    above = chain_of(tx, record)[1:]
    givers = {record.grantor, *[link.grantee for link in above]}
    owner = tx.cameos.get(record.cameo_id).owner
    return any(caller.acts_for_principal(giver) for giver in givers) or is_on_owners_side(
        tx, caller, owner, now=now
    )


def seen(tx: Transaction, caller: Caller, record: GrantRecord, *, now: datetime) -> SeenGrant:
    """What the caller may see of a grant that is visible to it."""
    count = terms_from(record.terms).count
    remaining = None
    if count is not None:
        taken = tx.reservations.taken(touched.grant(record.id), now=now).count
        remaining = max(0, count - taken)
    return SeenGrant(
        record=record,
        remaining=remaining,
        ended=any(has_ended(link, now=now) for link in chain_of(tx, record)),
        is_giver=_gives(tx, caller, record, now=now),
    )


def listed(
    tx: Transaction,
    caller: Caller,
    *,
    grantee: str | None,
    cameo_id: str | None,
    now: datetime,
    limit: int,
    after: str | None,
) -> list[GrantRecord]:
    """The grants to `grantee`, or those on a cameo, in order of id; revoked ones too."""
    if grantee is not None and cameo_id is None:
        caller.require_acting_for(grantee)
        return tx.grants.to(grantee, limit=limit, after=after)
    if cameo_id is None or grantee is not None:
        raise Invalid("one_filter_needed", "name `grantee` or `cameo_id`, and not both")
    cameo = visible_cameo(tx, caller, cameo_id, now=now)
    return tx.grants.on_cameo(cameo.id, limit=limit, after=after)


def below(
    tx: Transaction,
    caller: Caller,
    id: str,
    *,
    now: datetime,
    limit: int,
    after: str | None,
) -> list[GrantRecord]:
    """The sublicences directly below a grant that the caller may see, in order of id."""
    visible(tx, caller, id, now=now)
    return tx.grants.below(id, limit=limit, after=after)


def history(
    tx: Transaction, caller: Caller, id: str, *, now: datetime, limit: int, after: int
) -> list[GrantRecord]:
    """The versions above `after` of a grant that the caller may see, oldest first."""
    visible(tx, caller, id, now=now)
    return [each for each in tx.grants.history(id) if each.version > after][:limit]


def revoke(
    tx: Transaction,
    context: Context,
    caller: Caller,
    *,
    id: str,
    reason: str | None,
    acting_as: str | None = None,
) -> Revoked:
    """End a grant, everything below it, and every permit that rests on it; recall the uses.

    For who gave it and for the owner's side, at any link on their cameo. From the commit on no
    decision says yes on its strength. Revoking again changes nothing.
    """
    now, key = context.clock(), touched.grant(id)
    if acting_as is not None:
        caller.require_acting_for(acting_as)
    record = visible(tx, caller, id, now=now)
    _require_say(tx, caller, record, acting_as=acting_as, now=now)
    if record.revoked_at is not None:
        return Revoked(grant=record, permits=[], recalled=[])
    ended = tx.grants.save(
        replace(record, revoked_at=now, revoked_by=caller.key_id, revocation_reason=reason)
    )
    document = {"grant": id, "cameo": record.cameo_id, "by": acting_as}
    owner = tx.cameos.get(record.cameo_id).owner
    subjects = (record.cameo_id, owner, record.grantor, record.grantee)
    log(tx, Event.GRANT_ENDED, document, subjects=subjects, now=now)
    permits = ending.end_permits(tx, key, now=now)
    recalled = recalls.recall(tx, key, cause="grant_revoked", now=now).uses
    touches = (touched.cameo(record.cameo_id), touched.principal(record.grantee), key)
    tx.revisions.touch(*touches, now=now)
    return Revoked(grant=ended, permits=permits, recalled=recalled)


def _require_say(
    tx: Transaction, caller: Caller, record: GrantRecord, *, acting_as: str | None, now: datetime
) -> None:
    owner = tx.cameos.get(record.cameo_id).owner
    if acting_as is None:
        says = caller.acts_for_principal(record.grantor) or is_on_owners_side(
            tx, caller, owner, now=now
        )
    else:
        is_grantor = acting_as == record.grantor
        says = is_grantor or speaker_for(tx, owner, acting_as, now=now) is not None
    if not says:
        raise NotActingFor(f"the key may not act for who can revoke grant `{record.id}`")
