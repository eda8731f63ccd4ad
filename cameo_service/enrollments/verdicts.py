"""From a verification to what follows: a cameo, a review, or another attempt.

All of it happens in the caller's transaction. Where the result names no recording any more, the
caller deletes the blob once the transaction is committed.

    conclude(tx, context, enrollment, verification, alike=())
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from cameo_service import touched
from cameo_service.cameos.finding import person_cameo_of
from cameo_service.context import Context
from cameo_service.enrollments import renewal
from cameo_service.enrollments.challenges import draw
from cameo_service.enrollments.likenesses import activate, keep, store_pending
from cameo_service.enrollments.sessions import require_admitted
from cameo_service.enrollments.transitions import move
from cameo_service.enrollments.uniqueness import (
    CODE,
    alike_document,
    tell_those_alike,
    with_uniqueness,
)
from cameo_service.errors import Forbidden, WrongState
from cameo_service.recognition.knowing import Known
from permissions.facts import CameoStatus
from storage.contracts import Transaction
from storage.records import EnrollmentRecord, EnrollmentState
from verification.remedies import remedy_for
from verification.report import Verdict, Verification, report_document

ROUNDS_GIVEN_BACK = 3
"""After so many failures of ours an enrollment ends."""


def conclude(
    tx: Transaction,
    context: Context,
    record: EnrollmentRecord,
    verification: Verification,
    *,
    alike: Sequence[Known],
    timeline: list[dict[str, Any]] | None = None,
) -> EnrollmentRecord:
    """Store the verdict on the current attempt of `record`, and all that follows from it.

    `alike` are others who are known to have this face, as `uniqueness.others_alike` found them in
    this transaction. The page's own `timeline` stands in the report beside the checks, and counts
    for nothing.
    """
    verification = with_uniqueness(verification, alike)
    report = report_document(verification.report)
    report |= {"alike": alike_document(alike), "timeline": timeline}
    record = replace(record, report=report)
    verdict = verification.report.verdict
    if record.renews is not None:
        return _conclude_renewal(tx, context, record, verification, alike)
    if person_cameo_of(tx, record.principal) is not None:
        # two enrollments of one principal ran side by side; the first verdict won
        return _cancel(tx, context, record, code="already_enrolled")
    if verdict is Verdict.REJECTED:
        return _reject(tx, context, record, verification)
    cameo = store_pending(tx, context, record, verification)
    record = replace(record, cameo_id=cameo.id)
    if verdict is Verdict.VERIFIED and _is_admitted(tx, context, record):
        return activate(tx, context, record, cameo)
    return _hold(tx, context, record, alike)


def _is_admitted(tx: Transaction, context: Context, record: EnrollmentRecord) -> bool:
    """Whether nothing stood against the principal while the recording was looked at."""
    try:
        require_admitted(tx, record.principal, now=context.clock())
    except Forbidden:
        return False
    return True


def _conclude_renewal(
    tx: Transaction,
    context: Context,
    record: EnrollmentRecord,
    verification: Verification,
    alike: Sequence[Known],
) -> EnrollmentRecord:
    """The same for a cameo that is there: it stays as it is until it is renewed."""
    cameo = renewal.still_renewable(tx, record)
    if cameo is None:
        return _cancel(tx, context, record, code="renewal_not_possible")
    match verification.report.verdict:
        case Verdict.VERIFIED if _is_admitted(tx, context, record):
            return renewal.renew(tx, context, record, cameo, verification)
        case Verdict.VERIFIED | Verdict.NEEDS_REVIEW:
            keep(tx, context, record, verification, holder=record.id)
            return _hold(tx, context, record, alike)
        case Verdict.REJECTED:
            return _reject(tx, context, record, verification)


def _hold(
    tx: Transaction, context: Context, record: EnrollmentRecord, alike: Sequence[Known]
) -> EnrollmentRecord:
    """Wait for a reviewer, and tell those who have this face already."""
    tell_those_alike(tx, context, alike)
    error = _error(CODE if alike else "needs_review")
    return move(tx, record, EnrollmentState.NEEDS_REVIEW, now=context.clock(), last_error=error)


def _reject(
    tx: Transaction, context: Context, record: EnrollmentRecord, verification: Verification
) -> EnrollmentRecord:
    failure = verification.report.failure
    code = failure.code if failure is not None and failure.code else "not_verified"
    return _use_up_attempt(tx, context, record, code=code)


def give_back(
    tx: Transaction, context: Context, record: EnrollmentRecord, *, code: str
) -> EnrollmentRecord:
    """Ask for another recording without using up the attempt: the fault was not the person's.

    A recording that breaks the verifier every time ends the enrollment after a few rounds.
    """
    record = replace(record, given_back=record.given_back + 1)
    if record.given_back >= ROUNDS_GIVEN_BACK:
        return _cancel(tx, context, record, code=code)
    return _ask_again(tx, context, record, code=code)


def review(
    tx: Transaction, context: Context, record: EnrollmentRecord, *, approve: bool
) -> EnrollmentRecord:
    """A person's word on an enrollment that the checks left open.

    Raises `WrongState` where there is nothing to review, or not any more, and what
    `require_admitted` raises for one who is approved.
    """
    if record.renews is not None:
        return _review_renewal(tx, context, record, approve=approve)
    if record.state is not EnrollmentState.NEEDS_REVIEW or record.cameo_id is None:
        raise WrongState(f"enrollment `{record.id}` is `{record.state}`: nothing to review")
    cameo = tx.cameos.get(record.cameo_id)
    if approve and cameo.status is not CameoStatus.PENDING:
        raise WrongState(f"cameo `{cameo.id}` is `{cameo.status}`: it cannot be approved any more")
    if approve:
        require_admitted(tx, record.principal, now=context.clock())
        return activate(tx, context, record, cameo)
    tx.templates.destroy(cameo.id)
    now = context.clock()
    tx.cameos.save(replace(cameo, status=CameoStatus.REVOKED, updated_at=now))
    tx.revisions.touch(touched.cameo(cameo.id), now=now)
    without = replace(record, cameo_id=None)
    return _use_up_attempt(tx, context, without, code="rejected_by_reviewer")


def _review_renewal(
    tx: Transaction, context: Context, record: EnrollmentRecord, *, approve: bool
) -> EnrollmentRecord:
    if record.state is not EnrollmentState.NEEDS_REVIEW:
        raise WrongState(f"enrollment `{record.id}` is `{record.state}`: nothing to review")
    if approve:
        cameo = renewal.still_renewable(tx, record)
        if cameo is None:
            raise WrongState(f"cameo `{record.renews}` cannot be renewed any more")
        require_admitted(tx, record.principal, now=context.clock())
        return renewal.renew_with_kept(tx, context, record, cameo)
    tx.templates.destroy(record.id)
    return _use_up_attempt(tx, context, record, code="rejected_by_reviewer")


def _use_up_attempt(
    tx: Transaction, context: Context, record: EnrollmentRecord, *, code: str
) -> EnrollmentRecord:
    """The next attempt has a new challenge; after the last one there is none."""
    record = replace(record, rejections=record.rejections + 1)
    if record.attempt >= record.attempts_allowed:
        return _cancel(tx, context, record, code=code)
    return _ask_again(tx, context, replace(record, attempt=record.attempt + 1), code=code)


def _ask_again(
    tx: Transaction, context: Context, record: EnrollmentRecord, *, code: str
) -> EnrollmentRecord:
    now = context.clock()
    renewed = replace(
        draw(context, record),
        # The time that verification took is not the person's to lose.
        expires_at=max(record.expires_at, now + context.settings.enrollment_lifetime / 2),
    )
    state = EnrollmentState.REQUIRES_INPUT
    return move(tx, renewed, state, now=now, last_error=_error(code))


def _cancel(
    tx: Transaction, context: Context, record: EnrollmentRecord, *, code: str
) -> EnrollmentRecord:
    state = EnrollmentState.CANCELED
    return move(tx, record, state, now=context.clock(), last_error=_error(code))


def _error(code: str) -> dict[str, str]:
    return {"code": code, "reason": remedy_for(code)}
