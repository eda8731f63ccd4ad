"""What travels over the wire. Unknown fields of a request are refused: a misspelt restriction
must not be ignored.

    >>> EnrollmentIn(principal="user:ann").statement.locale
    'en'
"""

from datetime import datetime
from types import MappingProxyType
from typing import Annotated, Any, Generic, Literal, Self, TypeVar

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field

from cameo_service.documents import policy_from
from cameo_service.enrollment import state_at
from permissions.decision import Decision, Effect, PartyOutcome, ReasonCode
from permissions.policy import Policy
from permissions.request import ConsentRequest, Likeness
from permissions.terms import Terms
from permissions.vocabulary import Action, Audience, Facet, Principal, parse_principal
from storage.records import (
    CameoRecord,
    EnrollmentRecord,
    EnrollmentState,
    GrantRecord,
    PermitRecord,
    PolicyRecord,
)

PrincipalText = Annotated[
    str,
    AfterValidator(parse_principal),
    Field(description="`user:…`, `org:…` or `app:…`", examples=["user:alice"]),
]
ShortText = Annotated[str, Field(min_length=1, max_length=500)]
Item = TypeVar("Item")


class Incoming(BaseModel):
    """A request body."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Outgoing(BaseModel):
    """A response body."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Page(Outgoing, Generic[Item]):
    """One page of a list. Ask for the next one with `?after=<next_cursor>`."""

    object: Literal["list"] = "list"
    data: list[Item]
    has_more: bool
    next_cursor: str | None


# -- enrollments -------------------------------------------------------------------------------


class StatementIn(Incoming):
    """The consent statement to show. `text` may be left out for a built-in one."""

    version: Annotated[str, Field(min_length=1, max_length=64)] = "2026-11"
    locale: Annotated[str, Field(pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$")] = "en"
    text: Annotated[str, Field(min_length=20, max_length=20_000)] | None = None


class EnrollmentIn(Incoming):
    """Who is to enroll, and what they agree to."""

    principal: PrincipalText
    statement: StatementIn = StatementIn()


class OpenIn(Incoming):
    """The single-use client secret of the enrollment's link."""

    client_secret: Annotated[str, Field(min_length=1, max_length=200)]


class ReviewIn(Incoming):
    """A reviewer's word."""

    decision: Literal["approve", "reject"]


class StatementOut(Outgoing):
    """The consent statement that is shown, and when it was accepted."""

    version: str
    locale: str
    text: str
    sha256: str
    accepted_at: datetime | None = None


class LastError(Outgoing):
    """Why the last recording was not accepted, and what to do about it."""

    code: str
    reason: str


class EnrollmentOut(Outgoing):
    """An enrollment as the platform and the person see it. Scores are never in it."""

    object: Literal["enrollment"] = "enrollment"
    id: str
    status: EnrollmentState
    principal: str
    statement: StatementOut
    challenge: dict[str, Any] | None = Field(
        description="What to do in the next recording, while one is awaited."
    )
    attempt: int
    attempts_allowed: int
    last_error: LastError | None
    cameo_id: str | None
    url: str
    created_at: datetime
    expires_at: datetime

    @classmethod
    def fields_of(cls, record: EnrollmentRecord, *, issuer: str, now: datetime) -> dict[str, Any]:
        """The fields for `record` at `now`."""
        status = state_at(record, now=now)
        verified = status is EnrollmentState.VERIFIED
        return {
            "id": record.id,
            "status": status,
            "principal": record.principal,
            "statement": StatementOut(**record.statement),
            "challenge": record.challenge if status is EnrollmentState.REQUIRES_INPUT else None,
            "attempt": record.attempt,
            "attempts_allowed": record.attempts_allowed,
            "last_error": LastError(**record.last_error) if record.last_error else None,
            "cameo_id": record.cameo_id if verified else None,
            "url": f"{issuer}/enroll/{record.id}",
            "created_at": record.created_at,
            "expires_at": record.expires_at,
        }

    @classmethod
    def of(cls, record: EnrollmentRecord, *, issuer: str, now: datetime) -> Self:
        """The view of `record` at `now`."""
        return cls(**cls.fields_of(record, issuer=issuer, now=now))


class EnrollmentCreated(EnrollmentOut):
    """A new enrollment, with the secret that opens it once. It is not shown again."""

    client_secret: str
    capture_url: str = Field(
        description="Where to send the person: the page and, in its fragment, the secret."
    )


class EnrollmentOpened(Outgoing):
    """What the person's page or app works with from now on."""

    session_token: str
    enrollment: EnrollmentOut


class ReportOut(Outgoing):
    """Every check of the last recording, with scores: for reviewers only."""

    enrollment: str
    report: dict[str, Any] | None


# -- cameos ------------------------------------------------------------------------------------


class PolicyIn(Incoming):
    """The owner's standing rules. An action that is not named is for the owner alone."""

    audience: dict[Action, Audience] = Field(examples=[{"tag": "everyone"}])
    approved: Annotated[list[PrincipalText], Field(max_length=10_000)] = []

    def to_policy(self) -> Policy:
        """As `permissions` decides over it."""
        return Policy(
            audience=MappingProxyType(dict(self.audience)),
            approved=frozenset(Principal(name) for name in self.approved),
        )


class PolicyOut(Outgoing):
    """One version of a policy."""

    object: Literal["policy"] = "policy"
    cameo_id: str
    version: int
    audience: dict[Action, Audience]
    approved: list[str]
    created_at: datetime

    @classmethod
    def of(cls, record: PolicyRecord) -> Self:
        """The view of `record`."""
        policy = policy_from(record.document)
        return cls(
            cameo_id=record.cameo_id,
            version=record.version,
            audience=dict(policy.audience),
            approved=sorted(policy.approved),
            created_at=record.created_at,
        )


class CameoOut(Outgoing):
    """A cameo as its owner's platform sees it."""

    object: Literal["cameo"] = "cameo"
    id: str
    kind: str
    owner: str
    status: str
    enrollment_id: str
    credential: str | None = Field(description="The identity credential, a JWS.")
    credential_expires_at: datetime | None
    policy: PolicyOut
    created_at: datetime

    @classmethod
    def of(cls, record: CameoRecord, policy: PolicyRecord) -> Self:
        """The view of `record`."""
        return cls(
            id=record.id,
            kind=record.kind,
            owner=record.owner,
            status=record.status,
            enrollment_id=record.enrollment_id,
            credential=record.credential,
            credential_expires_at=record.credential_expires_at,
            policy=PolicyOut.of(policy),
            created_at=record.created_at,
        )


# -- grants ------------------------------------------------------------------------------------


class TermsIn(Incoming):
    """What the grant covers. The window starts at `not_before` and ends before `not_after`."""

    actions: Annotated[list[Action], Field(min_length=1)]
    facets: Annotated[list[Facet], Field(min_length=1)]
    not_before: AwareDatetime | None = None
    not_after: AwareDatetime | None = None

    def to_terms(self) -> Terms:
        """As `permissions` decides over it."""
        return Terms(
            actions=frozenset(self.actions),
            facets=frozenset(self.facets),
            not_before=self.not_before,
            not_after=self.not_after,
        )


class GrantIn(Incoming):
    """A licence to make."""

    cameo_id: ShortText
    grantee: PrincipalText
    terms: TermsIn


class RevokeIn(Incoming):
    """Why a grant ends; kept with it, not shown to the grantee."""

    reason: ShortText | None = None


class GrantOut(Outgoing):
    """A grant as either side sees it."""

    object: Literal["grant"] = "grant"
    id: str
    version: int
    status: Literal["active", "revoked"]
    cameo_id: str
    grantor: str
    grantee: str
    terms: dict[str, Any]
    signed: str = Field(description="The grant as it was made, a JWS.")
    created_at: datetime
    revoked_at: datetime | None

    @classmethod
    def of(cls, record: GrantRecord) -> Self:
        """The view of `record`."""
        return cls(
            id=record.id,
            version=record.version,
            status="active" if record.revoked_at is None else "revoked",
            cameo_id=record.cameo_id,
            grantor=record.grantor,
            grantee=record.grantee,
            terms=record.terms,
            signed=record.signed,
            created_at=record.created_at,
            revoked_at=record.revoked_at,
        )


class GrantRevoked(GrantOut):
    """A revoked grant, and how many live permits ended with it."""

    permits_revoked: int


# -- consent -----------------------------------------------------------------------------------


class LikenessIn(Incoming):
    """One cameo, and the facets of it that would be used."""

    cameo_id: ShortText
    facets: Annotated[list[Facet], Field(min_length=1)]


class ConsentIn(Incoming):
    """May `requester` do `action` with all of `likenesses`?"""

    requester: PrincipalText
    action: Action
    likenesses: Annotated[list[LikenessIn], Field(min_length=1, max_length=32)]

    def to_request(self) -> ConsentRequest:
        """As `permissions` decides over it."""
        return ConsentRequest(
            requester=Principal(self.requester),
            action=self.action,
            likenesses=tuple(
                Likeness(cameo_id=likeness.cameo_id, facets=frozenset(likeness.facets))
                for likeness in self.likenesses
            ),
        )


class ReasonOut(Outgoing):
    """Why: a stable code, the step of the decision procedure, and a sentence."""

    code: ReasonCode
    step: int
    message: str


class GrantReferenceOut(Outgoing):
    """A grant that a yes rests on."""

    id: str
    version: int


class PartyOut(Outgoing):
    """The answer for one likeness."""

    cameo_id: str
    effect: Effect
    reason: ReasonOut
    grants: list[GrantReferenceOut]
    expires_at: datetime | None
    could_change: str | None = Field(description="What could change a denial.")

    @classmethod
    def of(cls, party: PartyOutcome) -> Self:
        """The view of `party`."""
        return cls(
            cameo_id=party.cameo_id,
            effect=party.effect,
            reason=ReasonOut(
                code=party.reason.code, step=party.reason.step, message=party.reason.message
            ),
            grants=[
                GrantReferenceOut(id=grant.id, version=grant.version) for grant in party.grants
            ],
            expires_at=party.expires_at,
            could_change=party.could_change,
        )


class DecisionOut(Outgoing):
    """The answer. A denial is an answer too: its status is 200."""

    object: Literal["decision"] = "decision"
    effect: Effect
    permitted: bool
    reasons: list[ReasonOut]
    parties: list[PartyOut]
    revision: int
    expires_at: datetime | None

    @classmethod
    def of(cls, decision: Decision) -> Self:
        """The view of `decision`."""
        return cls(
            effect=decision.effect,
            permitted=decision.permitted,
            reasons=[
                ReasonOut(code=reason.code, step=reason.step, message=reason.message)
                for reason in decision.reasons
            ],
            parties=[PartyOut.of(party) for party in decision.parties],
            revision=decision.revision,
            expires_at=decision.expires_at,
        )


class PermitOut(Outgoing):
    """A signed yes, and the decision that it states."""

    object: Literal["permit"] = "permit"
    id: str
    permit: str = Field(description="The permit, a JWS of type `cameo-permit+jwt`.")
    audience: str
    request_hash: str
    expires_at: datetime
    decision: DecisionOut

    @classmethod
    def of(cls, record: PermitRecord, signed: str, decision: Decision) -> Self:
        """The view of `record`."""
        return cls(
            id=record.id,
            permit=signed,
            audience=record.audience,
            request_hash=record.request_hash,
            expires_at=record.expires_at,
            decision=DecisionOut.of(decision),
        )
