"""Policies: the owner's standing rules for a cameo, set by who may speak for the owner.

record = set_policy(tx, context, caller, cameo_id="cam_…", policy=Policy())
"""

from dataclasses import replace
from datetime import datetime

from cameo_service import touched
from cameo_service.callers import Caller
from cameo_service.cameos.finding import speaking, visible
from cameo_service.context import Context
from cameo_service.documents import policy_document
from cameo_service.errors import Invalid, WrongState
from cameo_service.events import Event
from cameo_service.events import record as log
from cameo_service.people.speaking import (
    require_capacity,
    require_whole_mandate,
)
from cameo_service.permits import ending
from cameo_service.signing import canonical_hash
from permissions.policy import Policy
from permissions.rules import Rule
from storage.contracts import Transaction
from storage.records import CameoRecord, PolicyRecord


def set_policy(
    tx: Transaction,
    context: Context,
    caller: Caller,
    *,
    cameo_id: str,
    policy: Policy,
    policies: tuple[Rule, ...] = (),
    acting_as: str | None = None,
) -> PolicyRecord:
    """Append the next version of the policy, signed by who speaks. Effective from the commit on.

    `policies` are a character's if-then rules. The new policy may take away what a live permit
    rests on, so every permit that rests on the old one is revoked in the same transaction.
    """
    now = context.clock()
    cameo, speaker = speaking(tx, caller, cameo_id, acting_as=acting_as, now=now)
    require_capacity(tx, cameo.owner, speaker.principal)
    require_whole_mandate(speaker)
    _require_not_ended(cameo)
    if policies and cameo.kind != "character":
        raise Invalid("policies_of_person", "`policies` are for characters: use `restrictions`")
    signed = replace(policy, set_by=speaker.principal)
    record = PolicyRecord(
        cameo_id=cameo.id,
        version=tx.policies.current(cameo.id).version + 1,
        document=policy_document(signed, policies),
        created_by=caller.key_id,
        created_at=now,
    )
    tx.policies.append(record)
    document = {
        "cameo": cameo.id,
        "version": record.version,
        "by": speaker.principal,
        "sha256": canonical_hash(record.document),
    }
    subjects = (cameo.id, cameo.owner, speaker.principal)
    log(tx, Event.POLICY_SET, document, subjects=subjects, now=now)
    ending.end_permits(tx, touched.policy(cameo.id), now=now)
    tx.revisions.touch(touched.cameo(cameo.id), now=now)
    return record


def history(
    tx: Transaction, caller: Caller, cameo_id: str, *, now: datetime, limit: int, after: int
) -> list[PolicyRecord]:
    """The versions above `after`, oldest first, to the owner's side."""
    cameo = visible(tx, caller, cameo_id, now=now)
    return tx.policies.history(cameo.id, limit=limit, after=after)


def _require_not_ended(cameo: CameoRecord) -> None:
    if cameo.status.is_ended:
        raise WrongState(f"cameo `{cameo.id}` is `{cameo.status}`")
