"""What the service answers, read strictly: what does not fit raises, and is never a yes.

Fields that this version does not know are passed over, so that the service may grow.

    >>> Reason.read({"code": "not_permitted", "step": 6, "message": "not for this use"}).code
    'not_permitted'
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self, TypeVar

from cameo_service.client.documents import (
    Document,
    MalformedDocument,
    flag,
    items,
    maybe,
    moment,
    number,
    part,
    text,
    texts,
)

Result = TypeVar("Result")
Read = Callable[[Document], Result]


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """The consent statement that the person sees."""

    version: str
    locale: str
    text: str
    sha256: str

    @classmethod
    def read(cls, document: Document) -> Self:
        """From the service's JSON."""
        return cls(
            version=text(document, "version"),
            locale=text(document, "locale"),
            text=text(document, "text"),
            sha256=text(document, "sha256"),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class LastError:
    """Why the last recording was not accepted, and what to do about it."""

    code: str
    reason: str

    @classmethod
    def read(cls, document: Document) -> Self:
        """From the service's JSON."""
        return cls(code=text(document, "code"), reason=text(document, "reason"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Enrollment:
    """Where an enrollment stands.

    `status` is `requires_input`, `processing`, `verified`, `needs_review`, `canceled` or
    `expired`. `challenge` says what to do in the next recording, while one is awaited.
    """

    id: str
    status: str
    principal: str
    statement: Statement
    challenge: Mapping[str, Any] | None
    challenge_expires_at: datetime | None
    attempt: int
    attempts_allowed: int
    last_error: LastError | None
    cameo_id: str | None
    url: str
    created_at: datetime
    expires_at: datetime

    @classmethod
    def fields(cls, document: Document) -> dict[str, Any]:
        """The fields from the service's JSON."""
        return {
            "id": text(document, "id"),
            "status": text(document, "status"),
            "principal": text(document, "principal"),
            "statement": Statement.read(part(document, "statement")),
            "challenge": maybe(document, "challenge", part),
            "challenge_expires_at": maybe(document, "challenge_expires_at", moment),
            "attempt": number(document, "attempt"),
            "attempts_allowed": number(document, "attempts_allowed"),
            "last_error": _read_maybe(document, "last_error", LastError.read),
            "cameo_id": maybe(document, "cameo_id", text),
            "url": text(document, "url"),
            "created_at": moment(document, "created_at"),
            "expires_at": moment(document, "expires_at"),
        }

    @classmethod
    def read(cls, document: Document) -> Self:
        """From the service's JSON."""
        return cls(**cls.fields(document))


@dataclass(frozen=True, slots=True, kw_only=True)
class StartedEnrollment(Enrollment):
    """A new enrollment. `capture_url` carries the secret that opens it once: send it on."""

    client_secret: str
    capture_url: str

    @classmethod
    def read(cls, document: Document) -> Self:
        """From the service's JSON."""
        return cls(
            **cls.fields(document),
            client_secret=text(document, "client_secret"),
            capture_url=text(document, "capture_url"),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedEnrollment:
    """The session token that the person's page or app works with from now on."""

    session_token: str
    enrollment: Enrollment

    @classmethod
    def read(cls, document: Document) -> Self:
        """From the service's JSON."""
        return cls(
            session_token=text(document, "session_token"),
            enrollment=Enrollment.read(part(document, "enrollment")),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """One version of the owner's standing rules: the audience by action."""

    cameo_id: str
    version: int
    audience: Mapping[str, str]
    approved: tuple[str, ...]

    @classmethod
    def read(cls, document: Document) -> Self:
        """From the service's JSON."""
        audience = part(document, "audience")
        return cls(
            cameo_id=text(document, "cameo_id"),
            version=number(document, "version"),
            audience={action: text(audience, action) for action in audience},
            approved=texts(document, "approved"),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Cameo:
    """A likeness that can be used, with its identity credential (a JWS) and policy."""

    id: str
    kind: str
    owner: str
    status: str
    enrollment_id: str
    credential: str | None
    credential_expires_at: datetime | None
    policy: Policy
    created_at: datetime

    @classmethod
    def read(cls, document: Document) -> Self:
        """From the service's JSON."""
        return cls(
            id=text(document, "id"),
            kind=text(document, "kind"),
            owner=text(document, "owner"),
            status=text(document, "status"),
            enrollment_id=text(document, "enrollment_id"),
            credential=maybe(document, "credential", text),
            credential_expires_at=maybe(document, "credential_expires_at", moment),
            policy=Policy.read(part(document, "policy")),
            created_at=moment(document, "created_at"),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """A licence. `signed` is the grant as it was made, a JWS.

    `permits_revoked` counts the live permits that ended with it, in the answer to its revocation.
    """

    id: str
    version: int
    status: str
    cameo_id: str
    grantor: str
    grantee: str
    terms: Mapping[str, Any]
    signed: str
    created_at: datetime
    revoked_at: datetime | None
    permits_revoked: int | None

    @classmethod
    def read(cls, document: Document) -> Self:
        """From the service's JSON."""
        return cls(
            id=text(document, "id"),
            version=number(document, "version"),
            status=text(document, "status"),
            cameo_id=text(document, "cameo_id"),
            grantor=text(document, "grantor"),
            grantee=text(document, "grantee"),
            terms=part(document, "terms"),
            signed=text(document, "signed"),
            created_at=moment(document, "created_at"),
            revoked_at=maybe(document, "revoked_at", moment),
            permits_revoked=maybe(document, "permits_revoked", number),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why: a stable code, the step of the decision procedure, and a sentence."""

    code: str
    step: int
    message: str

    @classmethod
    def read(cls, document: Document) -> Self:
        """From the service's JSON."""
        return cls(
            code=text(document, "code"),
            step=number(document, "step"),
            message=text(document, "message"),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantReference:
    """A grant that a yes rests on, in the version that was read."""

    id: str
    version: int

    @classmethod
    def read(cls, document: Document) -> Self:
        """From the service's JSON."""
        return cls(id=text(document, "id"), version=number(document, "version"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """The answer for one likeness. `could_change` says what could change a denial."""

    cameo_id: str
    effect: str
    reason: Reason
    grants: tuple[GrantReference, ...]
    could_change: str | None

    @classmethod
    def read(cls, document: Document) -> Self:
        """From the service's JSON."""
        return cls(
            cameo_id=text(document, "cameo_id"),
            effect=text(document, "effect"),
            reason=Reason.read(part(document, "reason")),
            grants=tuple(GrantReference.read(grant) for grant in items(document, "grants")),
            could_change=maybe(document, "could_change", text),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """The answer. It is true in a condition exactly when it is a yes."""

    effect: str
    reasons: tuple[Reason, ...]
    parties: tuple[Party, ...]
    revision: int
    expires_at: datetime | None

    @property
    def permitted(self) -> bool:
        """Whether the answer is yes."""
        return self.effect == "permit"

    def __bool__(self) -> bool:
        """`permitted`: an object that is always true would make every answer a yes."""
        return self.permitted

    @classmethod
    def read(cls, document: Document) -> Self:
        """From the service's JSON. A yes that contradicts itself is malformed."""
        decision = cls(
            effect=text(document, "effect"),
            reasons=tuple(Reason.read(reason) for reason in items(document, "reasons")),
            parties=tuple(Party.read(party) for party in items(document, "parties")),
            revision=number(document, "revision"),
            expires_at=maybe(document, "expires_at", moment),
        )
        agreed = bool(decision.parties) and all(
            party.effect == "permit" for party in decision.parties
        )
        if decision.permitted is not flag(document, "permitted") or (
            decision.permitted and not agreed
        ):
            raise MalformedDocument("the decision contradicts itself")
        return decision


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuedPermit:
    """A signed yes. `permit` is the JWS; check it with `verify_permit` before relying on it."""

    id: str
    permit: str
    audience: str
    request_hash: str
    expires_at: datetime
    decision: Decision

    @classmethod
    def read(cls, document: Document) -> Self:
        """From the service's JSON."""
        return cls(
            id=text(document, "id"),
            permit=text(document, "permit"),
            audience=text(document, "audience"),
            request_hash=text(document, "request_hash"),
            expires_at=moment(document, "expires_at"),
            decision=Decision.read(part(document, "decision")),
        )


def _read_maybe(document: Document, name: str, read: Read[Result]) -> Result | None:
    inner = maybe(document, name, part)
    return read(inner) if inner is not None else None
