"""What is kept, as frozen records. Tables are an implementation's own business.

All times are aware datetimes in UTC. `document` fields hold JSON data.

    >>> EnrollmentState("expired") is EnrollmentState.EXPIRED
    True
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from permissions.facts import CameoStatus

Document = dict[str, Any]


class EnrollmentState(StrEnum):
    """Where an enrollment stands."""

    REQUIRES_INPUT = "requires_input"
    PROCESSING = "processing"
    VERIFIED = "verified"
    NEEDS_REVIEW = "needs_review"
    CANCELED = "canceled"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKeyRecord:
    """A caller. `secret_hash` is of the secret part; `acts_for` are principals or `kind:*`."""

    id: str
    name: str
    principal: str
    secret_hash: str
    scopes: tuple[str, ...]
    acts_for: tuple[str, ...]
    created_at: datetime
    revoked_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EnrollmentRecord:
    """One enrollment session. Secrets stand here as hashes only.

    `challenge` is the one of the current attempt, drawn at `challenge_issued_at`;
    `challenges_drawn` counts all. `rejections` are recordings of the person that failed,
    `given_back` those that failed through no fault of theirs. `report` is for operators.
    `version` counts writes: `save` refuses a record that is not based on the stored one.
    """

    id: str
    version: int
    principal: str
    created_by: str
    state: EnrollmentState
    statement: Document
    challenge: Document
    challenge_issued_at: datetime
    challenges_drawn: int
    attempt: int
    attempts_allowed: int
    rejections: int
    given_back: int
    client_secret_hash: str
    client_secret_spent_at: datetime | None
    session_hash: str | None
    recording_blob: str | None
    recording_mime: str | None
    report: Document | None
    last_error: Document | None
    cameo_id: str | None
    created_at: datetime
    updated_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CameoRecord:
    """A likeness that can be used. `credential` is a JWS, and None until one is issued."""

    id: str
    version: int
    kind: str
    owner: str
    status: CameoStatus
    enrollment_id: str
    credential: str | None
    credential_expires_at: datetime | None
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyRecord:
    """One version of a cameo's policy. Versions are appended, never overwritten."""

    cameo_id: str
    version: int
    document: Document
    created_by: str
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantRecord:
    """A licence from `grantor` to `grantee`; `signed` is its JWS."""

    id: str
    version: int
    cameo_id: str
    grantor: str
    grantee: str
    terms: Document
    signed: str
    created_by: str
    created_at: datetime
    revoked_at: datetime | None = None
    revoked_by: str | None = None
    revocation_reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PermitRecord:
    """A permit that was issued. `rests_on` are the keys (`grant:…`, `cameo:…`) it stands on."""

    id: str
    requester: str
    audience: str
    action: str
    request_hash: str
    rests_on: tuple[str, ...]
    revision: int
    issued_by: str
    issued_at: datetime
    expires_at: datetime
    revoked_at: datetime | None = None


class JobState(StrEnum):
    """Where a job stands."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    DEAD = "dead"


@dataclass(frozen=True, slots=True, kw_only=True)
class JobRecord:
    """A unit of background work, done at least once. `lease_token` fences out a stalled worker."""

    id: str
    kind: str
    payload: Document
    state: JobState
    attempts: int
    run_after: datetime
    created_at: datetime
    lease_token: str | None = None
    leased_until: datetime | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class IdempotencyRecord:
    """The answer to a request that created something, kept so that a repeat gets it again."""

    caller: str
    key: str
    fingerprint: str
    created_at: datetime
    status: int | None = None
    body: bytes | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateRecord:
    """A biometric template in the clear, in memory only. `salt` goes into its published digest."""

    cameo_id: str
    modality: str
    model: str
    model_sha256: str
    vector: tuple[float, ...]
    salt: bytes
    created_at: datetime
