"""From the standard's four entities to the consent question, and what cannot be one.

`resource` is the first likeness, `context.likenesses` are further cameos of the same request.
Facets and the change of appearance of the first stand in `resource.properties` or in the context.

>>> from cameo_service.authzen.reading import ActionIn, ResourceIn, SubjectIn
>>> posed = pose(
...     EvaluationIn(
...         subject=SubjectIn(type="user", id="bob"),
...         action=ActionIn(name="tag"),
...         resource=ResourceIn(type="cameo", id="cam_1", properties={"facets": ["name"]}),
...     )
... )
>>> posed.request.requester, posed.request.likenesses[0].cameo_id
('user:bob', 'cam_1')
"""

from dataclasses import dataclass, replace
from typing import Any

from cameo_service.authzen.obligations import check_declarations
from cameo_service.authzen.reading import EvaluationIn
from cameo_service.authzen.refusals import BadRequest
from cameo_service.authzen.vocabulary import (
    ACTIONS,
    CONTEXT_MEMBERS,
    FACETS,
    KIND_OF_RESOURCE,
    is_cameo_id,
    principal_of,
)
from cameo_service.consent.questions import ConsentIn, read_data
from cameo_service.errors import InvalidRequest
from permissions.facts import CameoFacts
from permissions.request import ConsentRequest
from permissions.vocabulary import Principal

ABSENT = "no-such-cameo"
"""An id that no cameo has: what stands for a resource that cannot be one."""
_ANY_ACTION = ACTIONS[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Posed:
    """A consent question, the draft it is about, and the kind of cameo the resource must be.

    `named` is the resource's id as it was sent: it is no cameo's id where the request has `ABSENT`.
    """

    request: ConsentRequest
    draft: str | None
    kind: str
    named: str

    def is_about(self, cameo: CameoFacts) -> bool:
        """Whether `cameo` is of the kind that the request says its resource is."""
        return self.kind == ("person" if cameo.character is None else "character")

    def about_nothing(self) -> "Posed":
        """The same question about a cameo that is not there: nobody can tell them apart."""
        first, *others = self.request.likenesses
        likenesses = (replace(first, cameo_id=ABSENT), *others)
        return replace(self, request=replace(self.request, likenesses=likenesses))


@dataclass(frozen=True, slots=True, kw_only=True)
class Foreign:
    """A well-formed request with a subject or an action that is not of this service: a denial.

    `requester` is set where the subject is one, so that the caller must act for it all the same.
    """

    code: str
    step: int
    message: str
    requester: Principal | None = None


def pose(evaluation: EvaluationIn) -> Posed | Foreign:
    """The question, or why there is none; raise `BadRequest` for a value that it cannot have."""
    subject, resource = evaluation.subject, evaluation.resource
    requester = principal_of(subject.type, subject.id)
    # Read in any case: an ill-typed member is an error whatever the other names mean.
    question = _question(evaluation, requester)
    check_declarations(evaluation.context)
    request = question.to_request()
    defect = request.defect()
    if defect is not None:
        raise BadRequest("invalid_request", defect)
    if requester is None:
        message = "the requester is not known here"
        return Foreign(code="requester_unknown", step=2, message=message)
    if evaluation.action.name not in ACTIONS:
        message = "there is no such action here"
        return Foreign(code="action_unknown", step=1, message=message, requester=requester)
    kind = KIND_OF_RESOURCE.get(resource.type, "")
    posed = Posed(request=request, draft=question.draft, kind=kind, named=resource.id)
    return posed if posed.kind else posed.about_nothing()


def _question(evaluation: EvaluationIn, requester: Principal | None) -> ConsentIn:
    context, action = evaluation.context, evaluation.action.name
    for name in CONTEXT_MEMBERS:
        if name in context and context[name] is None:
            raise BadRequest("invalid_request", f"`context.{name}` is null: leave it out instead")
    document: dict[str, Any] = {
        "requester": requester or "user:nobody",
        "action": action if action in ACTIONS else _ANY_ACTION,
        "likenesses": [_first(evaluation), *_further(context)],
        **{name: context[name] for name in CONTEXT_MEMBERS if name in context},
    }
    try:
        return read_data(ConsentIn, document)
    except InvalidRequest as error:
        raise BadRequest("invalid_request", _in_their_words(error)) from None


def _first(evaluation: EvaluationIn) -> dict[str, Any]:
    resource, context = evaluation.resource, evaluation.context
    stated: dict[str, Any] = {
        name: _stated(name, resource.properties, context)
        for name in ("facets", "appearance_change")
        if name in resource.properties or name in context
    }
    id = resource.id if is_cameo_id(resource.id) else ABSENT
    return {"cameo_id": id, "facets": list(FACETS), **stated}


def _stated(name: str, properties: dict[str, Any], context: dict[str, Any]) -> object:
    """What the resource's properties or the context say; both may, if they say the same."""
    said = [place[name] for place in (properties, context) if name in place]
    if None in said:
        raise BadRequest("invalid_request", f"`{name}` is null: leave it out instead")
    if said[0] != said[-1]:
        message = f"`resource.properties.{name}` and `context.{name}` differ"
        raise BadRequest("stated_twice", message)
    return said[0]


def _further(context: dict[str, Any]) -> list[dict[str, Any]]:
    likenesses = context.get("likenesses", [])
    if not isinstance(likenesses, list) or not all(isinstance(one, dict) for one in likenesses):
        raise BadRequest("invalid_request", "`context.likenesses` must be an array of objects")
    for likeness in likenesses:
        id = likeness.get("cameo_id")
        if isinstance(id, str) and not is_cameo_id(id):
            raise BadRequest("invalid_request", "`context.likenesses` has an impossible cameo id")
    return [{"facets": list(FACETS), **likeness} for likeness in likenesses]


def _in_their_words(error: InvalidRequest) -> str:
    """The misfits at the places where this API has them."""
    return "; ".join(
        f"{_place(detail['location'])}: {detail['message']}" for detail in error.details
    )


def _place(location: str) -> str:
    steps = location.removeprefix("body").removeprefix(".").split(".")
    if steps[:2] == ["likenesses", "0"]:
        return ".".join(["resource.properties", *steps[2:]])
    if steps[0] == "likenesses" and len(steps) > 1 and steps[1].isdigit():
        return ".".join(["context.likenesses", str(int(steps[1]) - 1), *steps[2:]])
    return ".".join(["context", *steps]) if steps[0] else "context"
