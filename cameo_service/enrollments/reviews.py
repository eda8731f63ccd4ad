"""What a reviewer does: look at the enrollments that the checks left open, and decide.

settle(context, caller, id="enr_…", approve=True)
"""

from typing import BinaryIO

from cameo_service.callers import Caller
from cameo_service.context import Context
from cameo_service.enrollments import verdicts
from cameo_service.enrollments.recordings import discard
from cameo_service.enrollments.sessions import accessible
from cameo_service.errors import WrongState
from storage.contracts import Transaction
from storage.records import EnrollmentRecord


def waiting(
    tx: Transaction, caller: Caller, *, limit: int, after: str | None
) -> list[EnrollmentRecord]:
    """Enrollments that wait for a review, of the principals the caller may act for."""
    found: list[EnrollmentRecord] = []
    while len(found) < limit and (page := tx.enrollments.awaiting_review(limit=limit, after=after)):
        found += [record for record in page if caller.acts_for_principal(record.principal)]
        after = page[-1].id
    return found[:limit]


def settle(context: Context, caller: Caller, *, id: str, approve: bool) -> EnrollmentRecord:
    """Approve or reject an enrollment, and delete the recording that it was held for."""
    with context.store.write() as tx:
        record = accessible(tx, caller, id, now=context.clock())
        settled = verdicts.review(tx, context, record, approve=approve)
    discard(context, record.recording_blob)
    return settled


def fetch_recording(context: Context, caller: Caller, *, id: str, target: BinaryIO) -> str:
    """Write the recording that waits for review into `target`; return its media type."""
    with context.store.read() as tx:
        record = accessible(tx, caller, id, now=context.clock())
    if record.recording_blob is None or record.recording_mime is None:
        raise WrongState(f"enrollment `{id}` is `{record.state}` and holds no recording")
    context.blobs.fetch(record.recording_blob, target)
    return record.recording_mime
