"""Receive a recording: spool, inspect, store, and queue it for the verifier.

What cannot be a recording is refused at once with a reason, and no attempt is used up.

    receive(context, access, id="enr_…", upload=file, mime="video/webm", statement_accepted=True)
"""

import re
import secrets
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, BinaryIO

import structlog

from cameo_service.context import Context
from cameo_service.enrollments import timelines
from cameo_service.enrollments.challenges import challenge_of
from cameo_service.enrollments.sessions import Access, accessible, require_open, submit
from cameo_service.errors import (
    DecoderUnavailable,
    Invalid,
    RecordingRefused,
    RecordingTooLarge,
    UploadInProgress,
)
from cameo_service.identifiers import new_id
from cameo_service.jobs import job_for
from storage.errors import StorageError, StoreUnavailable
from storage.records import EnrollmentRecord, JobRecord, JobState
from verification.cage import survey_in_cage
from verification.errors import CageUnavailable
from verification.media import MediaError

BLOB_PREFIX = "recordings/"
RECEIVE_JOB = "receive"
STORED_WITHIN = timedelta(hours=1)
"""Longer than storing what was received takes."""
_CHUNK = 1 << 20
_under_way: set[str] = set()
_lock = threading.Lock()
_NAME = re.compile(rf"{BLOB_PREFIX}(?P<enrollment>\w+)/(?P<came>\d{{1,12}})-[0-9a-f]+")
_log = structlog.get_logger("cameo.recordings")


def require_room(context: Context, access: Access, id: str) -> EnrollmentRecord:
    """The enrollment, when it waits for a recording: asked before the upload is read."""
    with context.store.read() as tx:
        record = accessible(tx, access, id, now=context.clock())
    require_open(record, now=context.clock())
    return record


@contextmanager
def receiving(id: str) -> Iterator[None]:
    """Keep a second upload to the same enrollment out of this process, before it is read."""
    with _lock:
        if id in _under_way:
            raise UploadInProgress(f"enrollment `{id}` is receiving a recording")
        _under_way.add(id)
    try:
        yield
    finally:
        with _lock:
            _under_way.discard(id)


def receive(
    context: Context,
    access: Access,
    *,
    id: str,
    upload: BinaryIO,
    mime: str,
    statement_accepted: bool,
    timeline: str | None = None,
) -> EnrollmentRecord:
    """Take in one upload, or raise and keep nothing of it.

    `timeline` is the page's own word on when it showed the prompts, as JSON.
    """
    if not statement_accepted:
        raise Invalid("statement_not_accepted", "the person has not accepted the statement")
    record = require_room(context, access, id)
    shown = _judged(context, timeline, record)
    # without a name, so that nothing of it outlives this process
    with tempfile.TemporaryFile() as spool:
        try:
            _copy(upload, spool, limit=context.settings.upload_limit)
        except OSError as error:
            raise StoreUnavailable(f"the upload cannot be spooled: {error}") from error
        _inspect(context, spool, record)
        spool.seek(0)
        announced = announce(context, record)
        blob = str(announced.payload["recording"])
        try:
            context.blobs.put(blob, spool, limit=context.settings.upload_limit)
            with context.store.write() as tx:
                tx.jobs.finish(announced.id, token=_token(announced))
                return submit(
                    tx, context, access, seen=record, blob=blob, mime=mime, timeline=shown
                )
        except BaseException:
            _take_back(context, announced)
            raise


def announce(context: Context, seen: EnrollmentRecord) -> JobRecord:
    """Say that a recording is about to be stored, before it is: an erasure waits for its end.

    The job is this process's own. When that dies, a worker takes back what it left.
    """
    with context.store.write() as tx:
        now = context.clock()
        record = tx.enrollments.get(seen.id)
        require_open(record, now=now)
        payload = {"enrollment": record.id, "recording": blob_name(record, now=now)}
        announced = replace(
            job_for(RECEIVE_JOB, payload, now=now),
            state=JobState.RUNNING,
            attempts=1,
            lease_token=new_id("lease"),
            leased_until=now + STORED_WITHIN,
        )
        tx.jobs.add(announced)
    return announced


def _token(announced: JobRecord) -> str:
    return announced.lease_token or ""


def _take_back(context: Context, announced: JobRecord) -> None:
    """Delete a recording that was announced and not handed on, and end its job.

    Where the job is not ours any more it was handed on, though we were not told: the recording is
    the verifier's. A store that is away keeps the job: a worker takes it when the lease has run
    out.
    """
    try:
        with context.store.read() as tx:
            standing = tx.jobs.get(announced.id)
        if (standing.state, standing.lease_token) != (announced.state, announced.lease_token):
            return
        context.blobs.delete(str(announced.payload["recording"]))
        with context.store.write() as tx:
            tx.jobs.finish(announced.id, token=_token(announced))
    except StorageError as error:
        _log.error("recording not deleted yet", code=error.code)


def _judged(
    context: Context, timeline: str | None, record: EnrollmentRecord
) -> list[dict[str, Any]] | None:
    """The timeline as it stands in the report; refused where it says that prompts were missed."""
    if timeline is None:
        return None
    challenge = challenge_of(record)
    shown = timelines.read(timeline, challenge)
    timelines.require_shown(shown, challenge, late_ms=context.settings.prompts_late_ms)
    return timelines.told(shown, challenge)


def _copy(source: BinaryIO, target: BinaryIO, *, limit: int) -> None:
    size = 0
    while chunk := source.read(_CHUNK):
        size += len(chunk)
        if size > limit:
            raise RecordingTooLarge(f"a recording has at most {limit} bytes")
        target.write(chunk)


def _inspect(context: Context, spool: BinaryIO, record: EnrollmentRecord) -> None:
    limits = context.settings.media_limits.for_challenge(challenge_of(record).duration_ms)
    try:
        survey_in_cage(spool, limits)
    except MediaError as error:
        raise RecordingRefused(error.code, str(error)) from error
    except CageUnavailable as error:
        _log.error("recordings cannot be inspected", error=str(error))
        raise DecoderUnavailable("recordings cannot be looked at: nothing was changed") from error


def discard(context: Context, blob: str | None) -> None:
    """Delete a recording that nobody needs any more; None is none.

    What made it needless is committed already, so a store that is away must not deny that: the
    failure is logged, and the sweep finds the recording again.
    """
    if blob is None:
        return
    try:
        context.blobs.delete(blob)
    except StorageError as error:
        _log.error("recording not deleted yet", code=error.code)


def blob_name(record: EnrollmentRecord, *, now: datetime) -> str:
    """A name of its own for every recording, which says whose it is and when it came."""
    return f"{BLOB_PREFIX}{record.id}/{int(now.timestamp())}-{secrets.token_hex(8)}"


def origin_of(blob: str) -> tuple[str, datetime] | None:
    """The enrollment and the time that `blob_name` put into a name, or None for another's."""
    match = _NAME.fullmatch(blob)
    if match is None:
        return None
    return match["enrollment"], datetime.fromtimestamp(int(match["came"]), UTC)
