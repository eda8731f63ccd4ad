"""One evaluation, or several at one revision: the question decided, the answer written.

    answers = evaluate_all(source, caller, posed, semantic, terms=terms)

`source` is the engine's: facts at a revision that was confirmed after the request came.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from cameo_service.authzen.batch import Semantic, until_the_trigger
from cameo_service.authzen.binding import Terms, access_request
from cameo_service.authzen.decisions import decision_document, denial, moment
from cameo_service.authzen.mapping import ABSENT, Foreign, Posed, pose
from cameo_service.authzen.reading import EvaluationIn, shape
from cameo_service.authzen.refusals import BadRequest, failed_evaluation
from cameo_service.callers import Caller
from cameo_service.consent.canonical import Asked
from cameo_service.consent.decisions import judge_over
from cameo_service.errors import (
    Forbidden,
    Invalid,
    InvalidRequest,
    Unknown,
    WrongState,
)
from cameo_service.facts.source import Source
from permissions.decision import Decision
from permissions.disclosure import requester_view

_OF_ONE = (Forbidden, BadRequest, InvalidRequest, Invalid, Unknown, WrongState)
"""What can be wrong with one question: who asks it, what it says, what it says of a draft."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One evaluation of a request: what was asked, or why it could not be read."""

    evaluation: EvaluationIn | None
    question: Posed | Foreign | BadRequest

    @classmethod
    def of(cls, evaluation: EvaluationIn) -> "Item":
        """The item of a request that has no other; raise `BadRequest`."""
        return cls(evaluation=evaluation, question=pose(evaluation))

    @classmethod
    def among_others(cls, document: dict[str, Any]) -> "Item":
        """One item of several: what is wrong with it concerns no other."""
        try:
            return cls.of(shape(document, EvaluationIn))
        except BadRequest as error:
            return cls(evaluation=None, question=error)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The document of one answer, and the decision behind it where there is one."""

    document: dict[str, Any]
    asked: Asked | None = None
    decision: Decision | None = None


def evaluate(source: Source, caller: Caller, item: Item, *, terms: Terms) -> Answer:
    """The answer to one question. Raises `NotActingFor`, and what is wrong with its draft."""
    question, evaluation = item.question, item.evaluation
    if isinstance(question, BadRequest):
        raise question
    if isinstance(question, Foreign):
        if question.requester is not None:
            caller.require_acting_for(question.requester)
        told = denial(code=question.code, step=question.step, message=question.message)
        return Answer(document=told)
    if evaluation is None:
        raise TypeError("a question without its evaluation")
    cameo = source.cameo(question.request.likenesses[0].cameo_id)
    if cameo is not None and not question.is_about(cameo):
        question = question.about_nothing()
    asked = Asked(question.request, question.draft)
    decision = judge_over(source, caller, asked).decision
    document = _told(decision, evaluation, question, terms)
    return Answer(document=document, asked=asked, decision=decision)


def _told(
    decision: Decision, evaluation: EvaluationIn, question: Posed, terms: Terms
) -> dict[str, Any]:
    shown = requester_view(decision)
    names = {ABSENT: question.named}
    document = decision_document(shown, evaluation.context, names=names)
    hint = None if shown.permitted else access_request(shown, evaluation, terms=terms)
    if hint is not None:
        document["context"]["evaluated_at"] = moment(terms.now)
        document["context"]["access_request"] = hint
    return document


def evaluate_all(
    source: Source, caller: Caller, items: Sequence[Item], semantic: Semantic, *, terms: Terms
) -> list[Answer]:
    """The answers in order, up to the one that ends it. An error of one item is its denial."""

    def answers() -> Iterator[Answer]:
        for item in items:
            try:
                yield evaluate(source, caller, item, terms=terms)
            except _OF_ONE as error:
                status = 403 if isinstance(error, Forbidden) else 400
                yield Answer(document=failed_evaluation(status, error.code, str(error)))

    return list(until_the_trigger(answers(), semantic))
