"""Receive a recording: spool, inspect, store, and queue it for the verifier.

What cannot be a recording is refused at once with a reason, and no attempt is used up.

    receive(context, access, id="enr_…", upload=file, mime="video/webm", statement_accepted=True)
"""

import secrets
import tempfile
from typing import BinaryIO

import structlog

from cameo_service.context import Context
from cameo_service.enrollment import Access, accessible, require_open, submit
from cameo_service.errors import DecoderUnavailable, RecordingRefused, RecordingTooLarge
from storage.errors import StoreUnavailable
from storage.records import EnrollmentRecord
from verification.cage import survey_in_cage
from verification.challenge import from_document
from verification.errors import CageUnavailable
from verification.media import MediaError

BLOB_PREFIX = "recordings/"
_CHUNK = 1 << 20
_log = structlog.get_logger("cameo.recordings")


def require_room(context: Context, access: Access, id: str) -> EnrollmentRecord:
    """The enrollment, when it waits for a recording: asked before the upload is read."""
    with context.store.read() as tx:
        record = accessible(tx, access, id)
    require_open(record, now=context.clock())
    return record


def receive(
    context: Context,
    access: Access,
    *,
    id: str,
    upload: BinaryIO,
    mime: str,
    statement_accepted: bool,
) -> EnrollmentRecord:
    """Take in one upload, or raise and keep nothing of it."""
    record = require_room(context, access, id)
    # without a name, so that nothing of it outlives this process
    with tempfile.TemporaryFile() as spool:
        try:
            _copy(upload, spool, limit=context.settings.upload_limit)
        except OSError as error:
            raise StoreUnavailable(f"the upload cannot be spooled: {error}") from error
        _inspect(context, spool, record)
        blob = f"{BLOB_PREFIX}{record.id}/{record.attempt}-{secrets.token_hex(8)}"
        spool.seek(0)
        context.blobs.put(blob, spool, limit=context.settings.upload_limit)
    try:
        with context.store.write() as tx:
            return submit(
                tx,
                context,
                access,
                id=id,
                blob=blob,
                mime=mime,
                statement_accepted=statement_accepted,
            )
    except BaseException:
        context.blobs.delete(blob)
        raise


def _copy(source: BinaryIO, target: BinaryIO, *, limit: int) -> None:
    size = 0
    while chunk := source.read(_CHUNK):
        size += len(chunk)
        if size > limit:
            raise RecordingTooLarge(f"a recording has at most {limit} bytes")
        target.write(chunk)


def _inspect(context: Context, spool: BinaryIO, record: EnrollmentRecord) -> None:
    limits = context.settings.media_limits.for_challenge(
        from_document(record.challenge).duration_ms
    )
    try:
        survey_in_cage(spool, limits)
    except MediaError as error:
        raise RecordingRefused(error.code, str(error)) from error
    except CageUnavailable as error:
        _log.error("recordings cannot be inspected", error=str(error))
        raise DecoderUnavailable("recordings cannot be looked at: nothing was changed") from error


def referenced_enrollment(blob: str) -> str:
    """The enrollment that a recording's blob was made for."""
    return blob.removeprefix(BLOB_PREFIX).split("/", 1)[0]
