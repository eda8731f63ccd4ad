"""What routes are given: the context, the caller, the raw body.

Reading = Annotated[Caller, Depends(caller_with(Scope.GRANTS_READ))]
"""

from collections.abc import Callable
from typing import Annotated

from fastapi import Depends, Header, Path, Query, Request, Response
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import AfterValidator, BaseModel

from cameo_service.callers import Caller, Scope, authenticate
from cameo_service.context import Context
from cameo_service.enrollments.sessions import Access, SessionToken
from cameo_service.errors import MissingScope, Unauthenticated
from cameo_service.idempotency import Answer, RepeatableRequest, once
from cameo_service.routes.schemas.common import PageQuery
from permissions.vocabulary import parse_principal
from storage.contracts import Transaction

_bearer = HTTPBearer(
    auto_error=False, description="An API key, or the session token of an enrollment."
)


def context_of(request: Request) -> Context:
    """The context that `create_app` was given."""
    context = request.app.state.context
    if not isinstance(context, Context):
        raise TypeError("the application has no context")
    return context


ContextOf = Annotated[Context, Depends(context_of)]
PageOf = Annotated[PageQuery, Query()]
PrincipalPath = Annotated[
    str, AfterValidator(parse_principal), Path(description="`user:…`, `org:…` or `app:…`")
]


def bearer_token(
    credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)],
) -> str:
    """The bearer token (RFC 6750); raise `Unauthenticated` where there is none."""
    if credentials is None or not credentials.credentials:
        raise Unauthenticated("send `Authorization: Bearer …` with an API key")
    return credentials.credentials


BearerToken = Annotated[str, Depends(bearer_token)]


def caller_with(scope: Scope) -> Callable[[ContextOf, BearerToken], Caller]:
    """A dependency: the authenticated caller, when its key has `scope`."""

    def dependency(context: ContextOf, token: BearerToken) -> Caller:
        with context.store.read() as tx:
            caller = authenticate(tx, token)
        caller.require_scope(scope)
        return caller

    return dependency


def caller_with_any(*scopes: Scope) -> Callable[[ContextOf, BearerToken], Caller]:
    """A dependency: the authenticated caller, when its key has one of `scopes`.

    Which of them it needs the use case says.
    """

    def dependency(context: ContextOf, token: BearerToken) -> Caller:
        with context.store.read() as tx:
            caller = authenticate(tx, token)
        if caller.scopes.isdisjoint(scopes):
            named = " or ".join(f"`{scope}`" for scope in scopes)
            raise MissingScope(f"the key lacks the scope {named}")
        return caller

    return dependency


def access_with(scope: Scope) -> Callable[[ContextOf, BearerToken], Access]:
    """A dependency: a caller whose key has `scope`, or a person's session token."""

    def dependency(context: ContextOf, token: BearerToken) -> Access:
        if token.startswith("es_"):
            return SessionToken(value=token)
        return caller_with(scope)(context, token)

    return dependency


async def raw_body(request: Request) -> bytes:
    """The body as it was sent."""
    return await request.body()


class Creation:
    """Runs a handler that creates something in one transaction, at most once per key."""

    def __init__(
        self,
        request: Request,
        context: ContextOf,
        token: BearerToken,
        body: Annotated[bytes, Depends(raw_body)],
        idempotency_key: Annotated[
            str | None,
            Header(
                min_length=1,
                max_length=200,
                description="Send the same key with the same request again to get the same answer.",
            ),
        ] = None,
    ) -> None:
        self._context = context
        self._token = token
        self._path = request.url.path
        self._body = body
        self._key = idempotency_key

    def run(
        self,
        caller: Caller,
        produce: Callable[[Transaction], BaseModel | Answer],
        *,
        repeat: Callable[[Transaction, bytes], BaseModel | None] | None = None,
    ) -> Response:
        """The response (201) with what `produce` returns, or the one that it gave the first time.

        `produce` gives a whole `Answer` where the status is another. `repeat` is given the body of
        the first answer and returns what is true of it now, or None where it does not hold any
        more; without it the first answer is repeated as it was.
        """
        with self._context.store.write() as tx:

            def first() -> Answer:
                produced = produce(tx)
                return produced if isinstance(produced, Answer) else _answer(produced, 201)

            def again(answer: Answer) -> Answer | None:
                if repeat is None:
                    return answer
                current = repeat(tx, answer.body)
                return _answer(current, answer.status) if current is not None else None

            if self._key is None:
                given = first()
            else:
                request = self._repeatable(caller, self._key)
                now = self._context.clock()
                given = once(tx, request, produce=first, repeat=again, now=now)
        return Response(given.body, given.status, media_type="application/json")

    def _repeatable(self, caller: Caller, key: str) -> RepeatableRequest:
        return RepeatableRequest(
            caller=caller.key_id,
            api_key=self._token,
            key=key,
            method="POST",
            path=self._path,
            body=self._body,
        )


def _answer(body: BaseModel, status: int) -> Answer:
    return Answer(status=status, body=body.model_dump_json().encode())


CreationOf = Annotated[Creation, Depends(Creation)]
