"""Migration: templates of a new model, made of the kept samples, beside those of the old one.

    begin(tx, context, target)                      # `cameo models migrate`
    migrate_page(context, job, token, models)       # a worker, a few cameos at a time

Nobody has to record anything. Each page is a job of its own that queues the next one in the
transaction that ends it: whoever is killed goes on where the last page ended, and a page that is
done twice leaves the same. A cameo without samples keeps its templates until its person renews it.
"""

from dataclasses import asdict, replace

import structlog

from cameo_service import touched
from cameo_service.context import Context
from cameo_service.enrollments import credentials
from cameo_service.enrollments.likenesses import template_of
from cameo_service.jobs import job_for
from cameo_service.templates.genuine import templates_of
from cameo_service.templates.targets import MODALITIES, Target, target_in
from storage.contracts import Transaction
from storage.errors import Tampered
from storage.records import CameoRecord, JobRecord, SampleRecord, TemplateRecord
from verification.faces.contracts import FaceTemplate
from verification.packs.loading import Models
from verification.report import Sample
from verification.sampling import face_from, voice_from
from verification.voices.contracts import VoiceTemplate

MIGRATE_JOB = "migrate_templates"
PAGE = 5
"""Cameos a job: recordings that wait for their verdict wait for no more than these."""

_log = structlog.get_logger("cameo.templates")


def begin(tx: Transaction, context: Context, target: Target) -> JobRecord:
    """Queue a migration to the models of `target` from the first cameo on."""
    return _queue(tx, context, target, after="", done=0, left=0)


def lacking(tx: Transaction, target: Target, *, limit: int, after: str = "") -> list[str]:
    """Cameos that lack a template of `target` for a modality they have one of, in order of id."""
    found = {
        cameo
        for modality in MODALITIES
        for cameo in tx.templates.lacking(modality, target.of(modality), limit=limit, after=after)
    }
    return sorted(found)[:limit]


def migrate_page(context: Context, job: JobRecord, token: str, models: Models) -> bool:
    """Do one page, and queue the next; return whether there is one.

    `models` are those of the job's target. Raises `Conflict` where the lease was lost.
    """
    target, after = target_in(job.payload), str(job.payload["after"])
    with context.store.read() as tx:
        page = lacking(tx, target, limit=PAGE, after=after)
    moved = [_migrate(context, cameo, target, models) for cameo in page]
    done = int(job.payload["done"]) + sum(moved)
    left = int(job.payload["left"]) + len(moved) - sum(moved)
    _log.info("templates migrated", pack=target.pack, done=done, left=left, over=not page)
    with context.store.write() as tx:
        tx.jobs.finish(job.id, token=token)
        if page:
            _queue(tx, context, target, after=page[-1], done=done, left=left)
    return bool(page)


def _queue(
    tx: Transaction, context: Context, target: Target, *, after: str, done: int, left: int
) -> JobRecord:
    payload = {"target": asdict(target), "after": after, "done": done, "left": left}
    job = job_for(MIGRATE_JOB, payload, now=context.clock())
    tx.jobs.add(job)
    return job


def _migrate(context: Context, cameo_id: str, target: Target, models: Models) -> bool:
    """Give one cameo the templates that it lacks; whether that could be done."""
    try:
        with context.store.read() as tx:
            cameo = tx.cameos.get(cameo_id)
            found = templates_of(tx, context.signer, cameo_id)
            samples = tx.templates.samples_of(cameo_id)
        has = {(each.modality, each.model_sha256) for each in found}
        made = {
            modality: template
            for modality, template in _made_of(samples, models).items()
            if (modality, target.of(modality)) not in has
        }
    except (Tampered, ValueError) as error:
        _log.error("templates cannot be migrated", cameo=cameo_id, error=type(error).__name__)
        return False
    if not made:
        return False
    with context.store.write() as tx:
        return _keep(tx, context, cameo, made)


def _made_of(
    samples: list[SampleRecord], models: Models
) -> dict[str, FaceTemplate | VoiceTemplate]:
    """The templates that the samples allow, by modality."""
    kept = [
        Sample(modality=each.modality, media_type=each.media_type, content=each.content)
        for each in samples
    ]
    made = {"face": face_from(kept, models.faces), "voice": voice_from(kept, models.voice)}
    return {modality: template for modality, template in made.items() if template is not None}


def _keep(
    tx: Transaction,
    context: Context,
    seen: CameoRecord,
    made: dict[str, FaceTemplate | VoiceTemplate],
) -> bool:
    """Store what was made, unless the cameo changed meanwhile: then another round finds it."""
    now, cameo = context.clock(), tx.cameos.get(seen.id)
    if cameo.version != seen.version or cameo.status.is_ended:
        return False
    before = templates_of(tx, context.signer, cameo.id)
    added = [template_of(cameo.id, modality, each, now=now) for modality, each in made.items()]
    tx.templates.put(added)
    sign_again(tx, context, cameo, [*before, *added])
    return True


def sign_again(
    tx: Transaction, context: Context, cameo: CameoRecord, templates: list[TemplateRecord]
) -> None:
    """Let the credential of a cameo, where it has one, name these templates and no others."""
    now = context.clock()
    if cameo.credential is None:
        return
    credential = credentials.reissue(tx, context, cameo, templates, now=now)
    tx.cameos.save(replace(cameo, credential=credential, updated_at=now))
    credentials.log_signed(tx, cameo, credential, now=now)
    tx.revisions.touch(touched.cameo(cameo.id), now=now)
