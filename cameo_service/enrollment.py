"""Enrollment: from the platform's request to a recording that waits for the verifier.

    requires_input -> processing -> verified | needs_review | requires_input (again) | canceled

An enrollment that is overdue counts as expired from that moment, whether or not the sweep has
written so yet.

    record, secret = start(tx, context, caller, principal="user:ann", statement=statement)
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from cameo_service.callers import Caller
from cameo_service.cameos import person_cameo_of
from cameo_service.context import Context
from cameo_service.errors import (
    AlreadyEnrolled,
    ClientSecretSpent,
    EnrollmentExpired,
    Invalid,
    Unauthenticated,
    Unknown,
    WrongClientSecret,
    WrongState,
)
from cameo_service.identifiers import hash_secret, matches, new_id, new_secret
from cameo_service.transitions import move
from storage.contracts import Transaction
from storage.errors import NotFound
from storage.records import EnrollmentRecord, EnrollmentState, JobRecord, JobState
from verification.challenge import make_challenge, to_document

VERIFY_JOB = "verify"


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionToken:
    """What the person's page or app holds after it opened the enrollment."""

    value: str


Access = Caller | SessionToken
"""Who asks about an enrollment: a platform's key, or the person in the session."""


def start(
    tx: Transaction, context: Context, caller: Caller, *, principal: str, statement: dict[str, Any]
) -> tuple[EnrollmentRecord, str]:
    """Open an enrollment for `principal`; return it and the client secret, shown only here."""
    caller.require_acting_for(principal)
    cameo = person_cameo_of(tx, principal)
    if cameo is not None:
        raise AlreadyEnrolled(f"`{principal}` has the cameo `{cameo.id}`: revoke it first")
    now = context.clock()
    secret = new_secret("cs")
    record = EnrollmentRecord(
        id=new_id("enr"),
        version=1,
        principal=principal,
        created_by=caller.key_id,
        state=EnrollmentState.REQUIRES_INPUT,
        statement=statement,
        challenge=to_document(make_challenge(context.rng)),
        attempt=1,
        attempts_allowed=context.settings.enrollment_attempts,
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
    )
    tx.enrollments.add(record)
    return record, secret


def open_session(
    tx: Transaction, context: Context, *, id: str, client_secret: str
) -> tuple[EnrollmentRecord, str]:
    """Spend the client secret; return the enrollment and a session token, shown only here."""
    try:
        record = tx.enrollments.get(id)
    except NotFound:
        raise WrongClientSecret("the client secret does not open this enrollment") from None
    if not matches(client_secret, record.client_secret_hash):
        raise WrongClientSecret("the client secret does not open this enrollment")
    if record.client_secret_spent_at is not None:
        raise ClientSecretSpent("the client secret has been used: ask for a new link")
    require_open(record, now=context.clock())
    token = new_secret("es")
    now = context.clock()
    opened = replace(
        record, client_secret_spent_at=now, session_hash=hash_secret(token), updated_at=now
    )
    return tx.enrollments.save(opened), token


def accessible(tx: Transaction, access: Access, id: str) -> EnrollmentRecord:
    """The enrollment, when `access` may see it.

    Raises `Unknown` for a key, and `Unauthenticated` for a session token, that may not: neither
    learns whether the enrollment exists.
    """
    try:
        record = tx.enrollments.get(id)
    except NotFound:
        record = None
    if isinstance(access, SessionToken):
        if record is None or not matches(access.value, record.session_hash):
            raise Unauthenticated("the session token does not belong to this enrollment")
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


def submit(
    tx: Transaction,
    context: Context,
    access: Access,
    *,
    id: str,
    blob: str,
    mime: str,
    statement_accepted: bool,
) -> EnrollmentRecord:
    """Hand a stored recording to the verifier."""
    record = accessible(tx, access, id)
    now = context.clock()
    require_open(record, now=now)
    if not statement_accepted:
        raise Invalid("statement_not_accepted", "the person has not accepted the consent statement")
    statement = {**record.statement, "accepted_at": now.isoformat()}
    tx.jobs.add(
        JobRecord(
            id=new_id("job"),
            kind=VERIFY_JOB,
            payload={"enrollment": id, "attempt": record.attempt},
            state=JobState.QUEUED,
            attempts=0,
            run_after=now,
            created_at=now,
        )
    )
    taken = replace(record, statement=statement, recording_blob=blob, recording_mime=mime)
    return move(tx, taken, EnrollmentState.PROCESSING, now=now)


def cancel(tx: Transaction, context: Context, access: Access, *, id: str) -> EnrollmentRecord:
    """End an enrollment that waits for a recording. Canceling again changes nothing."""
    record = accessible(tx, access, id)
    if record.state is EnrollmentState.CANCELED:
        return record
    now = context.clock()
    require_open(record, now=now)
    return move(tx, record, EnrollmentState.CANCELED, now=now)


def sweep_overdue(tx: Transaction, *, now: datetime, limit: int = 100) -> int:
    """Write down that overdue enrollments have expired; return how many."""
    overdue = tx.enrollments.overdue(now=now, limit=limit)
    for record in overdue:
        move(tx, record, EnrollmentState.EXPIRED, now=now)
    return len(overdue)
