"""Ending a cameo, with all that rests on it.

revoke_cameo(context, caller, cameo_id="cam_…")
"""

from dataclasses import replace

from cameo_service import touched
from cameo_service.callers import Caller
from cameo_service.cameos.finding import speaking
from cameo_service.context import Context
from cameo_service.enrollments import withdrawal
from cameo_service.enrollments.recordings import discard
from cameo_service.events import Event, record
from cameo_service.people.speaking import MandateTooNarrow, Speaker
from cameo_service.permits import ending
from cameo_service.uses import recalls
from permissions.facts import CameoStatus
from permissions.representation import RepresentationKind
from storage.contracts import Transaction
from storage.records import CameoRecord, EnrollmentState


def revoke_cameo(
    context: Context, caller: Caller, *, cameo_id: str, acting_as: str | None = None
) -> CameoRecord:
    """End a cameo and every permit that rests on it; recall the uses. Again changes nothing.

    A cameo that still waits for a review takes its enrollment and the recording with it.
    """
    now = context.clock()
    with context.store.write() as tx:
        cameo, speaker = speaking(tx, caller, cameo_id, acting_as=acting_as, now=now)
        require_no_agent(speaker)
        blobs = [] if cameo.status.is_ended else _end(tx, context, cameo, by=speaker.principal)
        ended = tx.cameos.get(cameo_id)
    for blob in blobs:
        discard(context, blob)
    return ended


def require_no_agent(speaker: Speaker) -> None:
    """Raise `MandateTooNarrow` for an agent: what cannot be undone is for the owner, and for who
    stands in their place."""
    agents = [mandate.kind is RepresentationKind.AGENT for mandate in speaker.mandates]
    if agents and all(agents):
        raise MandateTooNarrow(f"`{speaker.principal}` is an agent, and agents end no cameo")


def _end(tx: Transaction, context: Context, cameo: CameoRecord, *, by: str) -> list[str | None]:
    """End `cameo`; return the recordings that nobody needs any more, None for each of none."""
    now, key = context.clock(), touched.cameo(cameo.id)
    recordings = _end_person(tx, context, cameo) if cameo.enrollment_id is not None else []
    if not tx.cameos.get(cameo.id).status.is_ended:
        tx.cameos.save(replace(cameo, status=CameoStatus.REVOKED, updated_at=now))
    document = {"cameo": cameo.id, "by": by}
    record(tx, Event.CAMEO_REVOKED, document, subjects=(cameo.id, cameo.owner, by), now=now)
    ending.end_permits(tx, key, now=now)
    recalls.recall(tx, key, cause="cameo_revoked", now=now)
    tx.revisions.touch(key, touched.principal(cameo.owner), now=now)
    return recordings


def _end_person(tx: Transaction, context: Context, cameo: CameoRecord) -> list[str | None]:
    """Destroy the templates of a person; withdraw an enrollment, or a renewal, that still waits."""
    enrollment = tx.enrollments.get(cameo.enrollment_id or "")
    tx.templates.destroy(cameo.id)
    if enrollment.state is EnrollmentState.NEEDS_REVIEW:
        withdrawal.end(tx, context, enrollment)
    renewals = tx.enrollments.renewing(cameo.id)
    for each in renewals:
        withdrawal.end(tx, context, each)
    return [each.recording_blob for each in (enrollment, *renewals)]
