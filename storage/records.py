"""What is kept, as frozen records. Tables are an implementation's own business.

All times are aware datetimes in UTC. `document` fields hold JSON data.

    >>> EnrollmentState("expired") is EnrollmentState.EXPIRED
    True
"""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from permissions.facts import CameoStatus
from permissions.vocabulary import Standing

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
    """A likeness that can be used: `kind` is `person` or `character`.

    A person has an `enrollment_id` and, once one is issued, a `credential`, which is a JWS. A
    character has neither; what only it has stands in its `CharacterRecord` under the same id.
    """

    id: str
    version: int
    kind: str
    owner: str
    status: CameoStatus
    enrollment_id: str | None
    credential: str | None
    credential_expires_at: datetime | None
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CharacterRecord:
    """What a character has beside its cameo, of which it has the `id`. Its policy is the cameo's.

    `handle` is unique in the deployment. `references` are works and pictures that show who is
    meant; `rights_statement` says on what the owner's rights rest; `territories` is a scope
    document; `underlying` are documents with `cameo_id` and `facets`. `decided_by` is the reviewer
    of this version, `note` what they said.
    """

    id: str
    version: int
    owner: str
    handle: str
    name: str
    description: str
    references: tuple[Document, ...]
    rights_statement: str
    territories: Document
    underlying: tuple[Document, ...]
    created_by: str
    created_at: datetime
    updated_at: datetime
    decided_by: str | None = None
    decided_at: datetime | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PrincipalRecord:
    """What is known of a principal, whose name is the `id`.

    `standing` is the deployment's word, the rest the platform's: an age band for a minor, a birth
    date where known, until when the platform stands by the age band, when the person died.
    """

    id: str
    version: int
    standing: Standing
    standing_reason: str | None
    age_band: str | None
    birth_date: date | None
    vouched_until: datetime | None
    deceased_at: datetime | None
    updated_by: str
    updated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class MandateRecord:
    """`representative` speaks for `represented`, as guardian, estate or agent (`kind`).

    `scope` is a terms document; `evidence` refers to the document that proves the mandate.
    """

    id: str
    version: int
    kind: str
    represented: str
    representative: str
    scope: Document
    evidence: str
    created_by: str
    created_at: datetime
    revoked_at: datetime | None = None
    revoked_by: str | None = None
    revocation_reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockRecord:
    """`owner` wants nothing to do with `blocked`, on any cameo."""

    owner: str
    blocked: str
    created_by: str
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DeploymentRecord:
    """One version of the deployment's rules. Versions are appended, never overwritten."""

    version: int
    document: Document
    created_by: str
    created_at: datetime


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
    """A licence from `grantor` to `grantee`; `signed` is its JWS. A sublicence has a `parent`."""

    id: str
    version: int
    cameo_id: str
    grantor: str
    grantee: str
    terms: Document
    signed: str
    created_by: str
    created_at: datetime
    parent: str | None = None
    revoked_at: datetime | None = None
    revoked_by: str | None = None
    revocation_reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PermitRecord:
    """A permit that was issued. `rests_on` are the keys (`grant:…`, `cameo:…`) it stands on.

    `status_index` is its place in the status lists. `request` is the document that `request_hash`
    is over, `basis` what the decision rested on (`cameo_service.permits` has its form). `draft` is
    the use that a permit to publish is for; `use_id` the use that came of the permit: one at most.
    """

    id: str
    requester: str
    audience: str
    action: str
    request: Document
    request_hash: str
    basis: Document
    rests_on: tuple[str, ...]
    status_index: int
    revision: int
    issued_by: str
    issued_at: datetime
    expires_at: datetime
    draft: str | None = None
    use_id: str | None = None
    revoked_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What is taken of a counted grant or one-off approval: used, or reserved by a live permit.

    `next_release` is when the first of the reservations ends by itself.
    """

    count: int
    next_release: datetime | None


class UseState(StrEnum):
    """Where a use stands."""

    DRAFT = "draft"
    PUBLISHED = "published"
    REMOVED = "removed"


class RecallState(StrEnum):
    """What is asked of the holder of a use after a revocation."""

    NONE = "none"
    OPEN = "open"  # to be deleted or taken down
    DONE = "done"


@dataclass(frozen=True, slots=True, kw_only=True)
class UseRecord:
    """What came of a permit. `holder` is the caller that reported it and answers for it.

    `likenesses` are documents with `cameo_id`, `facets` and `appearance_change`; `remix_of` the
    uses it was made from; `grants` the grants it was made under; `assets` documents with `sha256`
    and `media_type`. `basis` is that of the permit. `rests_on` are the permit's keys. `recall` is
    whether a revocation asks for something; `recall_document` says what, why and since when.
    """

    id: str
    version: int
    permit_id: str
    requester: str
    holder: str
    action: str
    state: UseState
    likenesses: tuple[Document, ...]
    remix_of: tuple[str, ...]
    grants: tuple[str, ...]
    basis: Document
    rests_on: tuple[str, ...]
    assets: tuple[Document, ...]
    location: str | None
    recall: RecallState
    recall_document: Document | None
    created_at: datetime
    updated_at: datetime
    published_at: datetime | None = None
    removed_at: datetime | None = None


class AccessState(StrEnum):
    """Where an access request stands."""

    PENDING = "pending"
    APPROVED = "approved"
    DENIED = "denied"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessRequestRecord:
    """A requester's wish for what a decision did not permit, and what became of it.

    `request` is the question's document, `reference` what one-off approvals of it are bound to.
    `asks` are documents, one for each party that must agree (`cameo_service.access` has their
    form); `asked` are those parties: principals, or `deployment`.
    """

    id: str
    version: int
    requester: str
    created_by: str
    state: AccessState
    request: Document
    reference: str
    message: str
    asks: tuple[Document, ...]
    asked: tuple[str, ...]
    created_at: datetime
    updated_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalRecord:
    """A one-off yes of `approver` to exactly the request with this `reference`."""

    id: str
    version: int
    cameo_id: str
    approver: str
    requester: str
    action: str
    facets: tuple[str, ...]
    reference: str
    not_after: datetime
    created_by: str
    created_at: datetime
    access_request_id: str | None = None
    revoked_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class InquiryRecord:
    """How often `caller` asked for `requester` about a cameo on one day, and when last.

    `permitted` and `refused` are counts of answers.
    """

    cameo_id: str
    day: date
    requester: str
    caller: str
    action: str
    permitted: int
    refused: int
    last_at: datetime


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
