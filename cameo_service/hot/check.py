"""`POST /v1/consent/check`: may this requester do this with these likenesses, here and now?

The whole answer, with what is private to owners, goes to who may read it and asks for it.

    HotRoutes(app, engine=engine, routes=[CheckRoute(inquiries)])
"""

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from cameo_service import metrics
from cameo_service.callers import Caller, Scope
from cameo_service.consent.answers import DecisionOut, ExplanationOut
from cameo_service.consent.canonical import Asked
from cameo_service.consent.questions import CheckIn
from cameo_service.hot.engine import Explained, Hearing
from cameo_service.hot.route import Exchange, HotAnswer
from cameo_service.inquiries.counting import Inquiries
from cameo_service.problems import answer_to
from cameo_service.wire import read_json
from permissions.decision import Effect
from permissions.disclosure import requester_view

_encoder = msgspec.json.Encoder()
_DECIDED = {effect: metrics.DECISIONS.labels(effect=effect.value) for effect in Effect}


class CheckRoute:
    """The check. It changes nothing but the count of who asked."""

    path = "/v1/consent/check"
    scope = Scope.CONSENT_CHECK

    def __init__(self, inquiries: Inquiries) -> None:
        self._inquiries = inquiries

    async def answer(self, hearing: Hearing, exchange: Exchange) -> HotAnswer:
        """The decision as its requester may read it."""
        question = read_json(CheckIn, exchange.body)
        asked = Asked(question.to_request(), question.draft)
        if question.explain:
            explained = await hearing.explain(asked)
            decision, explanation = explained.decision, explanation_for(hearing.caller, explained)
            shown = DecisionOut.of(requester_view(decision), explanation)
        else:
            (decision,) = await hearing.decide((asked,))
            shown = DecisionOut.of(requester_view(decision))
        _DECIDED[decision.effect].inc()
        self._inquiries.note(asked.request, decision, hearing.caller)
        return HotAnswer(_encoder.encode(shown))

    def refuse(self, request: Request, error: Exception) -> Response:
        """A problem document."""
        return answer_to(request, error)


def explanation_for(caller: Caller, explained: Explained) -> ExplanationOut:
    """What the caller may read: about cameos whose owner it acts for; with the scope, all."""

    def may_read(cameo_id: str) -> bool:
        owner = explained.owners.get(cameo_id)
        return owner is not None and caller.acts_for_principal(owner)

    whole = Scope.CONSENT_EXPLAIN in caller.scopes
    return ExplanationOut.of(explained.decision, may_read=may_read, whole=whole)
