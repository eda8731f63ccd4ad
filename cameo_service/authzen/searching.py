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

    found = search_actions(Search.over(tx, caller, page, now=now), posed)
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Self

import msgspec

from cameo_service.authzen.candidates import AT_ONCE, candidates_for
from cameo_service.authzen.mapping import Posed
from cameo_service.authzen.paging import Page, PageIn, Position
from cameo_service.authzen.reading import ActionIn, Form, KindIn, ResourceIn, SubjectIn
from cameo_service.authzen.vocabulary import ACTIONS, KIND_OF_RESOURCE
from cameo_service.callers import Caller
from cameo_service.consent.canonical import Asked
from cameo_service.consent.decisions import judge_over, require_draft, unnameable
from cameo_service.errors import Invalid, Unknown, WrongState
from cameo_service.facts.reading import TransactionSource
from permissions.facts import CameoFacts
from permissions.request import ConsentRequest
from permissions.vocabulary import Action, Audience, Principal
from storage.contracts import Transaction


class SubjectSearchIn(Form, frozen=True, kw_only=True):
    """A subject search: which subjects of this type may do this with this resource?"""

    subject: KindIn
    action: ActionIn
    resource: ResourceIn
    context: dict[str, Any] = msgspec.field(default_factory=dict)
    page: PageIn = PageIn()


class ResourceSearchIn(Form, frozen=True, kw_only=True):
    """A resource search: with which resources of this type may this subject do this?"""

    subject: SubjectIn
    action: ActionIn
    resource: KindIn
    context: dict[str, Any] = msgspec.field(default_factory=dict)
    page: PageIn = PageIn()


class ActionSearchIn(Form, frozen=True, kw_only=True):
    """An action search: what may this subject do with this resource?"""

    subject: SubjectIn
    resource: ResourceIn
    context: dict[str, Any] = msgspec.field(default_factory=dict)
    page: PageIn = PageIn()


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """What every search is made with: one state of the store, who asks, and which page."""

    tx: Transaction
    caller: Caller
    source: TransactionSource
    page: Page

    @classmethod
    def over(cls, tx: Transaction, caller: Caller, page: Page, *, now: datetime) -> Self:
        """A search over what `tx` sees."""
        return cls(tx=tx, caller=caller, source=TransactionSource(tx, now), page=page)


def search_subjects(search: Search, posed: Posed, kind: str) -> Found:
    """The principals of this kind (`user`, `org`, `app`) that may do this with the cameo."""
    cameo = _resource(search, posed)
    if cameo is None or not search.caller.acts_for_principal(cameo.owner):
        return NOTHING
    candidates = (
        (position, replace(posed.request, requester=principal), _subject(principal))
        for position, principal in candidates_for(search.tx, cameo, search.page.position)
        if principal.startswith(f"{kind}:")
    )
    found = _search(search, posed.draft, candidates)
    audience = cameo.policy.audience_for(posed.request.action)
    return replace(found, context={"open_to_everyone": audience is Audience.EVERYONE})


def search_resources(search: Search, posed: Posed) -> Found:
    """The cameos or characters that the requester may do this with. Raises `NotActingFor`."""
    search.caller.require_acting_for(posed.request.requester)
    type = next((type for type, kind in KIND_OF_RESOURCE.items() if kind == posed.kind), None)
    if type is None:
        return NOTHING
    first, *others = posed.request.likenesses
    candidates = (
        (
            [id],
            replace(posed.request, likenesses=(replace(first, cameo_id=id), *others)),
            {"type": type, "id": id},
        )
        for id in _active(search, posed.kind)
    )
    return _search(search, posed.draft, candidates)


def search_actions(search: Search, posed: Posed) -> Found:
    """The actions that the requester may do with the cameo. Raises `NotActingFor`."""
    search.caller.require_acting_for(posed.request.requester)
    if _resource(search, posed) is None:
        return NOTHING
    begin = search.page.position[0] if search.page.position else 0
    candidates = (
        ([index + 1], replace(posed.request, action=Action(name)), {"name": name})
        for index, name in enumerate(ACTIONS)
        if index >= begin
    )
    return _search(search, posed.draft, candidates)


def _resource(search: Search, posed: Posed) -> CameoFacts | None:
    """The cameo that the request names, if it is one of the kind that it says."""
    cameo = search.source.cameo(posed.request.likenesses[0].cameo_id)
    return cameo if cameo is not None and posed.is_about(cameo) else None


def _search(search: Search, draft: str | None, candidates: Iterable[Candidate]) -> Found:
    """The first of the candidates to whom the answer is yes, as many as the page has room for."""
    size, last = search.page.size, search.page.position
    results: list[dict[str, Any]] = []
    if size == 0:
        return Found(results=results, following=last)
    for examined, (position, request, shown) in enumerate(candidates):
        if len(results) == size or examined == MOST_EXAMINED:
            return Found(results=results, following=last)
        last = position
        if _permits(search, Asked(request, draft)):
            results.append(shown)
    return Found(results=results, following=None)


def _permits(search: Search, asked: Asked) -> bool:
    """Whether the answer is yes; a question that cannot be asked in this way has none.

    Who asks is the caller, whoever the requester is: it acts for them, or for the owner, and knows
    of no drafts and earlier uses but its own.
    """
    request, source = asked.request, search.source
    if request.defect() is not None or unnameable(source, search.caller, request):
        return False
    speaker = replace(search.caller, acts_for=(*search.caller.acts_for, request.requester))
    try:
        if asked.draft is not None:
            require_draft(source, search.caller, asked)
        return judge_over(source, speaker, asked).decision.permitted
    except (Invalid, Unknown, WrongState):
        return False


def _active(search: Search, kind: str) -> Iterator[str]:
    """The ids of the active cameos of this kind from the page's position on, read as needed."""
    after = search.page.position[0] if search.page.position else None
    while records := search.tx.cameos.active(kind, limit=AT_ONCE, after=after):
        yield from (record.id for record in records)
        after = records[-1].id


def _subject(principal: Principal) -> dict[str, Any]:
    kind, _, id = principal.partition(":")
    return {"type": kind, "id": id}
