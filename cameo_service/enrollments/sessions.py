"""Enrollment: from the platform's request to a recording that waits for the verifier.

    requires_input -> processing -> verified | needs_review | requires_input (again) | canceled

An enrollment that is overdue counts as expired from that moment, whether or not the sweep has
written so yet.

    record, secret = start(tx, context, caller, principal="user:ann", statement=statement)
"""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from cameo_service.callers import Caller
from cameo_service.cameos.finding import person_cameo_of
from cameo_service.context import Context
from cameo_service.enrollments import challenges
from cameo_service.enrollments.renewal import renewable
from cameo_service.enrollments.transitions import move
from cameo_service.errors import (
    AlreadyEnrolled,
    ClientSecretSpent,
    EnrollmentExpired,
    Forbidden,
    TooManyEnrollments,
    TooManyRejections,
    Unauthenticated,
    Unknown,
    WrongClientSecret,
    WrongState,
)
from cameo_service.facts.records import deployment_facts
from cameo_service.identifiers import hash_secret, matches, new_id, new_secret
from cameo_service.jobs import job_for
from cameo_service.people import principals
from cameo_service.people.persons import report_minor_enrolling
from permissions.representation import Minor
from permissions.vocabulary import Standing
from storage.contracts import Transaction
from storage.errors import NotFound
from storage.records import EnrollmentRecord, EnrollmentState
from verification.drawing import Accommodations


class PrincipalSuspended(Forbidden):
    """The deployment suspended the principal."""

    code = "principal_suspended"


class PrincipalProtected(Forbidden):
    """The deployment protects the principal from being depicted."""

    code = "principal_protected"


VERIFY_JOB = "verify"
DAY = timedelta(days=1)
SESSION_OUTLASTS = timedelta(days=1)
"""How long a person can still see what became of the enrollment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionToken:
    """What the person's page or app holds after it opened the enrollment."""

    value: str = field(repr=False)


Access = Caller | SessionToken
"""Who asks about an enrollment: a platform's key, or the person in the session."""


def start(
    tx: Transaction,
    context: Context,
    caller: Caller,
    *,
    principal: str,
    statement: dict[str, Any],
    minor: Minor | None = None,
    accommodations: Accommodations = frozenset(),
    renews: str | None = None,
) -> tuple[EnrollmentRecord, str]:
    """Open an enrollment for `principal`; return it and the client secret, shown only here.

    That the principal is a `minor` holds from now on. `accommodations` are kept by every challenge
    that is drawn, until the person or the platform says otherwise. `renews` names the cameo that is
    to be renewed; else the principal must have none. Raises `NotActingFor`, `AlreadyEnrolled`,
    `NotRenewable`, `PrincipalSuspended`, `PrincipalProtected`, `TooManyRejections` or
    `TooManyEnrollments`.
    """
    caller.require_acting_for(principal)
    now = context.clock()
    _require_one_cameo(tx, principal, renews)
    require_admitted(tx, principal, now=now)
    _require_patience(tx, context, principal, now=now)
    _require_few_open(tx, context, principal, now=now)
    if minor is not None:
        report_minor_enrolling(tx, context, caller, principal=principal, minor=minor)
    secret = new_secret("cs")
    record = EnrollmentRecord(
        id=new_id("enr"),
        version=1,
        principal=principal,
        created_by=caller.key_id,
        state=EnrollmentState.REQUIRES_INPUT,
        statement=statement,
        challenge=challenges.new_challenge(context, accommodations),
        challenge_issued_at=now,
        challenges_drawn=1,
        attempt=1,
        attempts_allowed=context.settings.enrollment_attempts,
        rejections=0,
        given_back=0,
        client_secret_hash=hash_secret(secret),
        client_secret_spent_at=None,
        session_hash=None,
        recording_blob=None,
        recording_mime=None,
        report=None,
        last_error=None,
        cameo_id=None,
        created_at=now,
        updated_at=now,
        expires_at=now + context.settings.enrollment_lifetime,
        renews=renews,
    )
    tx.enrollments.add(record)
    return record, secret


def _require_one_cameo(tx: Transaction, principal: str, renews: str | None) -> None:
    """Raise unless the principal has no cameo, or this is to renew it."""
    if renews is not None:
        renewable(tx, principal, renews)
    elif (cameo := person_cameo_of(tx, principal)) is not None:
        raise AlreadyEnrolled(f"`{principal}` has the cameo `{cameo.id}`: renew it or revoke it")


def require_admitted(tx: Transaction, principal: str, *, now: datetime) -> None:
    """Raise `PrincipalSuspended` or `PrincipalProtected` where the deployment stands against it.

    Or whoever is suspended could end a suspended cameo and enroll anew; and a protected cameo could
    be ended, and a new one be used that nobody protects.
    """
    if principals.known(tx, principal, now=now).standing is Standing.SUSPENDED:
        raise PrincipalSuspended(f"`{principal}` is suspended here and cannot enroll")
    protected = deployment_facts(tx.deployment.current()).protected
    if any(cameo.id in protected for cameo in tx.cameos.owned_by(principal)):
        raise PrincipalProtected(f"`{principal}` is protected here: no likeness is to be enrolled")


def _require_patience(tx: Transaction, context: Context, principal: str, *, now: datetime) -> None:
    """Trying again and again is how a forgery is tuned (NIST SP 800-63B, 5.2.3)."""
    rejected = tx.enrollments.rejections(principal, since=now - DAY)
    if rejected >= context.settings.rejections_per_day:
        raise TooManyRejections(
            f"{rejected} recordings of `{principal}` were rejected within a day, or wait for their "
            "verdict: try later"
        )


def _require_few_open(tx: Transaction, context: Context, principal: str, *, now: datetime) -> None:
    """Each is kept, looked through and erased with the person: there is no use in thousands."""
    most = context.settings.enrollment_open_sessions
    if tx.enrollments.unfinished(principal, now=now) >= most:
        raise TooManyEnrollments(
            f"`{principal}` has {most} enrollments that are open: finish or cancel one"
        )


def open_session(context: Context, *, id: str, client_secret: str) -> tuple[EnrollmentRecord, str]:
    """Spend the client secret; return the enrollment and a session token, shown only here."""
    with context.store.read() as tx:
        # before the writers' lock is asked for: anybody may guess
        _require_client_secret(tx, id, client_secret)
    with context.store.write() as tx:
        record = _require_client_secret(tx, id, client_secret)
        now = context.clock()
        if record.client_secret_spent_at is not None:
            raise ClientSecretSpent("the client secret has been used: ask for a new link")
        require_open(record, now=now)
        token = new_secret("es")
        opened = replace(
            record, client_secret_spent_at=now, session_hash=hash_secret(token), updated_at=now
        )
        return tx.enrollments.save(opened), token


def _require_client_secret(tx: Transaction, id: str, client_secret: str) -> EnrollmentRecord:
    try:
        record = tx.enrollments.get(id)
    except NotFound:
        record = None
    if record is None or not matches(client_secret, record.client_secret_hash):
        raise WrongClientSecret("the client secret does not open this enrollment")
    return record


def accessible(tx: Transaction, access: Access, id: str, *, now: datetime) -> EnrollmentRecord:
    """The enrollment, when `access` may see it.

    Raises `Unknown` for a key, and `Unauthenticated` for a session token, that may not: neither
    learns whether the enrollment exists. A session ends some time after its enrollment.
    """
    try:
        record = tx.enrollments.get(id)
    except NotFound:
        record = None
    if isinstance(access, SessionToken):
        if record is None or not matches(access.value, record.session_hash):
            raise Unauthenticated("the session token does not belong to this enrollment")
        if now >= max(record.expires_at, record.updated_at) + SESSION_OUTLASTS:
            raise Unauthenticated("the session is over")
        return record
    if record is None or not access.acts_for_principal(record.principal):
        raise Unknown(f"there is no enrollment `{id}`")
    return record


def state_at(record: EnrollmentRecord, *, now: datetime) -> EnrollmentState:
    """The state, `expired` from the moment on that it is overdue."""
    if record.state is EnrollmentState.REQUIRES_INPUT and now >= record.expires_at:
        return EnrollmentState.EXPIRED
    return record.state


def require_open(record: EnrollmentRecord, *, now: datetime) -> None:
    """Raise unless the enrollment waits for a recording."""
    state = state_at(record, now=now)
    if state is EnrollmentState.EXPIRED:
        raise EnrollmentExpired(f"enrollment `{record.id}` has expired: start a new one")
    if state is not EnrollmentState.REQUIRES_INPUT:
        raise WrongState(f"enrollment `{record.id}` is `{state}` and takes no recording")


def draw_challenge(
    tx: Transaction,
    context: Context,
    access: Access,
    *,
    id: str,
    accommodations: Accommodations | None = None,
) -> EnrollmentRecord:
    """Draw another challenge for the attempt at hand, with the same accommodations for None.

    The page does so when time has run out, and when the person says what they cannot do.
    """
    now = context.clock()
    record = accessible(tx, access, id, now=now)
    require_open(record, now=now)
    challenges.require_draw_allowed(record)
    drawn = challenges.draw(context, record, accommodations=accommodations)
    return tx.enrollments.save(replace(drawn, updated_at=now))


def submit(
    tx: Transaction,
    context: Context,
    access: Access,
    *,
    seen: EnrollmentRecord,
    blob: str,
    mime: str,
    timeline: list[dict[str, Any]] | None = None,
) -> EnrollmentRecord:
    """Hand a stored recording to the verifier, if it was made for the challenge of `seen`.

    What the page says of its `timeline` goes with it, for the report.
    """
    now = context.clock()
    record = accessible(tx, access, seen.id, now=now)
    require_open(record, now=now)
    require_admitted(tx, record.principal, now=now)
    # again: many enrollments may have been begun before the first rejection
    _require_patience(tx, context, record.principal, now=now)
    challenges.require_answerable(context, record, seen=seen)
    payload = {"enrollment": record.id, "recording": blob, "timeline": timeline}
    tx.jobs.add(job_for(VERIFY_JOB, payload, now=now))
    taken = replace(
        record,
        statement={**record.statement, "accepted_at": now.isoformat()},
        recording_blob=blob,
        recording_mime=mime,
    )
    return move(tx, taken, EnrollmentState.PROCESSING, now=now)


def sweep_overdue(tx: Transaction, *, now: datetime, limit: int = 100) -> int:
    """Write down that overdue enrollments have expired; return how many."""
    overdue = tx.enrollments.overdue(now=now, limit=limit)
    for record in overdue:
        move(tx, record, EnrollmentState.EXPIRED, now=now)
    return len(overdue)
