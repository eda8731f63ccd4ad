"""The three searches: the same decision, asked for many subjects, resources or actions.

A search reads one consistent state of the store, no older than the last commit that was
acknowledged before it began, and answers page by page. It finds those for whom the answer is yes,
and nothing else: a result is worth an evaluation, which says what the yes asks in return.

* Subjects are found among those whom the service knows to have to do with the cameo: its owner,
  who represents them, approved people, mutuals, grantees. Where the owner lets everyone in,
  everyone cannot be listed: `context.open_to_everyone` says so. Only who acts for the owner finds
  anything: to all others the cameo is as if it were not there.
* Resources are found among all active cameos or characters, in order of id, and with them what
  the subject owns or was granted. What is private stays private: only a yes is shown.
* Actions are the four.

    answer = search_actions(tx, caller, posed, page, now=now)
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from cameo_service.authzen.candidates import candidates_for
from cameo_service.authzen.mapping import Posed
from cameo_service.authzen.paging import Page, Position
from cameo_service.authzen.vocabulary import ACTIONS
from cameo_service.callers import Caller
from cameo_service.consent import Asked, reference_of, request_hash
from cameo_service.decisions import require_draft, unnameable
from cameo_service.errors import Invalid, Unknown, WrongState
from cameo_service.facts.reading import TransactionSource
from cameo_service.facts.source import facts_over
from permissions.decide import decide
from permissions.request import ConsentRequest
from permissions.vocabulary import Action, Audience, Principal
from storage.contracts import Transaction

MOST_EXAMINED = 300
"""Candidates that one page looks at. A page that found less than it may still has a next one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One page of results, where the next one begins, and what is to be said of all of it."""

    results: list[dict[str, Any]]
    following: Position | None
    context: dict[str, Any] | None = None


NOTHING = Found(results=[], following=None)
"""What is found of anything that is not there."""

Candidate = tuple[Position, ConsentRequest, dict[str, Any]]
"""Where the search goes on after it, the question about it, and how it is shown."""


def search_subjects(
    tx: Transaction, caller: Caller, posed: Posed, kind: str, page: Page, *, now: datetime
) -> Found:
    """The principals of this kind (`user`, `org`, `app`) that may do this with the cameo."""
    source = TransactionSource(tx, now)
    id = posed.request.likenesses[0].cameo_id
    record, cameo = tx.cameos.find(id), source.cameo(id)
    if record is None or cameo is None or record.kind != posed.kind:
        return NOTHING
    if not caller.acts_for_principal(cameo.owner):
        return NOTHING
    candidates = (
        (position, replace(posed.request, requester=principal), _subject(principal))
        for position, principal in candidates_for(tx, cameo, page.position)
        if principal.startswith(f"{kind}:")
    )
    found = _search(tx, caller, source, posed.draft, candidates, page, now=now)
    audience = cameo.policy.audience_for(posed.request.action)
    return replace(found, context={"open_to_everyone": audience is Audience.EVERYONE})


def search_resources(
    tx: Transaction, caller: Caller, posed: Posed, page: Page, *, now: datetime
) -> Found:
    """The cameos or characters that the requester may do this with. Raises `NotActingFor`."""
    caller.require_acting_for(posed.request.requester)
    type = "character" if posed.kind == "character" else "cameo"
    first, *others = posed.request.likenesses
    candidates = (
        (
            [id],
            replace(posed.request, likenesses=(replace(first, cameo_id=id), *others)),
            {"type": type, "id": id},
        )
        for id in _active(tx, posed.kind, page.position)
    )
    source = TransactionSource(tx, now)
    return _search(tx, caller, source, posed.draft, candidates, page, now=now)


def search_actions(
    tx: Transaction, caller: Caller, posed: Posed, page: Page, *, now: datetime
) -> Found:
    """The actions that the requester may do with the cameo. Raises `NotActingFor`."""
    caller.require_acting_for(posed.request.requester)
    record = tx.cameos.find(posed.request.likenesses[0].cameo_id)
    if record is None or record.kind != posed.kind:
        return NOTHING
    begin = page.position[0] if page.position else 0
    candidates = (
        ([index + 1], replace(posed.request, action=Action(name)), {"name": name})
        for index, name in enumerate(ACTIONS)
        if index >= begin
    )
    source = TransactionSource(tx, now)
    return _search(tx, caller, source, posed.draft, candidates, page, now=now)


def _search(
    tx: Transaction,
    caller: Caller,
    source: TransactionSource,
    draft: str | None,
    candidates: Iterable[Candidate],
    page: Page,
    *,
    now: datetime,
) -> Found:
    """The first of the candidates to whom the answer is yes, as many as the page has room for."""
    if page.size == 0:
        return Found(results=[], following=page.position)

    def permits(request: ConsentRequest) -> bool:
        return _permits(tx, caller, source, Asked(request, draft), now=now)

    results, last, examined = [], page.position, 0
    for position, request, shown in candidates:
        if len(results) == page.size or examined == MOST_EXAMINED:
            return Found(results=results, following=last)
        examined, last = examined + 1, position
        if permits(request):
            results.append(shown)
    return Found(results=results, following=None)


def _permits(
    tx: Transaction, caller: Caller, source: TransactionSource, asked: Asked, *, now: datetime
) -> bool:
    """Whether the answer is yes; a question that cannot be asked in this way has none."""
    request = asked.request
    if request.defect() is not None or unnameable(tx, caller, request):
        return False
    try:
        if asked.draft is not None:
            require_draft(tx, caller, asked)
            reference = reference_of(tx, request, asked.draft)
        else:
            reference = request_hash(request)
    except (Invalid, Unknown, WrongState):
        return False
    facts = facts_over(source, request.requester)
    return decide(replace(request, reference=reference), facts, now=now).permitted


def _active(tx: Transaction, kind: str, position: Position) -> Iterator[str]:
    """The ids of the active cameos of this kind after `position`, read as they are needed."""
    return _paged(
        lambda after: [record.id for record in tx.cameos.active(kind, limit=100, after=after)],
        position[0] if position else None,
    )


def _paged(read: Callable[[str | None], list[str]], after: str | None) -> Iterator[str]:
    while ids := read(after):
        yield from ids
        after = ids[-1]


def _subject(principal: Principal) -> dict[str, Any]:
    kind, _, id = principal.partition(":")
    return {"type": kind, "id": id}
