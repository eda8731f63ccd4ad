"""Access requests as their asker and as those who are asked see them.

>>> ApproveIn.model_validate({"manner": "once", "capacity": "owner"}).to_manner()
Once(not_after=None)
"""

from datetime import datetime
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from cameo_service.access import Addressed, ApproverView, ByGrant, Once, state_of
from cameo_service.access.asks import ask_from, by_likeness
from cameo_service.access.inbox import Answer, AskView
from cameo_service.access.states import AskState
from cameo_service.consent.questions import ConsentIn
from cameo_service.documents import terms_document
from cameo_service.routes.schemas.common import (
    Incoming,
    Outgoing,
    PageQuery,
    PrincipalText,
    ShortText,
)
from cameo_service.routes.schemas.grants import GrantTermsIn
from cameo_service.routes.schemas.terms import Moment
from permissions.decision import Approver, Effect, ReasonCode
from permissions.vocabulary import DEPLOYMENT, parse_principal
from storage.records import AccessRequestRecord, AccessState

Message = Annotated[str, Field(max_length=1_000)]


class AccessIn(Incoming):
    """What to ask for: the very question that was not answered with yes."""

    request: ConsentIn
    message: Message = Field(default="", description="To those who are asked: what it is for.")


class DenyIn(Incoming):
    """Which ask of a request is answered. Without `cameo_id`, the only one that can be meant."""

    capacity: Approver = Field(description="In which capacity the speaker was asked.")
    cameo_id: ShortText | None = None
    acting_as: PrincipalText | None = Field(
        default=None, description="Who speaks, where that is not the one who was asked."
    )
    note: ShortText | None = Field(
        default=None, description="Kept with the decision, and not shown to the requester."
    )

    def to_addressed(self) -> Addressed:
        """As the use cases take it."""
        return Addressed(of=self.capacity, cameo_id=self.cameo_id, acting_as=self.acting_as)


class ApproveIn(DenyIn):
    """How to say yes: once to exactly this request, or by a grant.

    A grant without `terms` covers what was asked for, once. `terms` of one's own need the scope
    `grants:write` besides.
    """

    manner: Literal["once", "grant"]
    not_after: Moment | None = Field(
        default=None, description="When the yes ends. Left out: in 30 days; at most a year away."
    )
    terms: GrantTermsIn | None = None

    @model_validator(mode="after")
    def _require_sense(self) -> Self:
        if self.terms is not None and self.manner == "once":
            raise ValueError("`terms` go with `manner: grant`")
        if self.terms is not None and self.not_after is not None:
            raise ValueError("`terms` have a `not_after` of their own")
        return self

    def to_manner(self) -> Once | ByGrant:
        """As the use cases take it."""
        if self.manner == "once":
            return Once(not_after=self.not_after)
        terms = self.terms.to_terms() if self.terms is not None else None
        return ByGrant(terms=terms, not_after=self.not_after)


class ActingIn(Incoming):
    """In whose name, where that is not the one concerned."""

    acting_as: PrincipalText | None = None


class AccessQuery(PageQuery):
    """Whose requests: those that `requester` made."""

    requester: PrincipalText


class InboxPageQuery(PageQuery):
    """Whose inbox: the requests that ask `asked`."""

    asked: str = Field(max_length=200, description="A principal, or `deployment`.")
    acting_as: PrincipalText | None = Field(
        default=None, description="Who reads what asks somebody whom they represent."
    )
    pending: bool = Field(default=True, description="Only what is undecided.")

    @model_validator(mode="after")
    def _require_somebody(self) -> Self:
        if self.asked != DEPLOYMENT:
            parse_principal(self.asked)
        return self


class LikenessStatusOut(Outgoing):
    """What was said of one likeness."""

    cameo_id: str
    status: AskState


class AccessRequestOut(Outgoing):
    """An access request as its asker sees it."""

    object: Literal["access_request"] = "access_request"
    id: str
    status: AccessState
    requester: str
    request: dict[str, Any] = Field(description="The question that was asked.")
    message: str
    likenesses: list[LikenessStatusOut]
    created_at: datetime
    updated_at: datetime
    expires_at: datetime

    @classmethod
    def of(cls, record: AccessRequestRecord, *, now: datetime) -> Self:
        """The view of `record` at `now`."""
        asks = tuple(ask_from(document) for document in record.asks)
        return cls(
            **_shared(record),
            status=state_of(record, now=now),
            likenesses=[
                LikenessStatusOut(cameo_id=cameo_id, status=state)
                for cameo_id, state in by_likeness(asks).items()
            ],
        )


def _shared(record: AccessRequestRecord) -> dict[str, Any]:
    """What both sides see."""
    return {
        "id": record.id,
        "requester": record.requester,
        "request": {name: value for name, value in record.request.items() if name != "version"},
        "message": record.message,
        "created_at": record.created_at,
        "updated_at": record.updated_at,
        "expires_at": record.expires_at,
    }


class AnswerReasonOut(Outgoing):
    """Why, with the reader's own rules and grants behind it."""

    code: ReasonCode
    step: int
    message: str
    rules: list[str]
    grants: list[str]
    aspects: list[str]


class AnswerOut(Outgoing):
    """What the decision says of the likeness."""

    effect: Effect
    reason: AnswerReasonOut

    @classmethod
    def of(cls, answer: Answer) -> Self:
        """The view of `answer`."""
        reason = answer.reason
        return cls(
            effect=answer.effect,
            reason=AnswerReasonOut(
                code=reason.code,
                step=reason.step,
                message=reason.message,
                rules=list(reason.rules),
                grants=list(reason.grants),
                aspects=list(reason.aspects),
            ),
        )


class AskOut(Outgoing):
    """One ask. `once_approved` is what the answer would be then: a yes does not lift every no."""

    capacity: Approver = Field(description="In which capacity `principal` is asked.")
    cameo_id: str
    principal: str
    facets: list[str]
    status: AskState
    now: AnswerOut | None
    once_approved: AnswerOut | None
    grant_terms: dict[str, Any] | None = Field(
        description="The terms of a grant that is made in answer without others."
    )
    decided_by: str | None
    decided_at: datetime | None
    note: str | None
    approval_id: str | None
    grant_id: str | None

    @classmethod
    def of(cls, view: AskView) -> Self:
        """The view of `view.ask`."""
        ask, terms = view.ask, view.grant_terms
        return cls(
            capacity=ask.of,
            cameo_id=ask.cameo_id,
            principal=ask.principal,
            facets=list(ask.facets),
            status=ask.state,
            now=None if view.now is None else AnswerOut.of(view.now),
            once_approved=None if view.once_approved is None else AnswerOut.of(view.once_approved),
            grant_terms=None if terms is None else terms_document(terms),
            decided_by=ask.decided_by,
            decided_at=ask.decided_at,
            note=ask.note,
            approval_id=ask.approval_id,
            grant_id=ask.grant_id,
        )


class AskedRequestOut(Outgoing):
    """An access request as one of those who are asked sees it: with their own asks only."""

    object: Literal["asked_request"] = "asked_request"
    id: str
    status: AccessState
    requester: str
    request: dict[str, Any] = Field(description="The question that was asked.")
    message: str
    asks: list[AskOut]
    created_at: datetime
    updated_at: datetime
    expires_at: datetime

    @classmethod
    def of(cls, view: ApproverView) -> Self:
        """The view of `view`."""
        return cls(
            **_shared(view.record), status=view.state, asks=[AskOut.of(each) for each in view.asks]
        )
