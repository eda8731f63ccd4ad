"""Cameos and their policies, for those who may act for the owner.

cameo = owned(tx, caller, "cam_…")
"""

from cameo_service.callers import Caller
from cameo_service.context import Context
from cameo_service.documents import policy_document
from cameo_service.errors import Unknown, WrongState
from permissions.policy import Policy
from storage.contracts import Transaction
from storage.records import CameoRecord, PolicyRecord


def owned(tx: Transaction, caller: Caller, id: str) -> CameoRecord:
    """The cameo, when the caller may act for its owner; else `Unknown`, existing or not."""
    cameo = tx.cameos.find(id)
    if cameo is None or not caller.acts_for_principal(cameo.owner):
        raise Unknown(f"there is no cameo `{id}`")
    return cameo


def person_cameo_of(tx: Transaction, principal: str) -> CameoRecord | None:
    """The person cameo of `principal` that has not ended: there is one at most."""
    for cameo in tx.cameos.owned_by(principal):
        if cameo.kind == "person" and not cameo.status.is_ended:
            return cameo
    return None


def set_policy(
    tx: Transaction, context: Context, caller: Caller, *, cameo_id: str, policy: Policy
) -> PolicyRecord:
    """Append the next version of the policy. Effective from the commit on.

    The new policy may take away what a live permit rests on, so every permit that rests on the old
    one is revoked in the same transaction.
    """
    cameo = owned(tx, caller, cameo_id)
    _require_not_ended(cameo)
    now = context.clock()
    record = PolicyRecord(
        cameo_id=cameo.id,
        version=tx.policies.current(cameo.id).version + 1,
        document=policy_document(policy),
        created_by=caller.key_id,
        created_at=now,
    )
    tx.policies.append(record)
    tx.permits.revoke_resting_on(f"policy:{cameo.id}", now=now)
    tx.revisions.touch(f"cameo:{cameo.id}", now=now)
    return record


def _require_not_ended(cameo: CameoRecord) -> None:
    if cameo.status.is_ended:
        raise WrongState(f"cameo `{cameo.id}` is `{cameo.status}`")
