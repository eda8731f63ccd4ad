"""Ending a cameo, with all that rests on it.

revoke_cameo(context, caller, cameo_id="cam_…")
"""

from dataclasses import replace

from cameo_service import withdrawal
from cameo_service.callers import Caller
from cameo_service.cameos import owned
from cameo_service.context import Context
from cameo_service.recordings import discard
from permissions.facts import CameoStatus
from storage.contracts import Transaction
from storage.records import CameoRecord, EnrollmentState, PolicyRecord


def revoke_cameo(
    context: Context, caller: Caller, *, cameo_id: str
) -> tuple[CameoRecord, PolicyRecord]:
    """End a cameo and every permit that rests on it. Revoking again changes nothing.

    A cameo that still waits for a review takes its enrollment and the recording with it.
    """
    with context.store.write() as tx:
        cameo = owned(tx, caller, cameo_id)
        blob = None if cameo.status.is_ended else _end(tx, context, cameo)
        ended, policy = tx.cameos.get(cameo_id), tx.policies.current(cameo_id)
    discard(context, blob)
    return ended, policy


def _end(tx: Transaction, context: Context, cameo: CameoRecord) -> str | None:
    """End `cameo`; return the recording that nobody needs any more, if there is one."""
    now = context.clock()
    enrollment = tx.enrollments.get(cameo.enrollment_id)
    if enrollment.state is EnrollmentState.NEEDS_REVIEW:
        withdrawal.end(tx, context, enrollment)
    else:
        tx.templates.destroy(cameo.id)
        tx.cameos.save(replace(cameo, status=CameoStatus.REVOKED, updated_at=now))
    tx.permits.revoke_resting_on(f"cameo:{cameo.id}", now=now)
    tx.revisions.touch(f"cameo:{cameo.id}", f"principal:{cameo.owner}", now=now)
    return enrollment.recording_blob
