"""From a verification to what follows: a cameo, a review, or another attempt.

All of it happens in the caller's transaction. Where the result names no recording any more, the
caller deletes the blob once the transaction is committed.

    conclude(tx, context, enrollment, verification, alike=())
"""

import secrets
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from cameo_service import touched
from cameo_service.cameos.finding import person_cameo_of
from cameo_service.context import Context
from cameo_service.enrollments import credentials
from cameo_service.enrollments.challenges import draw
from cameo_service.enrollments.sessions import require_admitted
from cameo_service.enrollments.transitions import move
from cameo_service.enrollments.uniqueness import (
    CODE,
    alike_document,
    tell_those_alike,
    with_uniqueness,
)
from cameo_service.errors import WrongState
from cameo_service.identifiers import new_id
from cameo_service.recognition.knowing import Known
from permissions.facts import CameoStatus
from storage.contracts import Transaction
from storage.records import (
    CameoRecord,
    EnrollmentRecord,
    EnrollmentState,
    PolicyRecord,
    TemplateRecord,
)
from verification.faces.contracts import FaceTemplate
from verification.remedies import remedy_for
from verification.report import Verdict, Verification, report_document
from verification.voices.contracts import VoiceTemplate

ROUNDS_GIVEN_BACK = 3


def conclude(
    tx: Transaction,
    context: Context,
    record: EnrollmentRecord,
    verification: Verification,
    *,
    alike: Sequence[Known],
) -> EnrollmentRecord:
    """Store the verdict on the current attempt of `record`, and all that follows from it.

    `alike` are others who are known to have this face, as `uniqueness.others_alike` found them in
    this transaction.
    """
    verification = with_uniqueness(verification, alike)
    document = {**report_document(verification.report), "alike": alike_document(alike)}
    record = replace(record, report=document)
    if person_cameo_of(tx, record.principal) is not None:
        # two enrollments of one principal ran side by side; the first verdict won
        return _cancel(tx, context, record, code="already_enrolled")
    match verification.report.verdict:
        case Verdict.VERIFIED:
            cameo = _store_cameo(tx, context, record, verification)
            return _activate(tx, context, replace(record, cameo_id=cameo.id), cameo)
        case Verdict.NEEDS_REVIEW:
            cameo = _store_cameo(tx, context, record, verification)
            held = replace(record, cameo_id=cameo.id)
            state = EnrollmentState.NEEDS_REVIEW
            tell_those_alike(tx, context, alike)
            error = _error(CODE if alike else "needs_review")
            return move(tx, held, state, now=context.clock(), last_error=error)
        case Verdict.REJECTED:
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
    """A person's word on an enrollment that the checks left open."""
    if record.state is not EnrollmentState.NEEDS_REVIEW or record.cameo_id is None:
        raise WrongState(f"enrollment `{record.id}` is `{record.state}`: nothing to review")
    cameo = tx.cameos.get(record.cameo_id)
    if approve and cameo.status is not CameoStatus.PENDING:
        raise WrongState(f"cameo `{cameo.id}` is `{cameo.status}`: it cannot be approved any more")
    if approve:
        require_admitted(tx, record.principal, now=context.clock())
        return _activate(tx, context, record, cameo)
    tx.templates.destroy(cameo.id)
    now = context.clock()
    tx.cameos.save(replace(cameo, status=CameoStatus.REVOKED, updated_at=now))
    tx.revisions.touch(touched.cameo(cameo.id), now=now)
    without = replace(record, cameo_id=None)
    return _use_up_attempt(tx, context, without, code="rejected_by_reviewer")


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


def _store_cameo(
    tx: Transaction, context: Context, record: EnrollmentRecord, verification: Verification
) -> CameoRecord:
    """A pending cameo with its templates, and a policy that lets nobody but the owner."""
    now = context.clock()
    if verification.face is None or verification.voice is None:
        raise WrongState("a verification that is not a rejection has both templates")
    cameo = CameoRecord(
        id=new_id("cam"),
        version=1,
        kind="person",
        owner=record.principal,
        status=CameoStatus.PENDING,
        enrollment_id=record.id,
        credential=None,
        credential_expires_at=None,
        created_at=now,
        updated_at=now,
    )
    tx.cameos.add(cameo)
    tx.revisions.touch(touched.cameo(cameo.id), now=now)
    tx.templates.put(
        [
            _template(cameo.id, "face", verification.face, now),
            _template(cameo.id, "voice", verification.voice, now),
        ]
    )
    tx.policies.append(
        PolicyRecord(
            cameo_id=cameo.id,
            version=1,
            document={"audience": {}, "approved": []},
            created_by=record.principal,
            created_at=now,
        )
    )
    return cameo


def _template(
    cameo_id: str, modality: str, template: FaceTemplate | VoiceTemplate, now: datetime
) -> TemplateRecord:
    return TemplateRecord(
        cameo_id=cameo_id,
        modality=modality,
        model=template.model,
        model_sha256=template.model_sha256,
        vector=template.vector,
        salt=secrets.token_bytes(16),
        created_at=now,
    )


def _activate(
    tx: Transaction, context: Context, record: EnrollmentRecord, cameo: CameoRecord
) -> EnrollmentRecord:
    """Sign the identity credential and make the cameo usable."""
    now = context.clock()
    expires_at = now + context.settings.credential_lifetime
    tx.cameos.save(
        replace(
            cameo,
            status=CameoStatus.ACTIVE,
            credential=credentials.issue(
                tx, context, record, cameo, now=now, expires_at=expires_at
            ),
            credential_expires_at=expires_at,
            updated_at=now,
        )
    )
    tx.revisions.touch(touched.cameo(cameo.id), touched.principal(cameo.owner), now=now)
    return move(tx, record, EnrollmentState.VERIFIED, now=now)
