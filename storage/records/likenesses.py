"""Likenesses: enrollments, the cameos that come of them, characters, templates.

>>> EnrollmentState("expired") is EnrollmentState.EXPIRED
True
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from permissions.facts import CameoStatus
from storage.records.document import Document


class EnrollmentState(StrEnum):
    """Where an enrollment stands."""

    REQUIRES_INPUT = "requires_input"
    PROCESSING = "processing"
    VERIFIED = "verified"
    NEEDS_REVIEW = "needs_review"
    CANCELED = "canceled"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True, kw_only=True)
class EnrollmentRecord:
    """One enrollment session. Secrets stand here as hashes only.

    `challenge` is the one of the current attempt, drawn at `challenge_issued_at`;
    `challenges_drawn` counts all. `rejections` are recordings of the person that failed,
    `given_back` those that failed through no fault of theirs. `report` is for operators. `renews`
    names the cameo that this enrollment is to renew; `cameo_id` the one that it became, or renewed.
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
    renews: str | None = None


EMPTIED: Mapping[str, Any] = {
    "report": None,
    "challenge": {},
    "last_error": None,
    "client_secret_hash": "",
    "session_hash": None,
    "recording_blob": None,
    "recording_mime": None,
}
"""What an emptied enrollment has there: its ids, its times and the accepted statement stay."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EnrollmentTrace:
    """What there is of an enrollment that became nothing, without what it holds."""

    id: str
    is_over: bool
    holds_recording: bool
    was_recorded: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CameoRecord:
    """A likeness that can be used: `kind` is `person` or `character`.

    A person has an `enrollment_id`, the one that the `credential` rests on, and, once one is
    issued, a credential, which is a JWS. `enrolled` are the facets that were proven there, and
    `assurance` says how well; None is a credential from before there were levels. A character has
    nothing of this; what only it has stands in its `CharacterRecord` under the same id.
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
    enrolled: tuple[str, ...] = ()
    assurance: str | None = None


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
class TemplateRecord:
    """A biometric template in the clear, in memory only. `salt` goes into its published digest."""

    cameo_id: str
    modality: str
    model: str
    model_sha256: str
    vector: tuple[float, ...]
    salt: bytes
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleRecord:
    """Something a template can be made of, in the clear, in memory only: a still, or speech.

    `position` counts the samples of one modality, the best first.
    """

    cameo_id: str
    modality: str
    position: int
    media_type: str
    content: bytes
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelCount:
    """How many cameos have a template of this model."""

    modality: str
    model: str
    model_sha256: str
    cameos: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Destroyed:
    """How many rows were destroyed of what lies under one data key, the key itself among them."""

    templates: int
    samples: int
    keys: int
