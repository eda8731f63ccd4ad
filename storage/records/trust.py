"""What proves things to outsiders: signing keys, the consent log, erasures, disclosures, receipts.

>>> LogEntryRecord(number=0, entry=b"{}").number
0
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from storage.records.document import Document


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningKeyRecord:
    """A key that signs for one purpose, its private half under the key-encryption key.

    `certificate` is the root key's JWS over the public half and its purpose. A key signs from
    `active_from` until the next one of its purpose does; `retired_at` is when that was decided.
    Retired keys go on verifying, but for those with a `revocation`, the root key's JWS that they
    were withdrawn.
    """

    kid: str
    purpose: str
    algorithm: str
    public_jwk: Document
    wrapped: bytes
    certificate: str
    created_at: datetime
    active_from: datetime
    retired_at: datetime | None = None
    revocation: str | None = None


class WrappedKind(StrEnum):
    """What lies wrapped under the key-encryption key."""

    DATA_KEY = "data_keys"
    SIGNING_KEY = "signing_keys"
    SECRET = "secrets"  # noqa: S105 (a word, not a secret)
    WEBHOOK_SECRET = "webhook_secrets"  # noqa: S105 (words)
    FORMER_WEBHOOK_SECRET = "former_webhook_secrets"  # noqa: S105 (words)


@dataclass(frozen=True, slots=True, kw_only=True)
class WrappedRecord:
    """A wrapped value wherever it lies, and what it is bound to."""

    kind: WrappedKind
    id: str
    context: dict[str, str]
    wrapped: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class LogEvent:
    """What an entry is to be of: its kind, the event's document, and whom it is about."""

    kind: str
    document: Document
    subjects: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LogEntryRecord:
    """An entry of the consent log: `entry` is a leaf's data, public and never changed."""

    number: int
    entry: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class LogOpeningRecord:
    """What opens the commitment of entry `number`, until it is erased.

    The commitment is SHA-256 over `salt` and `document`, the canonical JSON of the event.
    `subjects` are the cameos and principals that it names.
    """

    number: int
    salt: bytes
    document: bytes
    subjects: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LogCheckpointRecord:
    """A signed tree head: `note` is the signed note of a tree of `size` entries."""

    size: int
    root: bytes
    note: str
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasureRecord:
    """The end of a cameo with everything that is held of it.

    `destroyed` counts what was destroyed, by kind. `certificate` is the signed statement of it,
    once `completed_at` is set; `log_number` is its entry in the consent log.
    """

    id: str
    version: int
    cameo_id: str
    owner: str
    requested_by: str
    requested_at: datetime
    destroyed: Document
    completed_at: datetime | None = None
    certificate: str | None = None
    log_number: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasureTellingRecord:
    """A holder of identity packages that is told of an erasure, and what it answered."""

    erasure_id: str
    holder: str
    disclosures: tuple[str, ...]
    told_at: datetime
    confirmed_at: datetime | None = None
    confirmed_by: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DisclosureRecord:
    """An identity package that was handed to `holder`, for `requester`, on a permit.

    `contents` are documents that name what was in it (modality, model, digest), and nothing of it.
    `encrypted_to` is the thumbprint of the holder's key, None for a package in the clear.
    """

    id: str
    cameo_id: str
    permit_id: str
    holder: str
    requester: str
    facets: tuple[str, ...]
    contents: tuple[Document, ...]
    encrypted_to: str | None
    log_number: int
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptRecord:
    """The signed statement of a use as it stood: made for its draft, and for its publication.

    One is for the use's holder, and one for the owner of each cameo in it, which is `cameo_id`
    then: each says what its reader may know, and stands in the log as an entry of its own.
    """

    id: str
    use_id: str
    cameo_id: str | None
    statement: str
    log_number: int
    created_at: datetime
