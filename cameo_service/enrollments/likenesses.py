"""What a verification leaves behind: templates and samples under seal, and a cameo that names them.

cameo = store_pending(tx, context, record, verification)
activate(tx, context, record, cameo)
"""

import secrets
from dataclasses import replace
from datetime import datetime

from cameo_service import touched
from cameo_service.context import Context
from cameo_service.enrollments import credentials
from cameo_service.enrollments.statements import lets_samples_be_kept
from cameo_service.enrollments.transitions import move
from cameo_service.errors import WrongState
from cameo_service.events import Event
from cameo_service.events import record as log
from cameo_service.identifiers import new_id
from permissions.facts import CameoStatus
from storage.contracts import Transaction
from storage.records import (
    CameoRecord,
    EnrollmentRecord,
    EnrollmentState,
    PolicyRecord,
    SampleRecord,
    TemplateRecord,
)
from verification.faces.contracts import FaceTemplate
from verification.report import Verification
from verification.voices.contracts import VoiceTemplate


def store_pending(
    tx: Transaction, context: Context, record: EnrollmentRecord, verification: Verification
) -> CameoRecord:
    """A pending cameo with its templates, and a policy that lets nobody but the owner."""
    now = context.clock()
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
    keep(tx, context, record, verification, holder=cameo.id)
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


def keep(
    tx: Transaction,
    context: Context,
    record: EnrollmentRecord,
    verification: Verification,
    *,
    holder: str,
) -> None:
    """Seal templates under `holder`, a cameo or an enrollment in review; samples, where agreed.

    Raises `WrongState` without a face. Who did not speak has no voice.
    """
    now = context.clock()
    if verification.face is None:
        raise WrongState("a verification that is not a rejection has a face template")
    templates = [template_of(holder, "face", verification.face, now=now)]
    if verification.voice is not None:
        templates.append(template_of(holder, "voice", verification.voice, now=now))
    tx.templates.put(templates)
    agreed = _may_keep_samples(context, record)
    tx.templates.keep_samples(
        holder,
        [
            SampleRecord(
                cameo_id=holder,
                modality=sample.modality,
                position=position,
                media_type=sample.media_type,
                content=sample.content,
                created_at=now,
            )
            for position, sample in enumerate(verification.samples)
            if agreed
        ],
    )


def _may_keep_samples(context: Context, record: EnrollmentRecord) -> bool:
    word = context.settings.keep_samples
    return word != "never" and lets_samples_be_kept(record.statement, own_texts=word == "always")


def hand_over(tx: Transaction, holder: str, cameo_id: str) -> None:
    """Let what was kept under `holder` replace all that the cameo has, under a new key."""
    templates, samples = tx.templates.of_cameo(holder), tx.templates.samples_of(holder)
    tx.templates.destroy(cameo_id)
    tx.templates.put([replace(template, cameo_id=cameo_id) for template in templates])
    tx.templates.keep_samples(cameo_id, [replace(each, cameo_id=cameo_id) for each in samples])
    tx.templates.destroy(holder)


def template_of(
    holder: str, modality: str, template: FaceTemplate | VoiceTemplate, *, now: datetime
) -> TemplateRecord:
    """A template as it is stored, with a salt of its own."""
    return TemplateRecord(
        cameo_id=holder,
        modality=modality,
        model=template.model,
        model_sha256=template.model_sha256,
        vector=template.vector,
        salt=secrets.token_bytes(16),
        created_at=now,
    )


def activate(
    tx: Transaction, context: Context, record: EnrollmentRecord, cameo: CameoRecord
) -> EnrollmentRecord:
    """Sign the identity credential over what is stored for `cameo`, and make it usable.

    `record` is the enrollment that proved it, the first or a renewal.
    """
    now = context.clock()
    expires_at = now + context.settings.credential_lifetime
    credential = credentials.issue(tx, context, record, cameo, now=now, expires_at=expires_at)
    facets = {template.modality for template in tx.templates.of_cameo(cameo.id)}
    tx.cameos.save(
        replace(
            cameo,
            status=CameoStatus.ACTIVE,
            enrollment_id=record.id,
            credential=credential,
            credential_expires_at=expires_at,
            enrolled=tuple(sorted(facets)),
            assurance=credentials.assurance_of(record)["level"],
            updated_at=now,
        )
    )
    event = Event.CAMEO_ENROLLED if record.renews is None else Event.CAMEO_RENEWED
    document = {
        "cameo": cameo.id,
        "owner": cameo.owner,
        "enrollment": record.id,
        "credential_sha256": credentials.digest_of(credential),
    }
    log(tx, event, document, subjects=(cameo.id, cameo.owner), now=now)
    tx.revisions.touch(touched.cameo(cameo.id), touched.principal(cameo.owner), now=now)
    return move(tx, replace(record, cameo_id=cameo.id), EnrollmentState.VERIFIED, now=now)
