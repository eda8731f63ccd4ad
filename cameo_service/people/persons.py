"""What the platform says of a person: a minor or of age, alive or dead.

A birth date is told to nobody but those who act for the person, and to no log.

report(tx, context, caller, principal="user:ann", minor=None, deceased_at=None)
"""

from dataclasses import replace
from datetime import datetime

from cameo_service.callers import Caller, Scope
from cameo_service.cameos.finding import person_cameo_of
from cameo_service.context import Context
from cameo_service.errors import Invalid, WrongState
from cameo_service.facts.records import minor_of
from cameo_service.people import principals
from cameo_service.people.mandates import end_mandates
from permissions.representation import MAJORITY, Minor
from permissions.representation import RepresentationKind as Kind
from storage.contracts import Transaction
from storage.records import PrincipalRecord

Kinds = frozenset[Kind]


class MinorHasCameo(WrongState):
    """What was agreed for a minor cannot become an adult's by a word of the platform."""

    code = "minor_has_cameo"


class MinorityDiffers(WrongState):
    """An enrollment states another minority than the one that is known."""

    code = "minority_differs"


def about(tx: Transaction, context: Context, caller: Caller, principal: str) -> PrincipalRecord:
    """What is known of a person, to those who act for them."""
    caller.require_acting_for(principal)
    _require_person(principal)
    return principals.known(tx, principal, now=context.clock())


def report(
    tx: Transaction,
    context: Context,
    caller: Caller,
    *,
    principal: str,
    minor: Minor | None,
    deceased_at: datetime | None,
) -> PrincipalRecord:
    """Store what holds of a person from now on, all of it. What is said already changes nothing.

    Minority holds at once, for a live cameo too. A death only the deployment takes back.
    """
    record, now = about(tx, context, caller, principal), context.clock()
    if deceased_at is None and record.deceased_at is not None:
        caller.require_scope(Scope.DEPLOYMENT_WRITE)
    if deceased_at is not None and deceased_at > now:
        raise Invalid("death_in_future", "`deceased_at` lies in the future")
    if minor != minor_of(record):
        _require_sense(minor, now=now)
        _require_clearable(tx, principal, minor)
    changed = replace(_with_minority(record, minor), deceased_at=deceased_at)
    if changed == record:
        return record
    _end_what_fits_no_more(tx, caller, before=record, after=changed, now=now)
    return principals.keep(tx, changed, caller, now=now)


def report_minor_enrolling(
    tx: Transaction, context: Context, caller: Caller, *, principal: str, minor: Minor
) -> None:
    """Store that whoever is about to enroll is a minor.

    Raises `MinorityDiffers` where something else is known: an enrollment corrects nothing.
    """
    record = about(tx, context, caller, principal)
    stated = minor_of(record)
    if stated is not None and stated != minor:
        raise MinorityDiffers(
            f"another minority is known of `{principal}`: correct it under `/v1/people` first"
        )
    deceased_at = record.deceased_at
    report(tx, context, caller, principal=principal, minor=minor, deceased_at=deceased_at)


def _require_person(principal: str) -> None:
    if not principal.startswith("user:"):
        raise Invalid("not_a_person", f"`{principal}` is not a person: only `user:…` has an age")


def _require_sense(minor: Minor | None, *, now: datetime) -> None:
    """No message repeats a birth date."""
    if minor is None:
        return
    if minor.birth_date is None and minor.vouched_until is None:
        raise Invalid(
            "minority_unproven", "an age band needs a `birth_date`, or `vouched_until`, or both"
        )
    if minor.birth_date is not None and minor.birth_date > now.date():
        raise Invalid("birth_date_in_future", "`birth_date` lies in the future")
    if minor.vouched_until is not None and minor.vouched_until <= now:
        raise Invalid("vouched_until_past", "`vouched_until` lies in the past")
    ends = minor.ends_at()
    if ends is not None and ends <= now:
        raise Invalid(
            "of_age", f"by `birth_date` the person is {MAJORITY} or older: `minor` must be null"
        )


def _require_clearable(tx: Transaction, principal: str, minor: Minor | None) -> None:
    cameo = person_cameo_of(tx, principal)
    if minor is None and cameo is not None:
        raise MinorHasCameo(
            f"`{principal}` has the cameo `{cameo.id}`, agreed to as a minor: revoke it, report "
            "the person of age, and enroll again"
        )


def _with_minority(record: PrincipalRecord, minor: Minor | None) -> PrincipalRecord:
    if minor is None:
        return replace(record, age_band=None, birth_date=None, vouched_until=None)
    return replace(
        record,
        age_band=str(minor.age_band),
        birth_date=minor.birth_date,
        vouched_until=minor.vouched_until,
    )


def _end_what_fits_no_more(
    tx: Transaction,
    caller: Caller,
    *,
    before: PrincipalRecord,
    after: PrincipalRecord,
    now: datetime,
) -> None:
    """End the mandates over the person, and those that the person has, that cannot go on."""
    reason = "what is known of a side has changed"
    over, held = _unfit(before, after)
    if over:
        mandates = tx.mandates.of(after.id)
        end_mandates(tx, mandates, over, caller=caller, reason=reason, now=now)
    if held:
        mandates = tx.mandates.held_by(after.id)
        end_mandates(tx, mandates, held, caller=caller, reason=reason, now=now)


def _unfit(before: PrincipalRecord, after: PrincipalRecord) -> tuple[Kinds, Kinds]:
    """The kinds of mandates that end, over the person and held by the person.

    A minor appoints nobody and stands for nobody, majority ends guardianship, death ends whatever
    it meets but estates, and there is no estate of the living.
    """
    guardian, estate, agent = Kind.GUARDIAN, Kind.ESTATE, Kind.AGENT
    over: Kinds = frozenset()
    held: Kinds = frozenset()
    if after.age_band is not None and before.age_band is None:
        over, held = over | {agent}, held | {guardian, estate}
    if after.age_band is None and before.age_band is not None:
        over |= {guardian}
    if after.deceased_at is not None and before.deceased_at is None:
        over, held = over | {agent, guardian}, held | {agent, guardian, estate}
    if after.deceased_at is None and before.deceased_at is not None:
        over |= {estate}
    return over, held
