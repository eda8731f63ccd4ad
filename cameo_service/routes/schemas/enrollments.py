"""Enrollments, as the platform and the person see them.

>>> EnrollmentIn(principal="user:ann").statement.locale
'en'
"""

from datetime import datetime
from typing import Annotated, Any, Literal, Self

from pydantic import Field

from cameo_service.context import Context
from cameo_service.enrollments.assurance import Assurance, level_of
from cameo_service.enrollments.challenges import accommodations_of, expires_at
from cameo_service.enrollments.sessions import state_at
from cameo_service.enrollments.statements import DEFAULT
from cameo_service.routes.schemas.common import Incoming, Outgoing, PrincipalText
from cameo_service.routes.schemas.people import MinorIn
from storage.records import (
    EnrollmentRecord,
    EnrollmentState,
)
from verification.challenge import Accommodation
from verification.report import Verdict


class StatementIn(Incoming):
    """The consent statement to show. `text` may be left out for a built-in one."""

    version: Annotated[str, Field(min_length=1, max_length=64)] = DEFAULT[0]
    locale: Annotated[str, Field(pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$")] = DEFAULT[1]
    text: Annotated[str, Field(min_length=20, max_length=20_000)] | None = None


AccommodationsIn = Annotated[
    list[Accommodation],
    Field(
        max_length=len(Accommodation),
        description="What the person cannot do, so that something else is asked of them: "
        "`head_still` (turn the head), `no_speech` (speak), `heard_prompts` (see the prompts). "
        "What that costs in assurance is told in `docs/verification.md`.",
    ),
]


class EnrollmentIn(Incoming):
    """Who is to enroll, and what they agree to."""

    principal: PrincipalText
    statement: StatementIn = StatementIn()
    accommodations: AccommodationsIn = Field(default_factory=list)
    minor: MinorIn | None = Field(
        default=None, description="For a minor: stored as by `PUT /v1/people`, before they enroll."
    )
    renews: Annotated[str, Field(min_length=1, max_length=100)] | None = Field(
        default=None,
        description="The principal's own cameo, which this recording is to renew: face and voice "
        "must be those of before. Left out: a first enrollment.",
    )


class DrawIn(Incoming):
    """What the next challenge is to be like."""

    accommodations: AccommodationsIn | None = Field(
        default=None, description="In place of those before; left out, these are kept."
    )


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
    accommodations: list[Accommodation] = Field(
        description="What the person is not asked to do, in this and in further challenges."
    )
    challenge: dict[str, Any] | None = Field(
        description="What to do in the next recording, while one is awaited."
    )
    challenge_expires_at: datetime | None = Field(
        description="When a recording of this challenge must have arrived; draw another after."
    )
    attempt: int
    attempts_allowed: int
    last_error: LastError | None
    cameo_id: str | None
    renews: str | None = Field(description="The cameo that is to be renewed.")
    assurance: Assurance | None = Field(
        description="How well it was proven, once verified: `high`, `standard` or `reduced`."
    )
    url: str
    as_of: datetime = Field(description="The service's time of this answer.")
    created_at: datetime
    expires_at: datetime

    @classmethod
    def fields_of(cls, record: EnrollmentRecord, context: Context) -> dict[str, Any]:
        """The fields for `record` now."""
        now = context.clock()
        status = state_at(record, now=now)
        verified = status is EnrollmentState.VERIFIED
        waits = status is EnrollmentState.REQUIRES_INPUT
        return {
            "id": record.id,
            "status": status,
            "principal": record.principal,
            "statement": StatementOut(**record.statement),
            "accommodations": sorted(accommodations_of(record)),
            "challenge": record.challenge if waits else None,
            "challenge_expires_at": expires_at(context, record) if waits else None,
            "attempt": record.attempt,
            "attempts_allowed": record.attempts_allowed,
            "last_error": LastError(**record.last_error) if record.last_error else None,
            "cameo_id": record.cameo_id if verified else None,
            "renews": record.renews,
            "assurance": _level(record) if verified else None,
            "url": f"{context.settings.issuer}/enroll/{record.id}",
            "as_of": now,
            "created_at": record.created_at,
            "expires_at": record.expires_at,
        }

    @classmethod
    def of(cls, record: EnrollmentRecord, context: Context) -> Self:
        """The view of `record` now."""
        return cls(**cls.fields_of(record, context))


def _level(record: EnrollmentRecord) -> Assurance | None:
    """The level of a verified enrollment, by its report; None once that is not kept any more."""
    report = record.report
    if report is None:
        return None
    return level_of(
        report,
        accommodations=record.challenge.get("accommodations", []),
        reviewed=report.get("verdict") == Verdict.NEEDS_REVIEW,
    )


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
