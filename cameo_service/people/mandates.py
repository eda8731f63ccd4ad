"""Mandates: who speaks for somebody else, as agent, guardian or estate, and until when.

Agents are appointed by the owner. That somebody is a guardian or an estate only an attester says,
a caller whose key has the scope for it.

mandate = appoint(tx, context, caller, appointment)
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from cameo_service import touched
from cameo_service.callers import Caller, Scope
from cameo_service.context import Context
from cameo_service.documents import terms_document
from cameo_service.erasure.texts import is_forgotten
from cameo_service.errors import Invalid, Unknown, WrongState
from cameo_service.events import Event
from cameo_service.events import record as log
from cameo_service.facts.records import minor_of
from cameo_service.identifiers import new_id
from cameo_service.people import principals
from cameo_service.permits import ending
from cameo_service.signing import canonical_hash
from permissions.moments import earliest
from permissions.representation import RepresentationKind
from permissions.terms import Terms
from storage.contracts import Transaction
from storage.errors import NotFound
from storage.records import MandateRecord, PrincipalRecord

MOST_MANDATES = 100
"""Over one principal, at the same time: every decision about their cameos looks at all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Appointment:
    """A mandate to make. `evidence` refers to the document that proves it."""

    kind: RepresentationKind
    represented: str
    representative: str
    scope: Terms
    evidence: str


class RepresentedIsMinor(WrongState):
    """A minor appoints nobody."""

    code = "represented_is_minor"


class RepresentedIsDeceased(WrongState):
    """The dead have an estate, and neither agents nor guardians."""

    code = "represented_is_deceased"


class RepresentedIsAlive(WrongState):
    """The living have no estate."""

    code = "represented_is_alive"


class RepresentativeUnfit(WrongState):
    """A minor, or somebody dead, is nobody's guardian and no estate."""

    code = "representative_unfit"


class MinorityEnded(WrongState):
    """There is nothing left to be a guardian of."""

    code = "minority_ended"


class TooManyMandates(WrongState):
    """So many speak for one principal already that no more are taken."""

    code = "too_many_mandates"


def appoint(
    tx: Transaction, context: Context, caller: Caller, appointment: Appointment
) -> MandateRecord:
    """Store a mandate. A guardian's ends with the 18th birthday, where that is known."""
    agent = appointment.kind is RepresentationKind.AGENT
    caller.require_scope(Scope.REPRESENTATION_WRITE if agent else Scope.REPRESENTATION_ATTEST)
    if agent:
        caller.require_acting_for(appointment.represented)
    now = context.clock()
    represented = principals.known(tx, appointment.represented, now=now)
    _require_sense(appointment, now=now)
    _require_capacity(appointment.kind, represented)
    if not agent:
        _require_fit(principals.known(tx, appointment.representative, now=now))
    _require_room(tx, appointment.represented)
    record = MandateRecord(
        id=new_id("man"),
        version=1,
        kind=str(appointment.kind),
        represented=appointment.represented,
        representative=appointment.representative,
        scope=terms_document(_within_minority(appointment, represented, now=now)),
        evidence=appointment.evidence,
        created_by=caller.key_id,
        created_at=now,
    )
    tx.mandates.add(record)
    _log(tx, Event.MANDATE_SET, record, now=now)
    tx.revisions.touch(touched.principal(record.represented), now=now)
    return record


def _require_sense(appointment: Appointment, *, now: datetime) -> None:
    scope = appointment.scope
    if appointment.represented == appointment.representative:
        raise Invalid("represents_itself", "nobody needs a mandate to speak for themselves")
    person = appointment.represented.startswith("user:")
    if not person and appointment.kind is not RepresentationKind.AGENT:
        raise Invalid(
            "not_a_person", f"`{appointment.represented}` is not a person: it can have agents only"
        )
    if not scope.actions or not scope.facets:
        raise Invalid("mandate_covers_nothing", "a mandate needs an action and a facet")
    if scope.not_before and scope.not_after and scope.not_before >= scope.not_after:
        raise Invalid("mandate_window_empty", "`not_before` is not before `not_after`")
    if scope.is_past_at(now):
        raise Invalid("mandate_window_past", "`not_after` lies in the past")


def _require_capacity(kind: RepresentationKind, represented: PrincipalRecord) -> None:
    """Whether somebody in this state can be represented in this capacity."""
    name, dead = represented.id, represented.deceased_at is not None
    if kind is RepresentationKind.ESTATE and not dead:
        raise RepresentedIsAlive(f"`{name}` is not known to be dead: report the death first")
    if kind is not RepresentationKind.ESTATE and dead:
        raise RepresentedIsDeceased(f"`{name}` is dead: only an estate can be attested")
    if kind is RepresentationKind.AGENT and represented.age_band is not None:
        raise RepresentedIsMinor(f"`{name}` is a minor: only a guardian can be attested")


def _require_fit(representative: PrincipalRecord) -> None:
    if representative.age_band is not None or representative.deceased_at is not None:
        raise RepresentativeUnfit(f"`{representative.id}` cannot speak for others")


def _require_room(tx: Transaction, represented: str) -> None:
    standing = [each for each in tx.mandates.of(represented) if each.revoked_at is None]
    if len(standing) >= MOST_MANDATES:
        raise TooManyMandates(
            f"`{represented}` has {len(standing)} mandates that stand: revoke one first"
        )


def _within_minority(
    appointment: Appointment, represented: PrincipalRecord, *, now: datetime
) -> Terms:
    """The scope, until the 18th birthday where that is known.

    Until when a platform vouches for an age ends nothing here: it can vouch again.
    """
    minor = minor_of(represented)
    if appointment.kind is not RepresentationKind.GUARDIAN or minor is None:
        return appointment.scope
    birthday = replace(minor, vouched_until=None).ends_at()
    if birthday is not None and birthday <= now:
        raise MinorityEnded(f"the minority of `{represented.id}` has ended")
    until = earliest([appointment.scope.not_after, birthday])
    starts = appointment.scope.not_before
    if starts is not None and until is not None and starts >= until:
        raise Invalid("mandate_window_empty", "`not_before` lies after the end of the minority")
    return replace(appointment.scope, not_after=until)


def visible(tx: Transaction, caller: Caller, id: str) -> MandateRecord:
    """The mandate, to attesters and to those who act for either side; else `Unknown`."""
    try:
        record = tx.mandates.get(id)
    except NotFound:
        raise Unknown(f"there is no mandate `{id}`") from None
    if not _is_attester(caller) and not _is_side(caller, record):
        raise Unknown(f"there is no mandate `{id}`")
    return record


def listed(
    tx: Transaction, caller: Caller, *, represented: str | None, representative: str | None
) -> list[MandateRecord]:
    """The mandates over `represented`, or those of `representative`, in order of id."""
    if (represented is None) == (representative is None):
        raise Invalid("one_side_needed", "name `represented` or `representative`, and not both")
    side = represented or representative or ""
    if not _is_attester(caller):
        caller.require_acting_for(side)
    return tx.mandates.of(side) if represented is not None else tx.mandates.held_by(side)


def revoke(
    tx: Transaction, context: Context, caller: Caller, *, id: str, reason: str | None
) -> MandateRecord:
    """End a mandate and what rests on it, for either side or an attester. Again changes nothing."""
    record = visible(tx, caller, id)
    if not _is_attester(caller):
        caller.require_scope(Scope.REPRESENTATION_WRITE)
    if record.revoked_at is not None:
        return record
    return _end(tx, record, caller=caller, reason=reason, now=context.clock())


def end_mandates(
    tx: Transaction,
    mandates: Iterable[MandateRecord],
    kinds: Collection[RepresentationKind],
    *,
    caller: Caller,
    reason: str,
    now: datetime,
) -> None:
    """End those of `mandates` that stand and are of these kinds."""
    for record in mandates:
        if record.revoked_at is None and RepresentationKind(record.kind) in kinds:
            _end(tx, record, caller=caller, reason=reason, now=now)


def _end(
    tx: Transaction, record: MandateRecord, *, caller: Caller, reason: str | None, now: datetime
) -> MandateRecord:
    ended = replace(record, revoked_at=now, revoked_by=caller.key_id, revocation_reason=reason)
    if is_forgotten(tx, record.represented):
        ended = replace(ended, evidence="", revocation_reason=None)
    ended = tx.mandates.save(ended)
    _log(tx, Event.MANDATE_ENDED, ended, now=now)
    key = touched.principal(record.represented)
    ending.end_permits(tx, key, now=now)
    tx.revisions.touch(key, now=now)
    return ended


def _log(tx: Transaction, event: Event, record: MandateRecord, *, now: datetime) -> None:
    document = {
        "mandate": record.id,
        "kind": record.kind,
        "represented": record.represented,
        "representative": record.representative,
        "scope_sha256": canonical_hash(record.scope),
    }
    log(tx, event, document, subjects=(record.represented, record.representative), now=now)


def _is_attester(caller: Caller) -> bool:
    return Scope.REPRESENTATION_ATTEST in caller.scopes


def _is_side(caller: Caller, record: MandateRecord) -> bool:
    sides = (record.represented, record.representative)
    return any(caller.acts_for_principal(side) for side in sides)
