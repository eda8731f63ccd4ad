"""One-off approvals: given to exactly one request, and taken back.

approval, ended = revoke(tx, context, caller, id="apr_…")
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import islice
from typing import Literal

from cameo_service import touched
from cameo_service.callers import Caller, Scope
from cameo_service.cameos.finding import speaking
from cameo_service.context import Context
from cameo_service.errors import Invalid, Unknown
from cameo_service.events import Event
from cameo_service.events import record as log
from cameo_service.identifiers import new_id
from cameo_service.people.speaking import is_on_owners_side
from cameo_service.permits import ending
from permissions.vocabulary import DEPLOYMENT
from storage.contracts import Transaction
from storage.errors import NotFound
from storage.records import AccessRequestRecord, ApprovalRecord

USUAL = timedelta(days=30)
LONGEST = timedelta(days=365)
AT_ONCE = 100
Standing = Literal["standing", "taken", "expired", "revoked"]
"""`taken` is what a permit that lives, or a use, rests on: an approval is for one use."""


def until(not_after: datetime | None, *, now: datetime) -> datetime:
    """When an approval ends: as said, or after the usual time. Raises `Invalid`."""
    ends = now + USUAL if not_after is None else not_after
    if ends <= now:
        raise Invalid("approval_window_past", "`not_after` lies in the past")
    if ends > now + LONGEST:
        raise Invalid("approval_too_long", f"`not_after` is more than {LONGEST.days} days away")
    return ends


def give(
    tx: Transaction,
    caller: Caller,
    *,
    record: AccessRequestRecord,
    cameo_id: str,
    facets: tuple[str, ...],
    approver: str,
    not_after: datetime,
    now: datetime,
) -> ApprovalRecord:
    """Store the yes of `approver`, bound to what `record` asks for. The caller must have judged
    that this approver has a say."""
    approval = ApprovalRecord(
        id=new_id("apr"),
        version=1,
        cameo_id=cameo_id,
        approver=approver,
        requester=record.requester,
        action=str(record.request["action"]),
        facets=facets,
        reference=record.reference,
        not_after=not_after,
        created_by=caller.key_id,
        created_at=now,
        access_request_id=record.id,
    )
    tx.approvals.add(approval)
    _log(tx, Event.APPROVAL_GIVEN, approval, now=now)
    tx.revisions.touch(touched.principal(record.requester), now=now)
    return approval


def _log(tx: Transaction, event: Event, approval: ApprovalRecord, *, now: datetime) -> None:
    document = {
        "approval": approval.id,
        "cameo": approval.cameo_id,
        "approver": approval.approver,
        "requester": approval.requester,
        "access_request": approval.access_request_id,
    }
    subjects = (approval.cameo_id, approval.approver, approval.requester)
    log(tx, event, document, subjects=subjects, now=now)


def revoke(
    tx: Transaction, context: Context, caller: Caller, *, id: str, acting_as: str | None = None
) -> tuple[ApprovalRecord, list[str]]:
    """Take a one-off approval back; return it and the ids of the permits that ended with it.

    Its approver may, and the owner of the cameo or who represents them; what the deployment
    approved, only the deployment. From the commit on no decision says yes on its strength.
    Revoking again changes nothing. Raises `Unknown` to everybody else, and `NotActingFor`.
    """
    now = context.clock()
    if acting_as is not None:
        # before anything is looked up: whom the key may act for tells nothing of the approval
        caller.require_acting_for(acting_as)
    approval = _revocable(tx, caller, id, acting_as=acting_as, now=now)
    if approval.revoked_at is not None:
        return approval, []
    revoked = tx.approvals.save(replace(approval, revoked_at=now))
    _log(tx, Event.APPROVAL_ENDED, revoked, now=now)
    ended = ending.end_permits(tx, touched.approval(id), now=now)
    tx.revisions.touch(touched.principal(approval.requester), now=now)
    return revoked, ended


def _revocable(
    tx: Transaction, caller: Caller, id: str, *, acting_as: str | None, now: datetime
) -> ApprovalRecord:
    """The approval, to those who may take it back; else `Unknown`, whether it exists or not."""
    unknown = Unknown(f"there is no approval `{id}`")
    try:
        approval = tx.approvals.get(id)
    except NotFound:
        raise unknown from None
    if approval.approver == DEPLOYMENT:
        if Scope.DEPLOYMENT_WRITE not in caller.scopes:
            raise unknown
        return approval
    if acting_as in {None, approval.approver} and caller.acts_for_principal(approval.approver):
        return approval
    try:
        speaking(tx, caller, approval.cameo_id, acting_as=acting_as, now=now)
    except Unknown:
        raise unknown from None
    return approval


def visible(
    tx: Transaction, caller: Caller, id: str, *, now: datetime
) -> tuple[ApprovalRecord, Standing]:
    """The approval and where it stands, to its approver and the owner's side; else `Unknown`.

    What the deployment approved, only the deployment sees.
    """
    try:
        approval = tx.approvals.get(id)
    except NotFound:
        approval = None
    if approval is None or not _may_read(
        caller, approval, for_owner=_is_of_owner(tx, caller, approval.cameo_id, now=now)
    ):
        raise Unknown(f"there is no approval `{id}`")
    return approval, _standing(tx, approval, now=now)


def of_cameo(
    tx: Transaction,
    caller: Caller,
    cameo_id: str,
    *,
    limit: int,
    after: str | None,
    now: datetime,
) -> list[tuple[ApprovalRecord, Standing]]:
    """At most `limit` of the approvals on a cameo that the caller may read, in order of id.

    Raises `Unknown` to who is not on the owner's side and may read none, existing or not.
    """
    for_owner = _is_of_owner(tx, caller, cameo_id, now=now)
    readable = (
        approval
        for approval in _on_cameo(tx, cameo_id, after=after)
        if _may_read(caller, approval, for_owner=for_owner)
    )
    page = list(islice(readable, limit))
    if not page and not for_owner:
        raise Unknown(f"there is no cameo `{cameo_id}`")
    return [(approval, _standing(tx, approval, now=now)) for approval in page]


def _on_cameo(tx: Transaction, cameo_id: str, *, after: str | None) -> Iterator[ApprovalRecord]:
    """Everything behind the cursor: what may not be read must not shorten a page."""
    while True:
        batch = tx.approvals.of_cameo(cameo_id, limit=AT_ONCE, after=after)
        yield from batch
        if len(batch) < AT_ONCE:
            return
        after = batch[-1].id


def _may_read(caller: Caller, approval: ApprovalRecord, *, for_owner: bool) -> bool:
    if approval.approver == DEPLOYMENT:
        return Scope.DEPLOYMENT_WRITE in caller.scopes
    return for_owner or caller.acts_for_principal(approval.approver)


def _is_of_owner(tx: Transaction, caller: Caller, cameo_id: str, *, now: datetime) -> bool:
    cameo = tx.cameos.find(cameo_id)
    return cameo is not None and is_on_owners_side(tx, caller, cameo.owner, now=now)


def _standing(tx: Transaction, approval: ApprovalRecord, *, now: datetime) -> Standing:
    if approval.revoked_at is not None:
        return "revoked"
    if tx.reservations.taken(touched.approval(approval.id), now=now).count > 0:
        return "taken"
    return "expired" if approval.not_after <= now else "standing"
