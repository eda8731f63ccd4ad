"""What has to be tidied now and then, whatever crashed when.

sweep(context)
"""

from collections.abc import Callable
from datetime import datetime, timedelta

import structlog

from cameo_service import access
from cameo_service.context import Context
from cameo_service.enrollments import verdicts
from cameo_service.enrollments.recordings import BLOB_PREFIX, RECEIVE_JOB, discard, origin_of
from cameo_service.enrollments.sessions import VERIFY_JOB, sweep_overdue
from cameo_service.erasure.finishing import ERASE_JOB
from cameo_service.erasure.overdue import Overdue, never
from cameo_service.erasure.texts import sweep_texts
from cameo_service.protection import working as protecting
from cameo_service.protection.registry import PROTECT_JOB
from cameo_service.retention import sweeping as retention
from cameo_service.retention.inactivity import sweep_inactive
from cameo_service.scans import working as scanning
from cameo_service.scans.beginning import SCAN_JOB
from cameo_service.uploads import PROTECTED, SCANS
from cameo_service.uploads import origin_of as origin_of_upload
from storage.contracts import Transaction
from storage.errors import NotFound
from storage.records import EnrollmentRecord, EnrollmentState, JobRecord

ORPHAN_AFTER = timedelta(hours=1)
"""Longer than any upload takes: its blob is there before the enrollment names it."""
AT_ONCE = 100
GIVEN_UP = "processing_failed"

_log = structlog.get_logger("cameo.housekeeping")


def awaits(record: EnrollmentRecord, job: JobRecord) -> bool:
    """Whether the enrollment still waits for the verdict on this job's recording."""
    return (
        record.state is EnrollmentState.PROCESSING
        and record.recording_blob == job.payload["recording"]
    )


def sweep(
    context: Context, overdue: Overdue | None = None, *, stopping: Callable[[], bool] = never
) -> None:
    """What is overdue, given up, old or needless: each in its own way.

    `overdue` goes on with erasures where the sweep before stopped; without it, with the oldest.
    `stopping` is asked between two of them.
    """
    # first what was promised: nothing that fails behind it keeps an erasure from its end
    (overdue or Overdue()).finish(context, stopping=stopping)
    now = context.clock()
    with context.store.write() as tx:
        sweep_overdue(tx, now=now)
        access.sweep_overdue(tx, now=now)
        tx.reservations.sweep(before=now)  # they count no more; nothing that is decided changes
        needless = [
            *retention.sweep(tx, context),
            *_settle_buried(tx, context),
            *_settle_buried_looks(tx, context),
        ]
    for blob in [*needless, *_orphans(context, now), *_orphaned_uploads(context, now)]:
        discard(context, blob)
    sweep_texts(context)
    sweep_inactive(context)
    if not context.store.scrub():
        _log.info("the database's log is in use: erased templates are overwritten later")
    _rotate_keys(context)


def _rotate_keys(context: Context) -> None:
    """Make the next key of every purpose whose key has signed for as long as keys are to."""
    every = context.settings.key_rotation
    made = [] if every is None else context.keys.rotate_due(every=every)
    for key in made:
        _log.info("key rotated", purpose=key.purpose.value, kid=key.kid)


def _settle_buried(tx: Transaction, context: Context) -> list[str]:
    """A job that was given up has failed the person, who may record again.

    Returns the recordings that nobody needs any more.
    """
    needless = []
    for job in tx.jobs.buried((VERIFY_JOB,), limit=AT_ONCE):
        record = tx.enrollments.get(str(job.payload["enrollment"]))
        if awaits(record, job):
            verdicts.give_back(tx, context, record, code=GIVEN_UP)
            needless.append(str(job.payload["recording"]))
        tx.jobs.remove(job.id)
    return needless


def _settle_buried_looks(tx: Transaction, context: Context) -> list[str]:
    """Scans and protections that were given up end in an error. Returns their files."""
    needless: list[str] = []
    for job in tx.jobs.buried((SCAN_JOB,), limit=AT_ONCE):
        scan = scanning.give_up(tx, context, str(job.payload["scan"]), code=GIVEN_UP)
        needless += [str(each["blob"]) for each in (scan.uploads if scan is not None else ())]
        tx.jobs.remove(job.id)
    for job in tx.jobs.buried((PROTECT_JOB,), limit=AT_ONCE):
        face = protecting.give_up(tx, context, str(job.payload["protected"]), code=GIVEN_UP)
        needless += [str(each["blob"]) for each in (face.stills if face is not None else ())]
        tx.jobs.remove(job.id)
    for job in tx.jobs.buried((ERASE_JOB, RECEIVE_JOB), limit=AT_ONCE):
        # never given up: `Overdue` and `_orphans` go on with it until it is done
        tx.jobs.remove(job.id)
    return needless


def _orphaned_uploads(context: Context, now: datetime) -> list[str]:
    """Files that came long ago and that no scan and no protected face names."""
    orphans = []
    for kind in (SCANS, PROTECTED):
        for blob in context.blobs.list(f"{kind}/"):
            origin = origin_of_upload(blob)
            if origin is None or now - origin[2] < ORPHAN_AFTER:
                continue
            with context.store.read() as tx:
                scan, face = tx.scans.find(origin[1]), tx.protected_faces.find(origin[1])
            named = (*(scan.uploads if scan else ()), *(face.stills if face else ()))
            if blob not in {each["blob"] for each in named}:
                orphans.append(blob)
    return orphans


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
