"""AuthZEN in the documentation, and its metadata. `authzen.hot` answers the questions.

app.include_router(router)
"""

from typing import Annotated, Any, NoReturn
from urllib.parse import urlsplit

from fastapi import APIRouter, Body, Depends, HTTPException, Response
from msgspec import UNSET, UnsetType

from cameo_service.authzen.batch import EvaluationsIn
from cameo_service.authzen.metadata import (
    CONFIGURATION,
    EVALUATION,
    EVALUATIONS,
    SEARCH_ACTION,
    SEARCH_RESOURCE,
    SEARCH_SUBJECT,
    signed_document,
)
from cameo_service.authzen.reading import EvaluationIn
from cameo_service.authzen.searching import ActionSearchIn, ResourceSearchIn, SubjectSearchIn
from cameo_service.callers import Caller, Scope
from cameo_service.routes.dependencies import ContextOf, caller_with
from cameo_service.wire import Wire


class AuthzenErrorOut(Wire, frozen=True, kw_only=True):
    """Why a request is refused: `status`, a stable `code`, and a `message`."""

    error: dict[str, Any]


class AuthzenDecisionOut(Wire, frozen=True, kw_only=True):
    """A decision. `context` says why, what a yes asks in return, what could change a no."""

    decision: bool
    context: dict[str, Any]


class AuthzenEvaluationsOut(Wire, frozen=True, kw_only=True):
    """The decisions in the order of their questions; without `evaluations`, the one decision."""

    evaluations: tuple[AuthzenDecisionOut, ...]


class AuthzenFoundOut(Wire, frozen=True, kw_only=True):
    """One page of results. `page.next_token` is empty at the end."""

    page: dict[str, Any]
    results: tuple[dict[str, Any], ...]
    context: dict[str, Any] | UnsetType = UNSET


REFUSALS: dict[int | str, dict[str, Any]] = {
    "4XX": {"model": AuthzenErrorOut, "description": "The request is refused."},
    "5XX": {"model": AuthzenErrorOut, "description": "It cannot be answered now. Never a yes."},
}
router = APIRouter(tags=["authzen"])

Checking = Annotated[Caller, Depends(caller_with(Scope.CONSENT_CHECK))]
Searching = Annotated[Caller, Depends(caller_with(Scope.CONSENT_SEARCH))]


@router.post(
    EVALUATION,
    operation_id="authzenEvaluation",
    response_model=AuthzenDecisionOut,
    responses=REFUSALS,
)
def evaluation(body: Annotated[EvaluationIn, Body()], caller: Checking) -> NoReturn:
    """OpenID AuthZEN 1.0, access evaluation: may this subject do this with this resource?

    `subject.type` is `user`, `org` or `app`; `resource.type` is `cameo` or `character`;
    `action.name` is `tag`, `generate`, `remix` or `publish`. Anything else is denied, as an id is
    that nobody knows. Of the context, these members count: `facets` and `appearance_change` (or in
    `resource.properties`), `purpose`, `categories`, `territories`, `co_appearing`, `remix_of`,
    `draft`, and `likenesses`, further cameos in the form of `POST /v1/consent/check`. Facets that
    are left out are all facets. A member of these with a value it cannot have is 400; all others
    are ignored. The caller must act for the subject.

    Draft profiles: `context.obligations` of a yes; `context.access_request` of a denial that
    asking could change.
    """
    _answered_before(body, caller)


@router.post(
    EVALUATIONS,
    operation_id="authzenEvaluations",
    response_model=AuthzenEvaluationsOut,
    responses=REFUSALS,
)
def evaluations(body: Annotated[EvaluationsIn, Body()], caller: Checking) -> NoReturn:
    """OpenID AuthZEN 1.0, access evaluations: up to 100 questions, all at one revision.

    An item's `subject`, `action`, `resource` or `context` replaces the whole default of that name.
    What is wrong with one item is its denial, with `context.error`.
    """
    _answered_before(body, caller)


@router.post(
    SEARCH_SUBJECT,
    operation_id="authzenSearchSubjects",
    response_model=AuthzenFoundOut,
    responses=REFUSALS,
)
def search_subject(body: Annotated[SubjectSearchIn, Body()], caller: Searching) -> NoReturn:
    """OpenID AuthZEN 1.0, subject search: who may do this with that cameo?

    Only who acts for the cameo's owner finds anybody. They are found among the owner, who
    represents them, approved people, mutuals and grantees. Whoever may because everyone may cannot
    be listed: `context.open_to_everyone` says whether that is so.
    """
    _answered_before(body, caller)


@router.post(
    SEARCH_RESOURCE,
    operation_id="authzenSearchResources",
    response_model=AuthzenFoundOut,
    responses=REFUSALS,
)
def search_resource(body: Annotated[ResourceSearchIn, Body()], caller: Searching) -> NoReturn:
    """OpenID AuthZEN 1.0, resource search: with which resources may that subject do this?

    In order of id. One page looks at 300 of them at most: a short page is the last one only if
    its `next_token` is empty. The caller must act for the subject.
    """
    _answered_before(body, caller)


@router.post(
    SEARCH_ACTION,
    operation_id="authzenSearchActions",
    response_model=AuthzenFoundOut,
    responses=REFUSALS,
)
def search_action(body: Annotated[ActionSearchIn, Body()], caller: Searching) -> NoReturn:
    """OpenID AuthZEN 1.0, action search: what may that subject do with that cameo?

    The caller must act for the subject.
    """
    _answered_before(body, caller)


@router.get(CONFIGURATION, operation_id="authzenConfiguration")
def configuration(context: ContextOf, response: Response) -> dict[str, Any]:
    """OpenID AuthZEN 1.0, metadata: endpoints and capabilities, plain and signed.

    `drafts` says which of the capabilities are those of drafts. Where the public URL has a path,
    that path follows the well-known one, as the standard says.
    """
    response.headers["Cache-Control"] = "public, max-age=300"
    issuer = context.settings.issuer
    return signed_document(issuer, context.signer, now=context.clock())


@router.get(CONFIGURATION + "/{path:path}", include_in_schema=False)
def configuration_below(path: str, context: ContextOf, response: Response) -> dict[str, Any]:
    """The same for a public URL with a path; of no other path is there a decision point."""
    if urlsplit(context.settings.issuer).path != f"/{path}":
        raise HTTPException(404, "there is no such decision point")
    return configuration(context, response)


def _answered_before(body: object, caller: Caller) -> NoReturn:
    del body, caller
    raise TypeError("a question came to the router: `HotRoutes` must stand in front of it")
