"""From a verification to what follows: a cameo, a review, or another attempt.

`conclude` does all of it in the caller's transaction. The recording's blob is named in the
result's `recording_blob` before, and may be deleted once the transaction is committed.

    conclude(tx, context, enrollment, verification)
"""

import hashlib
import secrets
import struct
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

from cameo_service.context import Context
from cameo_service.errors import AlreadyEnrolled, WrongState
from cameo_service.identifiers import new_id
from cameo_service.signing import Kind, epoch
from permissions.facts import CameoStatus
from storage.contracts import Transaction
from storage.records import (
    CameoRecord,
    EnrollmentRecord,
    EnrollmentState,
    PolicyRecord,
    TemplateRecord,
)
from verification.challenge import make_challenge, to_document
from verification.faces.contracts import FaceTemplate
from verification.remedies import remedy_for
from verification.report import Report, Verdict, Verification
from verification.voices.contracts import VoiceTemplate

REVIEW_REASON = "A person will look at this recording. You will hear from the platform."


def conclude(
    tx: Transaction, context: Context, record: EnrollmentRecord, verification: Verification
) -> EnrollmentRecord:
    """Store the verdict on the current attempt of `record`, and all that follows from it."""
    record = replace(record, report=report_document(verification.report))
    if _has_other_cameo(tx, record):
        return _cancel(tx, context, record, code="already_enrolled")
    match verification.report.verdict:
        case Verdict.VERIFIED:
            cameo = _store_cameo(tx, context, record, verification)
            return activate(tx, context, replace(record, cameo_id=cameo.id))
        case Verdict.NEEDS_REVIEW:
            cameo = _store_cameo(tx, context, record, verification)
            return _await_review(tx, context, replace(record, cameo_id=cameo.id))
        case Verdict.REJECTED:
            failure = verification.report.failure
            code = failure.code if failure is not None and failure.code else "not_verified"
            return reject(tx, context, record, code=code)


def reject(
    tx: Transaction, context: Context, record: EnrollmentRecord, *, code: str
) -> EnrollmentRecord:
    """Use up the attempt. The next one has a new challenge; after the last one there is none."""
    return _ask_again(tx, context, record, code=code, used=1)


def give_back(
    tx: Transaction, context: Context, record: EnrollmentRecord, *, code: str
) -> EnrollmentRecord:
    """Ask for another recording without using up the attempt: the fault was not the person's."""
    return _ask_again(tx, context, record, code=code, used=0)


def _ask_again(
    tx: Transaction, context: Context, record: EnrollmentRecord, *, code: str, used: int
) -> EnrollmentRecord:
    now = context.clock()
    last = used > 0 and record.attempt >= record.attempts_allowed
    return tx.enrollments.save(
        replace(
            record,
            state=EnrollmentState.CANCELED if last else EnrollmentState.REQUIRES_INPUT,
            attempt=record.attempt if last else record.attempt + used,
            challenge=record.challenge if last else to_document(make_challenge(context.rng)),
            recording_blob=None,
            recording_mime=None,
            last_error={"code": code, "reason": remedy_for(code)},
            updated_at=now,
            # The time that verification took is not the person's to lose.
            expires_at=max(record.expires_at, now + context.settings.enrollment_lifetime / 2),
        )
    )


def _await_review(tx: Transaction, context: Context, record: EnrollmentRecord) -> EnrollmentRecord:
    return tx.enrollments.save(
        replace(
            record,
            state=EnrollmentState.NEEDS_REVIEW,
            last_error={"code": "needs_review", "reason": REVIEW_REASON},
            updated_at=context.clock(),
        )
    )


def review(
    tx: Transaction, context: Context, record: EnrollmentRecord, *, approve: bool
) -> EnrollmentRecord:
    """A person's word on an enrollment that the checks left open."""
    if record.state is not EnrollmentState.NEEDS_REVIEW or record.cameo_id is None:
        raise WrongState(f"enrollment `{record.id}` is `{record.state}`: nothing to review")
    if approve:
        if _has_other_cameo(tx, record):
            raise AlreadyEnrolled(f"`{record.principal}` has another cameo by now")
        return activate(tx, context, record)
    tx.templates.destroy(record.cameo_id)
    refused = tx.cameos.get(record.cameo_id)
    tx.cameos.save(replace(refused, status=CameoStatus.REVOKED.value, updated_at=context.clock()))
    return reject(tx, context, replace(record, cameo_id=None), code="rejected_by_reviewer")


def _store_cameo(
    tx: Transaction, context: Context, record: EnrollmentRecord, verification: Verification
) -> CameoRecord:
    now = context.clock()
    if verification.face is None or verification.voice is None:
        raise WrongState("a verification that is not a rejection has both templates")
    cameo = CameoRecord(
        id=new_id("cam"),
        version=1,
        kind="person",
        owner=record.principal,
        status=CameoStatus.PENDING.value,
        enrollment_id=record.id,
        credential=None,
        credential_expires_at=None,
        created_at=now,
        updated_at=now,
    )
    tx.cameos.add(cameo)
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


def activate(tx: Transaction, context: Context, record: EnrollmentRecord) -> EnrollmentRecord:
    """Sign the identity credential of the enrollment's cameo and make the cameo usable."""
    if record.cameo_id is None:
        raise WrongState(f"enrollment `{record.id}` has no cameo to activate")
    cameo = tx.cameos.get(record.cameo_id)
    now = context.clock()
    expires_at = now + context.settings.credential_lifetime
    claims = _credential_claims(tx, context, record, cameo, now=now, expires_at=expires_at)
    tx.cameos.save(
        replace(
            cameo,
            status=CameoStatus.ACTIVE.value,
            credential=context.signer.sign(Kind.IDENTITY, claims),
            credential_expires_at=expires_at,
            updated_at=now,
        )
    )
    tx.revisions.touch(f"cameo:{cameo.id}", f"principal:{cameo.owner}", now=now)
    return tx.enrollments.save(
        replace(
            record,
            state=EnrollmentState.VERIFIED,
            recording_blob=None,
            recording_mime=None,
            last_error=None,
            updated_at=now,
        )
    )


def _has_other_cameo(tx: Transaction, record: EnrollmentRecord) -> bool:
    """Two enrollments of one principal may run side by side; the first verdict wins."""
    return any(
        cameo.id != record.cameo_id and not CameoStatus(cameo.status).is_ended
        for cameo in tx.cameos.owned_by(record.principal)
        if cameo.kind == "person"
    )


def _cancel(
    tx: Transaction, context: Context, record: EnrollmentRecord, *, code: str
) -> EnrollmentRecord:
    return tx.enrollments.save(
        replace(
            record,
            state=EnrollmentState.CANCELED,
            recording_blob=None,
            recording_mime=None,
            last_error={"code": code, "reason": remedy_for(code)},
            updated_at=context.clock(),
        )
    )


def _credential_claims(
    tx: Transaction,
    context: Context,
    record: EnrollmentRecord,
    cameo: CameoRecord,
    *,
    now: datetime,
    expires_at: datetime,
) -> dict[str, Any]:
    report = record.report or {}
    statement = {
        key: record.statement[key] for key in ("version", "locale", "sha256", "accepted_at")
    }
    return {
        "iss": context.settings.issuer,
        "sub": cameo.owner,
        "jti": new_id("cred"),
        "iat": epoch(now),
        "nbf": epoch(now),
        "exp": epoch(expires_at),
        "cameo": cameo.id,
        "enrollment": record.id,
        "statement": statement,
        "assurance": {
            "pack": report.get("pack"),
            "checks": [
                {"name": check["name"], "outcome": check["outcome"]}
                for check in report.get("checks", [])
            ],
            "reviewed_by_person": record.state is EnrollmentState.NEEDS_REVIEW,
        },
        "templates": [
            {
                "modality": template.modality,
                "model": template.model,
                "model_sha256": template.model_sha256,
                "digest": template_digest(template),
            }
            for template in tx.templates.of_cameo(cameo.id)
        ],
    }


def template_digest(template: TemplateRecord) -> str:
    """SHA-256 in hex of the salt and the vector as little-endian 32-bit floats."""
    vector = struct.pack(f"<{len(template.vector)}f", *template.vector)
    return hashlib.sha256(template.salt + vector).hexdigest()


def report_document(report: Report) -> dict[str, Any]:
    """The whole report as JSON data, scores and thresholds included: for operators only."""
    return {
        "verdict": report.verdict.value,
        "pack": report.pack,
        "checks": [asdict(check) for check in report.checks],
    }
