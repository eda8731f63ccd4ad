"""Cameos, for those who may see them and those who may speak for the owner.

cameo, speaker = speaking(tx, caller, "cam_…", acting_as=None, now=now)
"""

from datetime import datetime

from cameo_service.callers import Caller
from cameo_service.errors import NotActingFor, Unknown
from cameo_service.people.speaking import (
    Speaker,
    is_on_owners_side,
    speaker_for,
)
from storage.contracts import Transaction
from storage.records import CameoRecord


def owned(tx: Transaction, caller: Caller, id: str) -> CameoRecord:
    """The cameo, when the caller may act for its owner; else `Unknown`, existing or not."""
    cameo = tx.cameos.find(id)
    if cameo is None or not caller.acts_for_principal(cameo.owner):
        raise Unknown(f"there is no cameo `{id}`")
    return cameo


def visible(tx: Transaction, caller: Caller, id: str, *, now: datetime) -> CameoRecord:
    """The cameo, to the owner's side: the owner and who represents them; else `Unknown`."""
    cameo = tx.cameos.find(id)
    if cameo is None or not is_on_owners_side(tx, caller, cameo.owner, now=now):
        raise Unknown(f"there is no cameo `{id}`")
    return cameo


def speaking(
    tx: Transaction, caller: Caller, cameo_id: str, *, acting_as: str | None, now: datetime
) -> tuple[CameoRecord, Speaker]:
    """The cameo, and who speaks for it: the owner, or `acting_as` under a mandate that stands.

    Raises `NotActingFor` where the caller may not act for `acting_as`, and `Unknown` where nobody
    it acts for has a say. Whether that one can give something, `speaking.require_capacity` says.
    """
    if acting_as is not None:
        caller.require_acting_for(acting_as)
    cameo = visible(tx, caller, cameo_id, now=now)
    speaker = speaker_for(tx, cameo.owner, acting_as or cameo.owner, now=now)
    if speaker is None:
        raise NotActingFor(f"`{acting_as}` does not represent the owner of cameo `{cameo_id}`")
    if acting_as is None and not caller.acts_for_principal(cameo.owner):
        raise NotActingFor(
            f"the key may not act for the owner of cameo `{cameo_id}`: name who represents the "
            "owner in `acting_as`"
        )
    return cameo, speaker


def of_owner(tx: Transaction, caller: Caller, owner: str, *, now: datetime) -> list[CameoRecord]:
    """Every cameo of `owner`, oldest first, to the owner's side; else `NotActingFor`."""
    if not is_on_owners_side(tx, caller, owner, now=now):
        raise NotActingFor(f"the key may not act for `{owner}`")
    return tx.cameos.owned_by(owner)


def person_cameo_of(tx: Transaction, principal: str) -> CameoRecord | None:
    """The person cameo of `principal` that has not ended: there is one at most."""
    for cameo in tx.cameos.owned_by(principal):
        if cameo.kind == "person" and not cameo.status.is_ended:
            return cameo
    return None
