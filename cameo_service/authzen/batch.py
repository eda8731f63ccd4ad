"""Several evaluations in one request: defaults, the three semantics, errors of single ones.

An item's `subject`, `action`, `resource` or `context` replaces the whole default of that name;
nothing is merged. What is wrong with one item is that item's error and a denial.

>>> item(EvaluationsIn(action={"name": "tag"}), {"context": {}})
{'action': {'name': 'tag'}, 'context': {}}
"""

from collections.abc import Iterable, Iterator
from enum import StrEnum
from typing import Any, Protocol, TypeVar

import msgspec

from cameo_service.authzen.reading import Form
from cameo_service.authzen.refusals import BadRequest

MOST_EVALUATIONS = 100
"""Evaluations that one request may have. More are refused as a whole, with 400."""

Entity = dict[str, Any] | msgspec.UnsetType


class Semantic(StrEnum):
    """How the evaluations of one request are executed."""

    EXECUTE_ALL = "execute_all"
    DENY_ON_FIRST_DENY = "deny_on_first_deny"
    PERMIT_ON_FIRST_PERMIT = "permit_on_first_permit"


class OptionsIn(Form, frozen=True, kw_only=True):
    """`options` of an evaluations request."""

    evaluations_semantic: Semantic = Semantic.EXECUTE_ALL


class EvaluationsIn(Form, frozen=True, kw_only=True):
    """An access evaluations request."""

    subject: Entity = msgspec.UNSET
    action: Entity = msgspec.UNSET
    resource: Entity = msgspec.UNSET
    context: Entity = msgspec.UNSET
    evaluations: list[dict[str, Any]] = msgspec.field(default_factory=list)
    options: OptionsIn = OptionsIn()

    @property
    def is_single(self) -> bool:
        """Whether this is asked and answered as one access evaluation."""
        return not self.evaluations

    def alone(self) -> dict[str, Any]:
        """The one evaluation that the request is without `evaluations`."""
        return item(self, {})


_ENTITIES = ("subject", "action", "resource", "context")


def items(request: EvaluationsIn) -> list[dict[str, Any]]:
    """Each evaluation with its defaults filled in; raise `BadRequest` for too many."""
    if len(request.evaluations) > MOST_EVALUATIONS:
        message = f"`evaluations` may have {MOST_EVALUATIONS} items at most"
        raise BadRequest("too_many_evaluations", message)
    return [item(request, each) for each in request.evaluations]


def item(request: EvaluationsIn, evaluation: dict[str, Any]) -> dict[str, Any]:
    """One evaluation: what it says, and the request's own for what it does not say at all."""
    whole = {}
    for name in _ENTITIES:
        value = evaluation.get(name, getattr(request, name))
        if value is not msgspec.UNSET:
            whole[name] = value
    return whole


class Decided(Protocol):
    """Something with an answer's document."""

    @property
    def document(self) -> dict[str, Any]:
        """The decision object."""


D = TypeVar("D", bound=Decided)


def until_the_trigger(answers: Iterable[D], semantic: Semantic) -> Iterator[D]:
    """The answers in order, the one that ends the evaluation being the last."""
    stops_at = {Semantic.DENY_ON_FIRST_DENY: False, Semantic.PERMIT_ON_FIRST_PERMIT: True}
    for answer in answers:
        yield answer
        if answer.document["decision"] is stops_at.get(semantic):
            return
