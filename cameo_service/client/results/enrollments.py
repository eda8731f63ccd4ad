"""Enrollments.

>>> LastError(code="digits_not_spoken", reason="say the digits aloud").code
'digits_not_spoken'
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cameo_service.client.documents import Moment


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """The consent statement that the person sees, and when it was accepted."""

    version: str
    locale: str
    text: str
    sha256: str
    accepted_at: Moment | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LastError:
    """Why the last recording was not accepted, and what to do about it."""

    code: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Enrollment:
    """Where an enrollment stands.

    `status` is `requires_input`, `processing`, `verified`, `needs_review`, `canceled` or
    `expired`. `challenge` says what to do in the next recording, while one is awaited, and
    `accommodations` what is not asked because the person cannot do it. `renews` is the cameo that
    is to be renewed; `assurance` says, once verified, how well it was proven: `high`, `standard` or
    `reduced`.
    """

    id: str
    status: str
    principal: str
    statement: Statement
    accommodations: tuple[str, ...] = ()
    challenge: Mapping[str, Any] | None
    challenge_expires_at: Moment | None = None
    attempt: int
    attempts_allowed: int
    last_error: LastError | None
    cameo_id: str | None
    url: str
    created_at: Moment
    expires_at: Moment
    renews: str | None = None
    assurance: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StartedEnrollment(Enrollment):
    """A new enrollment. `capture_url` carries the secret that opens it once: send it on."""

    client_secret: str
    capture_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedEnrollment:
    """The session token that the person's page or app works with from now on."""

    session_token: str
    enrollment: Enrollment


@dataclass(frozen=True, slots=True, kw_only=True)
class EnrollmentReport:
    """The verifier's whole report on the last recording, scores too; None before there is one."""

    enrollment: str
    report: Mapping[str, Any] | None
