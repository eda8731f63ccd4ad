"""The second half of an erasure: files, names elsewhere, the database's own log; the certificate.

finish(context, "era_…")

Whoever is killed in between leaves an erasure that is open: its job is handed out again, and the
sweep takes up what no job finished. Every step can be done again; the certificate is signed last.
"""

from collections.abc import Collection
from dataclasses import replace
from typing import Any

from cameo_service.context import Context
from cameo_service.enrollments.recordings import BLOB_PREFIX, RECEIVE_JOB
from cameo_service.enrollments.sessions import VERIFY_JOB
from cameo_service.erasure.certificates import certificate_of, digest_of
from cameo_service.erasure.elsewhere import forget_elsewhere, look_elsewhere
from cameo_service.erasure.enrollments import enrollments_of
from cameo_service.erasure.texts import faces_without_words
from cameo_service.events import Event, record
from storage.errors import StoreUnavailable
from storage.records import ErasureRecord

ERASE_JOB = "erase"


class StillHeld(StoreUnavailable):
    """A process stores a recording, or looks at one, that was taken in before: try again."""

    code = "recording_still_held"


class StillRead(StoreUnavailable):
    """The database's own log is being read, and holds what was destroyed: try again."""

    code = "log_still_read"


def finish(context: Context, id: str) -> ErasureRecord:
    """Delete what no transaction spans, and sign the certificate. Again changes nothing.

    Raises `StorageError` where something cannot be deleted now, `StillHeld` and `StillRead` among
    them.
    """
    with context.store.read() as tx:
        erasure = tx.erasures.get(id)
        enrollments = enrollments_of(tx, tx.cameos.get(erasure.cameo_id)).ids
        # 1. whoever holds a recording still, asked before it is looked for: nobody takes in another
        held = tx.jobs.are_waiting((RECEIVE_JOB, VERIFY_JOB), "enrollment", enrollments)
        faces = faces_without_words(tx, erasure.owner)
    if erasure.completed_at is not None:
        return erasure
    # 2. recordings: counted before they go, so that whoever takes over knows of all
    recordings = _recordings(context, enrollments)
    erasure = _counted(context, id, recordings=len(recordings))
    for blob in recordings:
        context.blobs.delete(blob)
    if held:
        # before every report and result is looked through: that is done once nothing comes back
        raise StillHeld("a recording is being stored or looked at: the erasure goes on later")
    # 3. where others' reports, scans and requests name the cameo
    elsewhere = look_elsewhere(context, erasure.cameo_id, faces)
    erasure = _counted(context, id, **elsewhere.counts)
    forget_elsewhere(context, elsewhere)
    # 4. what the database's own log still has of it
    if not context.store.scrub():
        raise StillRead("the database's log is being read: the erasure goes on later")
    # 5. the certificate, and its digest in the log
    return _complete(context, id)


def _recordings(context: Context, enrollments: Collection[str]) -> list[str]:
    """The recordings of these. All that wait are listed once, as the sweep does: whatever put
    them there, and however many enrollments there are."""
    prefixes = {f"{BLOB_PREFIX}{each}" for each in enrollments}
    return [each for each in context.blobs.list(BLOB_PREFIX) if each.rpartition("/")[0] in prefixes]


def _counted(context: Context, id: str, **counts: int) -> ErasureRecord:
    """Store the counts; of a second attempt, which finds less, the greater ones."""
    with context.store.write() as tx:
        erasure = tx.erasures.get(id)
        known: dict[str, Any] = erasure.destroyed
        more = {name: max(count, known.get(name, 0)) for name, count in counts.items()}
        if all(known.get(name) == count for name, count in more.items()):
            return erasure
        return tx.erasures.save(replace(erasure, destroyed={**known, **more}))


def _complete(context: Context, id: str) -> ErasureRecord:
    with context.store.write() as tx:
        erasure = tx.erasures.get(id)
        if erasure.completed_at is not None:
            return erasure
        now = context.clock()
        completed = replace(erasure, completed_at=now)
        certificate = certificate_of(tx, context, completed, tx.erasures.tellings(id))
        document = {
            "cameo": erasure.cameo_id,
            "erasure": id,
            "certificate": digest_of(certificate),
        }
        subjects = (erasure.cameo_id, erasure.owner)
        number = record(tx, Event.CAMEO_ERASED, document, subjects=subjects, now=now)
        return tx.erasures.save(replace(completed, certificate=certificate, log_number=number))
