"""Uses: who may see one, and what owners and the end of grants ask of their holders.

recalled = recall(tx, context, touched.grant("gra_1"), cause="grant_revoked", now=now)
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any, NamedTuple

from cameo_service import touched
from cameo_service.callers import Caller
from cameo_service.context import Context
from cameo_service.ending import end_permits
from cameo_service.errors import Forbidden, NotActingFor, Unknown
from cameo_service.recalls import applies_to, demand_of, demand_of_cameo
from cameo_service.speaking import is_on_owners_side
from permissions.vocabulary import OnRevocation
from storage.contracts import Transaction
from storage.records import CameoRecord, RecallState, UseRecord, UseState

AT_ONCE = 200


class PublishedStays(Forbidden):
    """The work was published under a grant which promises that it stays."""

    code = "published_stays"


class Seen(NamedTuple):
    """A use as a caller may see it.

    `cameos` are those in it on whose owners' side the caller is; None for its holder, who sees
    all of it.
    """

    use: UseRecord
    cameos: tuple[str, ...] | None


def seen(tx: Transaction, caller: Caller, id: str, *, now: datetime) -> Seen:
    """The use, to its holder and to the owners of what is in it; to all others `Unknown`."""
    use = tx.uses.find(id)
    if use is not None and caller.acts_for_principal(use.holder):
        return Seen(use, None)
    cameos = owned_in(tx, caller, use, now=now) if use is not None else ()
    if use is None or not cameos:
        raise Unknown(f"there is no use `{id}`")
    return Seen(use, cameos)


def held(tx: Transaction, caller: Caller, id: str, *, now: datetime) -> UseRecord:
    """The use, to its holder; `NotActingFor` to owners, `Unknown` to all others."""
    found = seen(tx, caller, id, now=now)
    if found.cameos is not None:
        raise NotActingFor("only the holder of a use can report on it")
    return found.use


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
) -> list[Seen]:
    """The uses of a cameo, drafts too, for the owner's side; else `Unknown`."""
    cameo = _owned(tx, caller, cameo_id, now=now)
    uses = tx.uses.resting_on(touched.cameo(cameo.id), limit=limit, after=after)
    return [Seen(use, (cameo.id,)) for use in uses]


def _owned(tx: Transaction, caller: Caller, id: str, *, now: datetime) -> CameoRecord:
    cameo = tx.cameos.find(id)
    if cameo is None or not is_on_owners_side(tx, caller, cameo.owner, now=now):
        raise Unknown(f"there is no cameo `{id}`")
    return cameo


def ask_removal(
    tx: Transaction, context: Context, caller: Caller, *, id: str, reason: str | None
) -> Seen:
    """Ask the holder, in an owner's name, to delete or take down a use.

    Asking again, or for what is gone, changes nothing. Raises `PublishedStays` where every cameo
    of the caller's side was used under grants that promise otherwise.
    """
    now = context.clock()
    use = seen(tx, caller, id, now=now).use
    cameos = owned_in(tx, caller, use, now=now)
    if not cameos:
        raise NotActingFor("only the owner of a likeness in it can ask for the removal of a use")
    if use.state is UseState.REMOVED or use.recall is RecallState.OPEN:
        return Seen(use, cameos)
    free = [cameo for cameo in cameos if not stays(use, cameo)]
    if not free:
        raise PublishedStays(f"use `{id}` was published under a grant by which it stays")
    key = touched.cameo(free[0])
    asked = open_recall(tx, use, cause="owner_asked", key=key, now=now, reason=reason)
    return Seen(asked, cameos)


def stays(use: UseRecord, cameo_id: str) -> bool:
    """Whether this cameo's owner has promised that the use, being published, stays."""
    published = use.state is UseState.PUBLISHED
    return published and demand_of_cameo(use.basis, cameo_id) is OnRevocation.PUBLISHED_STAYS


def recall(tx: Transaction, context: Context, key: str, *, cause: str, now: datetime) -> list[str]:
    """Recall the uses that the end of `key` takes back; return their ids, in order.

    `key` is one of `touched`: `grant:…` or `cameo:…`; no other recalls anything. `cause` is a
    stable code for the holder, such as `grant_revoked`. What is recalled already stays as it is.
    """
    del context  # for whoever is told of recalls one day
    recalled = []
    for use in _resting_on(tx, key):
        if use.recall is RecallState.NONE and applies_to(demand_of(use.basis, key), use):
            open_recall(tx, use, cause=cause, key=key, now=now)
            recalled.append(use.id)
    return recalled


def open_recall(
    tx: Transaction,
    use: UseRecord,
    *,
    cause: str,
    key: str,
    now: datetime,
    reason: str | None = None,
) -> UseRecord:
    """Ask the holder to delete a draft, or to take down what is published.

    What is called back can be neither published nor remixed, and permits for that end.
    """
    document: dict[str, Any] = {
        "ask": "delete" if use.state is UseState.DRAFT else "take_down",
        "cause": cause,
        "key": key,
        "reason": reason,
        "since": now.isoformat(),
    }
    recalled = tx.uses.save(
        replace(use, recall=RecallState.OPEN, recall_document=document, updated_at=now)
    )
    end_permits(tx, touched.use(use.id), now=now)
    tx.revisions.touch(touched.use(use.id), now=now)
    return recalled


def _resting_on(tx: Transaction, key: str) -> Iterator[UseRecord]:
    after = None
    while page := tx.uses.resting_on(key, limit=AT_ONCE, after=after):
        yield from page
        after = page[-1].id
