"""What the end of grants and cameos, and what owners, ask of the holders of uses.

recalled = recall(tx, touched.grant("gra_1"), cause="grant_revoked", now=now)
recalled.uses      # their ids
recalled.altered   # the ids of those that nobody can read
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from cameo_service import touched
from cameo_service.altered import is_plain, passed_over
from cameo_service.callers import Caller
from cameo_service.context import Context
from cameo_service.errors import Forbidden, NotActingFor
from cameo_service.events import Event, Said, record_all
from cameo_service.permits import counts
from cameo_service.permits.concerned import concerned_by, parties_in
from cameo_service.uses.demands import applies_to, demand_of, demand_of_cameo
from cameo_service.uses.finding import SeenUse, owned_in, visible
from cameo_service.webhooks.telling import RecalledUse, asked_for, tell_recalled, tell_revoked
from permissions.facts import CameoStatus
from permissions.vocabulary import OnRevocation
from storage.contracts import Transaction
from storage.errors import Tampered
from storage.records import Readable, RecallState, UseRecord, UseState

AT_ONCE = 200


class Recalled(NamedTuple):
    """By id, the uses that were called back, and those that cannot be read."""

    uses: list[str]
    altered: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Due:
    """All that a recall takes of a use, read before anything is written."""

    told: RecalledUse
    subjects: tuple[str, ...]


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
    _open(tx, [_due(use)], [], cause="owner_asked", key=key, now=now, reason=reason)
    return SeenUse(tx.uses.get(id), cameos)


def stays(use: UseRecord, cameo_id: str) -> bool:
    """Whether this cameo's owner has promised that the use, being published, stays."""
    published = use.state is UseState.PUBLISHED
    return published and demand_of_cameo(use.basis, cameo_id) is OnRevocation.PUBLISHED_STAYS


def recall(tx: Transaction, key: str, *, cause: str, now: datetime) -> Recalled:
    """Recall the uses that the end of `key` takes back; return their ids, in order.

    `key` is one of `touched`: `grant:…` or `cameo:…`; no other recalls anything. `cause` is a
    stable code for the holder, such as `grant_revoked`. What is recalled already stays as it is.
    Holders are told of all of it together.

    A use that somebody altered keeps nobody from ending anything, and nothing in it is believed:
    permits that rest on it end, and whether it is to be called back nobody knows. It is named.
    """
    due: list[_Due] = []
    altered: list[str] = []
    for page in _resting_on(tx, key):
        altered += page.altered
        for use in page.records:
            try:
                if use.recall is RecallState.NONE and _is_taken_back(use, key):
                    due.append(_due(use))
            except Tampered:
                altered.append(use.id)
    _open(tx, due, altered, cause=cause, key=key, now=now)
    passed_over("use", altered)
    return Recalled([each.told.id for each in due], altered)


def _is_taken_back(use: UseRecord, key: str) -> bool:
    try:
        if not all(map(is_plain, parties_in(use.basis))):
            raise _altered(use)
        return applies_to(demand_of(use.basis, key), use)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise _altered(use) from error


def _due(use: UseRecord) -> _Due:
    cameos = asked_for({"likenesses": use.likenesses})
    try:
        subjects = (*parties_in(use.basis), use.requester, use.holder)
    except (KeyError, TypeError) as error:
        raise _altered(use) from error
    if cameos is None or not all(map(is_plain, subjects)):
        raise _altered(use)
    ask = "delete" if use.state is UseState.DRAFT else "take_down"
    told = RecalledUse(id=use.id, holder=use.holder, cameos=cameos, ask=ask)
    return _Due(told=told, subjects=subjects)


def _altered(use: UseRecord) -> Tampered:
    return Tampered(f"the use `{use.id}` cannot be read: it was altered")


def _open(
    tx: Transaction,
    due: Sequence[_Due],
    altered: Sequence[str],
    *,
    cause: str,
    key: str,
    now: datetime,
    reason: str | None = None,
) -> None:
    """Ask the holders to delete drafts, or to take down what is published, and tell them.

    What is called back can be neither published nor remixed, and permits for that end, as do those
    that rest on what was `altered`.
    """
    told = [each.told for each in due]
    for ask in dict.fromkeys(each.ask for each in told):
        document = {"ask": ask, "cause": cause, "key": key, "reason": reason}
        these = [each.id for each in told if each.ask == ask]
        tx.uses.recall(these, {**document, "since": now.isoformat()}, now=now)
    keys = [touched.use(id) for id in (*(each.id for each in told), *altered)]
    ended = tx.permits.revoke_resting_on_each(*keys, now=now)
    permits = [id for each in ended.values() for id in each]
    record_all(tx, _events(tx, due, altered, ended, cause=cause, key=key), now=now)
    if keys:
        tx.revisions.touch(*keys, now=now)
    counts.release(tx, *permits, now=now)
    tell_recalled(tx, told, now=now)
    tell_revoked(tx, permits, now=now)


def _events(
    tx: Transaction,
    due: Sequence[_Due],
    altered: Sequence[str],
    ended: Mapping[str, list[str]],
    *,
    cause: str,
    key: str,
) -> Iterator[Said]:
    """Each recall, and behind it the permits that ended with it."""
    for each in due:
        id, subjects = each.told.id, each.subjects
        document = {"use": id, "ask": each.told.ask, "cause": cause}
        yield Said(event=Event.USE_RECALLED, document=document, subjects=subjects)
        yield from _ended(ended.get(touched.use(id)), subjects)
    for id in altered:
        # whom that one concerns, nobody can tell
        yield from _ended(ended.get(touched.use(id)), tuple(concerned_by(tx, key)))


def _ended(permits: list[str] | None, subjects: tuple[str, ...]) -> Iterator[Said]:
    if permits:
        document = {"permits": permits}
        yield Said(event=Event.PERMIT_REVOKED, document=document, subjects=subjects)


def _resting_on(tx: Transaction, key: str) -> Iterator[Readable[UseRecord]]:
    after = None
    while True:
        page = tx.uses.readable_on(key, limit=AT_ONCE, after=after)
        ids = [*(use.id for use in page.records), *page.altered]
        if not ids:
            return
        yield page
        after = max(ids)
