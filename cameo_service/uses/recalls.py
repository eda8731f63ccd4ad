"""What the end of grants and cameos, and what owners, ask of the holders of uses.

recalled = recall(tx, touched.grant("gra_1"), cause="grant_revoked", now=now)
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from cameo_service import touched
from cameo_service.callers import Caller
from cameo_service.context import Context
from cameo_service.errors import Forbidden, NotActingFor
from cameo_service.events import Event, record
from cameo_service.permits import ending
from cameo_service.permits.concerned import concerned_by
from cameo_service.uses.demands import applies_to, demand_of, demand_of_cameo
from cameo_service.uses.finding import SeenUse, owned_in, visible
from cameo_service.webhooks.telling import tell_recalled, tell_revoked
from permissions.facts import CameoStatus
from permissions.vocabulary import OnRevocation
from storage.contracts import Transaction
from storage.records import RecallState, UseRecord, UseState

AT_ONCE = 200


class PublishedStays(Forbidden):
    """The work was published under a grant which promises that it stays."""

    code = "published_stays"


def ask_removal(
    tx: Transaction, context: Context, caller: Caller, *, id: str, reason: str | None
) -> SeenUse:
    """Ask the holder, in an owner's name, to delete or take down a use.

    Asking again, or for what is gone, changes nothing. Raises `PublishedStays` where every cameo
    of the caller's side was used under grants that promise otherwise.
    """
    now = context.clock()
    use = visible(tx, caller, id, now=now).use
    cameos = owned_in(tx, caller, use, now=now)
    if not cameos:
        raise NotActingFor("only the owner of a likeness in it can ask for the removal of a use")
    if use.state is UseState.REMOVED or use.recall is RecallState.OPEN:
        return SeenUse(use, cameos)
    free = [cameo for cameo in cameos if not stays(use, cameo)]
    if not free:
        raise PublishedStays(f"use `{id}` was published under a grant by which it stays")
    key = touched.cameo(free[0])
    if tx.cameos.get(free[0]).status is CameoStatus.ERASED:
        # the removal may be asked for still, and of that cameo no words are kept any more
        reason = None
    asked, ended = _open(tx, use, cause="owner_asked", key=key, now=now, reason=reason)
    _tell(tx, [asked], ended, now=now)
    return SeenUse(asked, cameos)


def stays(use: UseRecord, cameo_id: str) -> bool:
    """Whether this cameo's owner has promised that the use, being published, stays."""
    published = use.state is UseState.PUBLISHED
    return published and demand_of_cameo(use.basis, cameo_id) is OnRevocation.PUBLISHED_STAYS


def recall(tx: Transaction, key: str, *, cause: str, now: datetime) -> list[str]:
    """Recall the uses that the end of `key` takes back; return their ids, in order.

    `key` is one of `touched`: `grant:…` or `cameo:…`; no other recalls anything. `cause` is a
    stable code for the holder, such as `grant_revoked`. What is recalled already stays as it is.
    Holders are told of all of it together.
    """
    recalled: list[UseRecord] = []
    ended: list[str] = []
    for use in _resting_on(tx, key):
        if use.recall is RecallState.NONE and applies_to(demand_of(use.basis, key), use):
            opened, permits = _open(tx, use, cause=cause, key=key, now=now)
            recalled.append(opened)
            ended += permits
    _tell(tx, recalled, ended, now=now)
    return [use.id for use in recalled]


def _tell(
    tx: Transaction, recalled: Sequence[UseRecord], ended: Sequence[str], *, now: datetime
) -> None:
    tell_recalled(tx, recalled, now=now)
    tell_revoked(tx, ended, now=now)


def _open(
    tx: Transaction,
    use: UseRecord,
    *,
    cause: str,
    key: str,
    now: datetime,
    reason: str | None = None,
) -> tuple[UseRecord, list[str]]:
    """Ask the holder to delete a draft, or to take down what is published; to be told by `_tell`.

    What is called back can be neither published nor remixed, and permits for that end: the use,
    and those permits.
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
    event = {"use": use.id, "ask": document["ask"], "cause": cause}
    subjects = tuple(concerned_by(tx, touched.use(use.id)))
    record(tx, Event.USE_RECALLED, event, subjects=subjects, now=now)
    ended = ending.end_untold(tx, touched.use(use.id), now=now)
    tx.revisions.touch(touched.use(use.id), now=now)
    return recalled, ended


def _resting_on(tx: Transaction, key: str) -> Iterator[UseRecord]:
    after = None
    while page := tx.uses.resting_on(key, limit=AT_ONCE, after=after):
        yield from page
        after = page[-1].id
