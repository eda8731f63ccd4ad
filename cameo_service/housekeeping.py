"""What has to be tidied now and then, whatever crashed when.

sweep(context)
"""

from datetime import datetime, timedelta

import structlog

from cameo_service import access
from cameo_service.context import Context
from cameo_service.enrollments import verdicts
from cameo_service.enrollments.recordings import BLOB_PREFIX, discard, origin_of
from cameo_service.enrollments.sessions import VERIFY_JOB, sweep_overdue
from storage.contracts import Transaction
from storage.errors import NotFound
from storage.records import EnrollmentRecord, EnrollmentState, JobRecord

IDEMPOTENCY_KEPT = timedelta(hours=24)
DONE_JOBS_KEPT = timedelta(days=7)
ORPHAN_AFTER = timedelta(hours=1)
"""Longer than any upload takes: its blob is there before the enrollment names it."""
AT_ONCE = 100

_log = structlog.get_logger("cameo.housekeeping")


def awaits(record: EnrollmentRecord, job: JobRecord) -> bool:
    """Whether the enrollment still waits for the verdict on this job's recording."""
    return (
        record.state is EnrollmentState.PROCESSING
        and record.recording_blob == job.payload["recording"]
    )


def sweep(context: Context) -> None:
    """What is overdue, given up, old or needless: each in its own way."""
    now = context.clock()
    with context.store.write() as tx:
        sweep_overdue(tx, now=now)
        access.sweep_overdue(tx, now=now)
        tx.idempotency.sweep(before=now - IDEMPOTENCY_KEPT)
        tx.jobs.sweep(before=now - DONE_JOBS_KEPT)
        tx.reservations.sweep(before=now)  # they count no more; nothing that is decided changes
        needless = _settle_buried(tx, context)
    for blob in [*needless, *_orphans(context, now)]:
        discard(context, blob)
    if not context.store.scrub():
        _log.info("the database's log is in use: erased templates are overwritten later")


def _settle_buried(tx: Transaction, context: Context) -> list[str]:
    """A job that was given up has failed the person, who may record again.

    Returns the recordings that nobody needs any more.
    """
    needless = []
    for job in tx.jobs.buried((VERIFY_JOB,), limit=AT_ONCE):
        record = tx.enrollments.get(str(job.payload["enrollment"]))
        if awaits(record, job):
            verdicts.give_back(tx, context, record, code="processing_failed")
            needless.append(str(job.payload["recording"]))
        tx.jobs.remove(job.id)
    return needless


def _orphans(context: Context, now: datetime) -> list[str]:
    """Recordings that came long ago and that no enrollment names; never what others stored."""
    orphans = []
    for blob in context.blobs.list(BLOB_PREFIX):
        origin = origin_of(blob)
        if origin is None or now - origin[1] < ORPHAN_AFTER:
            continue
        with context.store.read() as tx:
            if not _is_named(tx, blob, origin[0]):
                orphans.append(blob)
    return orphans


def _is_named(tx: Transaction, blob: str, enrollment: str) -> bool:
    try:
        return tx.enrollments.get(enrollment).recording_blob == blob
    except NotFound:
        return False
