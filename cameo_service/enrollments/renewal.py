"""Renewal: a cameo's person proves again who they are, and its templates and credential are new.

    cameo = renewable(tx, "user:ann", "cam_1")              # before a recording
    renew(tx, context, enrollment, cameo, verification)     # after it

What the person ruled stays: policy, grants and permits rest on the cameo, which goes on under the
same id. What an attempt finds wrong changes nothing, and what was revoked is never renewed.

New templates take the place of the old ones; the two are not merged. A merged template would drift
towards whoever was once let through, and a credential is to say what one recording has shown.
"""

from cameo_service import touched
from cameo_service.context import Context
from cameo_service.enrollments.likenesses import activate, hand_over, keep
from cameo_service.errors import Unknown, WrongState
from cameo_service.permits import ending
from permissions.facts import CameoStatus
from storage.contracts import Transaction
from storage.records import CameoRecord, EnrollmentRecord
from verification.report import Verification

RENEWABLE = (CameoStatus.ACTIVE, CameoStatus.EXPIRED)
"""A cameo whose credential has expired is active still, and waits for this."""


class NotRenewable(WrongState):
    """The cameo has ended, is suspended, or was never active."""

    code = "cameo_not_renewable"


def renewable(tx: Transaction, principal: str, cameo_id: str) -> CameoRecord:
    """The cameo of `principal` that may be renewed.

    Raises `Unknown` for another's cameo or a character's, and `NotRenewable` for one that has
    ended, or that the deployment holds.
    """
    cameo = tx.cameos.find(cameo_id)
    if cameo is None or cameo.owner != principal or cameo.kind != "person":
        raise Unknown(f"`{principal}` has no cameo `{cameo_id}`")
    if cameo.status not in RENEWABLE:
        raise NotRenewable(f"cameo `{cameo_id}` is `{cameo.status}` and cannot be renewed")
    return cameo


def still_renewable(tx: Transaction, record: EnrollmentRecord) -> CameoRecord | None:
    """The cameo that `record` is to renew; None where it ended since, or is held."""
    cameo = None if record.renews is None else tx.cameos.find(record.renews)
    return cameo if cameo is not None and cameo.status in RENEWABLE else None


def renew(
    tx: Transaction,
    context: Context,
    record: EnrollmentRecord,
    cameo: CameoRecord,
    verification: Verification,
) -> EnrollmentRecord:
    """Renew `cameo` with what was verified. Raises `WrongState` where that has no face."""
    keep(tx, context, record, verification, holder=record.id)
    return renew_with_kept(tx, context, record, cameo)


def renew_with_kept(
    tx: Transaction, context: Context, record: EnrollmentRecord, cameo: CameoRecord
) -> EnrollmentRecord:
    """Renew `cameo` with what is kept under the enrollment's own id.

    A facet that was proven before and is not any more takes the cameo's permits with it.
    """
    hand_over(tx, record.id, cameo.id)
    renewed = activate(tx, context, record, cameo)
    if set(cameo.enrolled) - set(tx.cameos.get(cameo.id).enrolled):
        ending.end_permits(tx, touched.cameo(cameo.id), now=context.clock())
    return renewed
