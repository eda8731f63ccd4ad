"""Taking back: a person may leave an enrollment at any moment before its verdict stands.

cancel(context, access, id="enr_…")
"""

from dataclasses import replace

from cameo_service import touched
from cameo_service.context import Context
from cameo_service.enrollments.recordings import discard
from cameo_service.enrollments.sessions import Access, accessible, state_at
from cameo_service.enrollments.transitions import HOLDING_A_RECORDING, move
from cameo_service.errors import WrongState
from permissions.facts import CameoStatus
from storage.contracts import Transaction
from storage.records import EnrollmentRecord, EnrollmentState


def cancel(context: Context, access: Access, *, id: str) -> EnrollmentRecord:
    """End an enrollment and delete what it holds. Canceling again changes nothing.

    A worker that is looking at the recording finds the enrollment ended and writes no verdict.
    """
    with context.store.write() as tx:
        record = accessible(tx, access, id, now=context.clock())
        if record.state is EnrollmentState.CANCELED:
            return record
        _require_unfinished(context, record)
        canceled = end(tx, context, record)
    discard(context, record.recording_blob)
    return canceled


def _require_unfinished(context: Context, record: EnrollmentRecord) -> None:
    state = state_at(record, now=context.clock())
    if state is not EnrollmentState.REQUIRES_INPUT and state not in HOLDING_A_RECORDING:
        raise WrongState(f"enrollment `{record.id}` is `{state}` and cannot be canceled")


def end(tx: Transaction, context: Context, record: EnrollmentRecord) -> EnrollmentRecord:
    """Cancel `record` in this transaction, with the cameo that it was to become."""
    now = context.clock()
    if record.renews is not None:
        # what it was to renew stays as it is
        tx.templates.destroy(record.id)
    elif record.cameo_id is not None:
        tx.templates.destroy(record.cameo_id)
        pending = tx.cameos.get(record.cameo_id)
        tx.cameos.save(replace(pending, status=CameoStatus.REVOKED, updated_at=now))
        tx.revisions.touch(touched.cameo(pending.id), now=now)
    return move(tx, replace(record, cameo_id=None), EnrollmentState.CANCELED, now=now)
