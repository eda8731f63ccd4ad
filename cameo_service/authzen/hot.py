"""AuthZEN's five questions over HTTP, in front of the framework.

    HotRoutes(app, engine=engine, routes=authzen_routes(desk))

Errors are those of the standard: 400 with a message for whatever is wrong with the request, 401
with `WWW-Authenticate`, 403; nothing is ever 422. Evaluations are decided over facts in memory;
searches read one state of the store in a worker thread.
"""

import asyncio
import json
from collections.abc import Callable
from functools import partial
from http import HTTPStatus
from typing import Any, TypeVar

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from cameo_service.authzen.answering import Answer, Item, evaluate, evaluate_all
from cameo_service.authzen.batch import EvaluationsIn, items
from cameo_service.authzen.desk import Desk
from cameo_service.authzen.mapping import Foreign, pose
from cameo_service.authzen.metadata import (
    EVALUATION,
    EVALUATIONS,
    SEARCH_ACTION,
    SEARCH_RESOURCE,
    SEARCH_SUBJECT,
)
from cameo_service.authzen.paging import PageIn, next_token, open_page
from cameo_service.authzen.reading import (
    ActionIn,
    EvaluationIn,
    Form,
    ResourceIn,
    SubjectIn,
    read,
    shape,
)
from cameo_service.authzen.refusals import refusal_document
from cameo_service.authzen.searching import (
    NOTHING,
    ActionSearchIn,
    Found,
    ResourceSearchIn,
    Search,
    SubjectSearchIn,
    search_actions,
    search_resources,
    search_subjects,
)
from cameo_service.authzen.vocabulary import ACTIONS
from cameo_service.callers import Caller, Scope
from cameo_service.hot.engine import Hearing
from cameo_service.hot.route import Exchange, HotAnswer, HotRoute
from cameo_service.problems import answer_to
from permissions.vocabulary import PRINCIPAL_KINDS

F = TypeVar("F", bound=Form)

_KEPT = frozenset(
    {
        HTTPStatus.UNAUTHORIZED,
        HTTPStatus.FORBIDDEN,
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        HTTPStatus.TOO_MANY_REQUESTS,
    }
)
"""Refusals that are no bad requests. What the house calls 404, 409, 415 or 422 is one here."""
_KEPT_HEADERS = ("www-authenticate", "retry-after", "connection")
_NOBODY = SubjectIn(type="user", id="nobody")
_ANY_ACTION = ActionIn(name=ACTIONS[0])


def authzen_routes(desk: Desk) -> list[HotRoute]:
    """The routes of the standard."""
    return [
        EvaluationRoute(desk),
        EvaluationsRoute(desk),
        SubjectSearchRoute(desk),
        ResourceSearchRoute(desk),
        ActionSearchRoute(desk),
    ]


def refuse(request: Request, error: Exception) -> Response:
    """The house's answer to `error` in the standard's form."""
    answer = answer_to(request, error)
    problem = json.loads(bytes(answer.body))
    status = HTTPStatus(answer.status_code)
    if status < HTTPStatus.INTERNAL_SERVER_ERROR and status not in _KEPT:
        status = HTTPStatus.BAD_REQUEST
    document = refusal_document(status, problem["code"], problem["detail"])
    kept = {name: answer.headers[name] for name in _KEPT_HEADERS if name in answer.headers}
    return Response(
        msgspec.json.encode(document), status, headers=kept, media_type="application/json"
    )


class _Route:
    """What the routes share."""

    path: str
    scope: Scope

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def refuse(self, request: Request, error: Exception) -> Response:
        """The answer to an error."""
        return refuse(request, error)

    def _read(self, exchange: Exchange, form: type[F]) -> F:
        content_type = exchange.headers.get(b"content-type", b"").decode("latin-1")
        return read(exchange.body, content_type, form)

    async def _single(self, hearing: Hearing, evaluation: EvaluationIn) -> HotAnswer:
        item, terms = Item.of(evaluation), self._desk.terms(hearing.caller)
        answer = await hearing.over_facts(
            partial(evaluate, caller=hearing.caller, item=item, terms=terms)
        )
        self._desk.note(answer, hearing.caller)
        return _answered(answer.document)


def _answered(document: dict[str, Any]) -> HotAnswer:
    return HotAnswer(msgspec.json.encode(document))


class EvaluationRoute(_Route):
    """One access evaluation."""

    path = EVALUATION
    scope = Scope.CONSENT_CHECK

    async def answer(self, hearing: Hearing, exchange: Exchange) -> HotAnswer:
        """The decision."""
        return await self._single(hearing, self._read(exchange, EvaluationIn))


class EvaluationsRoute(_Route):
    """Several evaluations at one revision, or a single one."""

    path = EVALUATIONS
    scope = Scope.CONSENT_CHECK

    async def answer(self, hearing: Hearing, exchange: Exchange) -> HotAnswer:
        """The decisions in order, or the one."""
        request = self._read(exchange, EvaluationsIn)
        if request.is_single:
            return await self._single(hearing, shape(request.alone(), EvaluationIn))
        questions = [Item.among_others(document) for document in items(request)]
        answers: list[Answer] = await hearing.over_facts(
            partial(
                evaluate_all,
                caller=hearing.caller,
                items=questions,
                semantic=request.options.evaluations_semantic,
                terms=self._desk.terms(hearing.caller),
            )
        )
        for answer in answers:
            self._desk.note(answer, hearing.caller)
        return _answered({"evaluations": [answer.document for answer in answers]})


class _SearchRoute(_Route):
    """What the searches share: pages, and a thread to read the store in."""

    scope = Scope.CONSENT_SEARCH

    async def _search(
        self, caller: Caller, request: Form, page: PageIn, find: Callable[[Search], Found]
    ) -> HotAnswer:
        now = self._desk.clock()
        asked = {**msgspec.to_builtins(request), "page": None, "search": self.path}
        opened = open_page(page, asked, seal=self._desk.seal, owner=caller.key_id, now=now)

        def searched() -> Found:
            with self._desk.store.read() as tx:
                return find(Search.over(tx, caller, opened, now=self._desk.clock()))

        found = await asyncio.to_thread(searched)
        token = next_token(opened, found.following, seal=self._desk.seal, now=now)
        document = {"page": {"next_token": token, "count": len(found.results)}}
        context = {} if found.context is None else {"context": found.context}
        return _answered({**document, **context, "results": found.results})


class SubjectSearchRoute(_SearchRoute):
    """Who may do this with that cameo?"""

    path = SEARCH_SUBJECT

    async def answer(self, hearing: Hearing, exchange: Exchange) -> HotAnswer:
        """One page of subjects."""
        request = self._read(exchange, SubjectSearchIn)
        kind = request.subject.type
        posed = pose(_evaluation(request, subject=_NOBODY, action=request.action))

        def find(search: Search) -> Found:
            if isinstance(posed, Foreign) or kind not in PRINCIPAL_KINDS:
                return NOTHING
            return search_subjects(search, posed, kind)

        return await self._search(hearing.caller, request, request.page, find)


class ResourceSearchRoute(_SearchRoute):
    """With which cameos or characters may this subject do that?"""

    path = SEARCH_RESOURCE

    async def answer(self, hearing: Hearing, exchange: Exchange) -> HotAnswer:
        """One page of resources."""
        request = self._read(exchange, ResourceSearchIn)
        resource = ResourceIn(
            type=request.resource.type, id="searched", properties=request.resource.properties
        )
        posed = pose(
            _evaluation(request, subject=request.subject, action=request.action, resource=resource)
        )

        def find(search: Search) -> Found:
            if isinstance(posed, Foreign):
                return _foreign(search, posed)
            return search_resources(search, posed)

        return await self._search(hearing.caller, request, request.page, find)


class ActionSearchRoute(_SearchRoute):
    """What may this subject do with that cameo?"""

    path = SEARCH_ACTION

    async def answer(self, hearing: Hearing, exchange: Exchange) -> HotAnswer:
        """One page of actions."""
        request = self._read(exchange, ActionSearchIn)
        posed = pose(_evaluation(request, subject=request.subject, action=_ANY_ACTION))

        def find(search: Search) -> Found:
            if isinstance(posed, Foreign):
                return _foreign(search, posed)
            return search_actions(search, posed)

        return await self._search(hearing.caller, request, request.page, find)


def _evaluation(
    request: SubjectSearchIn | ResourceSearchIn | ActionSearchIn,
    *,
    subject: SubjectIn,
    action: ActionIn,
    resource: ResourceIn | None = None,
) -> EvaluationIn:
    """The evaluation that a search stands for, with something in the place of what is sought."""
    if resource is None:
        if isinstance(request, ResourceSearchIn):
            raise TypeError("a resource search names no resource")
        resource = request.resource
    return EvaluationIn(subject=subject, action=action, resource=resource, context=request.context)


def _foreign(search: Search, found: Foreign) -> Found:
    """Nothing is found of what is not of this service; who asks for others is refused first."""
    if found.requester is not None:
        search.caller.require_acting_for(found.requester)
    return NOTHING
