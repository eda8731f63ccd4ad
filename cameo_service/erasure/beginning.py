"""The first half of an erasure: everything in the database, in one transaction.

record = erase_cameo(context, caller, cameo_id="cam_…")

From its commit on nothing of the person can be read from the database, no decision says yes, and
whoever holds an identity package is told. The files, which no transaction spans, are deleted by
the job that it queues; `finishing` has it.
"""

from cameo_service.callers import Caller
from cameo_service.cameos.finding import speaking
from cameo_service.cameos.revocation import require_no_agent
from cameo_service.context import Context
from cameo_service.erasure.destroying import destroy
from cameo_service.erasure.finishing import ERASE_JOB
from cameo_service.erasure.telling import tell_holders
from cameo_service.errors import WrongState
from cameo_service.events import Event, record
from cameo_service.identifiers import new_id
from cameo_service.jobs import job_for
from permissions.facts import CameoStatus
from storage.contracts import Transaction
from storage.records import CameoRecord, ErasureRecord


class ErasedBefore(WrongState):
    """The cameo was erased, so long ago that the erasure itself is not kept any more."""

    code = "erased_before"


def erase_cameo(
    context: Context, caller: Caller, *, cameo_id: str, acting_as: str | None = None
) -> ErasureRecord:
    """Erase a cameo, ended before or not, for whoever may end it. Again changes nothing.

    Raises `Unknown`, `NotActingFor` and `MandateTooNarrow` as revoking it does, and `ErasedBefore`:
    there is nothing left to destroy, and a second certificate would say that there was.
    """
    now = context.clock()
    with context.store.write() as tx:
        cameo, speaker = speaking(tx, caller, cameo_id, acting_as=acting_as, now=now)
        require_no_agent(speaker)
        erased = tx.erasures.of_cameo(cameo.id)
        if erased is not None:
            return erased
        if cameo.status is CameoStatus.ERASED:
            raise ErasedBefore(
                f"cameo `{cameo.id}` was erased before: its certificate was kept for as long as "
                "the retention schedule says, and stands in the consent log"
            )
        return begin(tx, context, cameo, by=speaker.principal, ended_by=caller.key_id)


def begin(
    tx: Transaction, context: Context, cameo: CameoRecord, *, by: str, ended_by: str
) -> ErasureRecord:
    """Erase `cameo` at the word of `by`; `ended_by` stands in the grants that end with it."""
    now, ended = context.clock(), cameo.status.is_ended
    id = new_id("era")
    erasure = ErasureRecord(
        id=id,
        version=1,
        cameo_id=cameo.id,
        owner=cameo.owner,
        requested_by=by,
        requested_at=now,
        destroyed=destroy(tx, context, cameo, ended_by=ended_by),
    )
    tx.erasures.add(erasure)
    tell_holders(tx, context, erasure)
    tx.jobs.add(job_for(ERASE_JOB, {"erasure": id}, now=now))
    if not ended:
        document = {"cameo": cameo.id, "by": by, "erasure": id}
        record(tx, Event.CAMEO_REVOKED, document, subjects=(cameo.id, cameo.owner, by), now=now)
    return erasure
