"""The deployment's hold on a cameo, of a person or a character: suspended, and reinstated.

suspend(tx, context, id="cam_1")
"""

from dataclasses import replace

from cameo_service import touched
from cameo_service.context import Context
from cameo_service.errors import Unknown, WrongState
from cameo_service.events import Event, record
from cameo_service.permits import ending
from permissions.facts import CameoStatus
from storage.contracts import Transaction
from storage.records import CameoRecord


def suspend(tx: Transaction, context: Context, *, id: str, kind: str = "cameo") -> CameoRecord:
    """Suspend an active cameo; its permits end. Suspending again changes nothing.

    `kind` is what the caller takes it for: a `cameo` of any kind, or a `character`.
    """
    cameo = _found(tx, id, kind)
    if cameo.status is CameoStatus.SUSPENDED:
        return cameo
    if cameo.status is not CameoStatus.ACTIVE:
        raise WrongState(f"{kind} `{id}` is `{cameo.status}`: only an active one is suspended")
    now = context.clock()
    suspended = tx.cameos.save(replace(cameo, status=CameoStatus.SUSPENDED, updated_at=now))
    record(tx, Event.CAMEO_SUSPENDED, {"cameo": id}, subjects=(id, cameo.owner), now=now)
    ending.end_permits(tx, touched.cameo(id), now=now)
    tx.revisions.touch(touched.cameo(id), now=now)
    return suspended


def reinstate(tx: Transaction, context: Context, *, id: str, kind: str = "cameo") -> CameoRecord:
    """Let a suspended cameo be used again. Reinstating an active one changes nothing.

    A character that was changed meanwhile goes back to its review.
    """
    cameo = _found(tx, id, kind)
    if cameo.status is CameoStatus.ACTIVE:
        return cameo
    if cameo.status is not CameoStatus.SUSPENDED:
        raise WrongState(f"{kind} `{id}` is `{cameo.status}` and not suspended")
    now = context.clock()
    character = tx.characters.find(id)
    unjudged = character is not None and character.decided_at is None
    status = CameoStatus.PENDING if unjudged else CameoStatus.ACTIVE
    reinstated = tx.cameos.save(replace(cameo, status=status, updated_at=now))
    record(tx, Event.CAMEO_REINSTATED, {"cameo": id}, subjects=(id, cameo.owner), now=now)
    tx.revisions.touch(touched.cameo(id), now=now)
    return reinstated


def _found(tx: Transaction, id: str, kind: str) -> CameoRecord:
    cameo = tx.cameos.find(id)
    if cameo is None or kind not in ("cameo", cameo.kind):
        raise Unknown(f"there is no {kind} `{id}`")
    return cameo
