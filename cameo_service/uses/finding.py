"""Uses: who may see one, and what of it.

found = visible(tx, caller, "use_…", now=now)
found.cameos  # None for its holder
"""

from datetime import datetime
from typing import NamedTuple

from cameo_service import touched
from cameo_service.callers import Caller
from cameo_service.cameos.finding import visible as visible_cameo
from cameo_service.errors import NotActingFor, Unknown
from cameo_service.people.speaking import is_on_owners_side
from storage.contracts import Transaction
from storage.records import UseRecord


class SeenUse(NamedTuple):
    """A use as a caller may see it.

    `cameos` are those in it on whose owners' side the caller is; None for its holder, who sees
    all of it.
    """

    use: UseRecord
    cameos: tuple[str, ...] | None


def visible(tx: Transaction, caller: Caller, id: str, *, now: datetime) -> SeenUse:
    """The use, to its holder and to the owners of what is in it; to all others `Unknown`."""
    use = tx.uses.find(id)
    if use is not None and caller.acts_for_principal(use.holder):
        return SeenUse(use, None)
    cameos = owned_in(tx, caller, use, now=now) if use is not None else ()
    if use is None or not cameos:
        raise Unknown(f"there is no use `{id}`")
    return SeenUse(use, cameos)


def held(tx: Transaction, caller: Caller, id: str, *, now: datetime) -> UseRecord:
    """The use, to its holder; `NotActingFor` to owners, `Unknown` to all others."""
    found = visible(tx, caller, id, now=now)
    if found.cameos is not None:
        raise NotActingFor("only the holder of a use can report on it")
    return found.use


def of_holder(
    tx: Transaction, caller: Caller, holder: str, *, recalled: bool, limit: int, after: str | None
) -> list[UseRecord]:
    """The uses that `holder` answers for, in order of id; only open recalls if asked."""
    caller.require_acting_for(holder)
    return tx.uses.held_by(holder, recalled=recalled, limit=limit, after=after)


def owned_in(tx: Transaction, caller: Caller, use: UseRecord, *, now: datetime) -> tuple[str, ...]:
    """The cameos in `use`, or beneath what is in it, on whose owners' side the caller is."""
    cameos = sorted({party["cameo_id"] for party in use.basis["parties"]})
    return tuple(
        cameo
        for cameo in cameos
        if is_on_owners_side(tx, caller, tx.cameos.get(cameo).owner, now=now)
    )


def of_cameo(
    tx: Transaction,
    caller: Caller,
    cameo_id: str,
    *,
    now: datetime,
    limit: int,
    after: str | None = None,
) -> list[SeenUse]:
    """The uses of a cameo, drafts too, for the owner's side; else `Unknown`."""
    cameo = visible_cameo(tx, caller, cameo_id, now=now)
    uses = tx.uses.resting_on(touched.cameo(cameo.id), limit=limit, after=after)
    return [SeenUse(use, (cameo.id,)) for use in uses]
