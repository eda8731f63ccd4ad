"""What proves things to outsiders: signing keys, the consent log, erasures, disclosures, receipts.

number = tx.log.append("grant.accepted", document, subjects=("cam_1", "user:ann"), now=now)
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol

from storage.records.document import Document
from storage.records.trust import (
    DisclosureRecord,
    ErasureRecord,
    ErasureTellingRecord,
    LogCheckpointRecord,
    LogEntryRecord,
    LogEvent,
    LogOpeningRecord,
    ReceiptRecord,
    SigningKeyRecord,
    WrappedKind,
    WrappedRecord,
)


class SealedKeys(Protocol):
    """Signing keys and secrets, wrapped under the key-encryption key."""

    def add(self, record: SigningKeyRecord) -> None:
        """Store a new key. Raises `AlreadyExists`."""

    def all(self) -> list[SigningKeyRecord]:
        """Every key, retired ones too, by purpose and then by the moment it begins to sign."""

    def retire(self, kid: str, *, now: datetime) -> None:
        """Note that another key follows. Retiring again keeps the first time."""

    def certify(self, kid: str, certificate: str) -> None:
        """Put another certificate in place of the key's."""

    def revoke(self, kid: str, revocation: str) -> None:
        """Put what the root says of the key's withdrawal beside it, in place of what it said."""

    def is_revoked(self, kid: str) -> bool:
        """Whether the key was withdrawn."""

    def secret(self, name: str) -> bytes | None:
        """The wrapped secret of this name, or None."""

    def keep_secret(self, name: str, wrapped: bytes) -> bytes:
        """Store a secret unless there is one by this name; return the one that stands."""

    def put_secret(self, name: str, wrapped: bytes) -> None:
        """Store a secret, in place of the one by this name where there is one."""

    def secrets(self) -> set[str]:
        """The names of the secrets that there are."""

    def named(self) -> bytes | None:
        """The mark of the key-encryption key that wraps since an exchange; None before any.

        Raises `Tampered` where what says so is none of a key, or names another than the one that
        wraps the signing keys since then.
        """


class Wrappings(Protocol):
    """Everything that is wrapped under the key-encryption key."""

    def left(self, mark: bytes) -> dict[WrappedKind, int]:
        """How many of each kind were not wrapped by the key with this mark."""

    def after(self, kind: WrappedKind, id: str, *, mark: bytes, limit: int) -> list[WrappedRecord]:
        """Those of a kind that another key wrapped, in order of id, behind `id`."""

    def replace(self, record: WrappedRecord, wrapped: bytes) -> bool:
        """Put another wrapping in place of this one; whether it was still there."""


class ConsentLog(Protocol):
    """The entries of the consent log, numbered from 0 without gaps in the order of commits."""

    def append(
        self, kind: str, document: Document, *, subjects: tuple[str, ...], now: datetime
    ) -> int:
        """Add an entry with this transaction and return its number.

        The entry holds `kind`, the time and a salted commitment to the canonical JSON of
        `document`; `storage.log.entries` says how. The opening is kept beside it.
        """

    def append_all(
        self, events: Sequence[LogEvent], *, now: datetime, opened: bool = True
    ) -> range:
        """The same for many at once, each with a salt of its own; return their numbers.

        Unless they are to be `opened`, nothing is kept that opens them: for whoever would `forget`
        a subject of them all in the same transaction.
        """

    def size(self) -> int:
        """How many entries there are. Raises `Tampered` for one whose number is none."""

    def entries(self, start: int, *, limit: int) -> list[LogEntryRecord]:
        """The entries from number `start` on, in order.

        Raises `Tampered`, naming the first that cannot be read; what reads openings does the same.
        """

    def opening(self, number: int) -> LogOpeningRecord | None:
        """What opens this entry; None where it was erased."""

    def openings(self, start: int, *, limit: int) -> list[LogOpeningRecord]:
        """The openings that are left, from number `start` on, in order."""

    def about(self, subject: str, *, limit: int, after: int = -1) -> list[LogOpeningRecord]:
        """The openings that name `subject`, behind number `after`, in order."""

    def opened(self) -> int:
        """How many entries have an opening."""

    def unopened(self) -> int | None:
        """The first entry that has no opening, though something that no erasure left says of it.

        That is a subject whom the opening named, a receipt, an erasure, or a disclosure of a cameo
        that is not erased.
        """

    def forget(self, subject: str, *, but: Collection[int] = ()) -> int:
        """Destroy every opening that names `subject`, but those of the entries numbered in `but`.

        Returns how many were destroyed.
        """

    def checkpoint(self) -> LogCheckpointRecord | None:
        """The signed head of the largest tree, or None before the first."""

    def keep_checkpoint(self, record: LogCheckpointRecord) -> None:
        """Store a signed head in place of the one before, which every later tree contains.

        Raises `Conflict` for a smaller tree than that, and `Tampered` for another one of its size.
        """


class Erasures(Protocol):
    """Erasures, and those who are told of them."""

    def add(self, record: ErasureRecord) -> None:
        """Store a new erasure. Raises `AlreadyExists`, also for a cameo that has one."""

    def get(self, id: str) -> ErasureRecord:
        """The erasure with this id."""

    def find(self, id: str) -> ErasureRecord | None:
        """The erasure with this id, or None."""

    def save(self, record: ErasureRecord) -> ErasureRecord:
        """Store a changed erasure."""

    def of_cameo(self, cameo_id: str) -> ErasureRecord | None:
        """The erasure of this cameo, or None."""

    def open(
        self, *, before: datetime, limit: int, after: ErasureRecord | None = None
    ) -> list[ErasureRecord]:
        """Those requested before then that are not completed, the oldest first, behind `after`."""

    def all(self) -> list[ErasureRecord]:
        """Those that are kept, completed or not, in order of id."""

    def sweep(self, *, before: datetime, limit: int) -> int:
        """Delete the erasures completed before then with their tellings, at most `limit`."""

    def tell(self, record: ErasureTellingRecord) -> None:
        """Store that a holder is told. Raises `AlreadyExists`."""

    def tellings(self, erasure_id: str) -> list[ErasureTellingRecord]:
        """Who is told of this erasure, in order of holder."""

    def told(
        self, holder: str, *, unconfirmed: bool, limit: int, after: str | None = None
    ) -> list[ErasureTellingRecord]:
        """What this holder is told, in order of erasure; only what it did not confirm if asked."""

    def confirm(
        self, erasure_id: str, holder: str, *, by: str, now: datetime
    ) -> ErasureTellingRecord:
        """Note the holder's confirmation; the first one stands. Raises `NotFound`."""


class Disclosures(Protocol):
    """Identity packages that were handed out."""

    def add(self, record: DisclosureRecord) -> None:
        """Store a new disclosure. Raises `AlreadyExists`."""

    def of_cameo(
        self, cameo_id: str, *, limit: int, after: str | None = None
    ) -> list[DisclosureRecord]:
        """The disclosures of a cameo, in the order of the log, after the one with id `after`.

        Raises `MalformedCursor` where the cameo has no disclosure with that id.
        """

    def holders_of(self, cameo_id: str) -> dict[str, tuple[str, ...]]:
        """The disclosures' ids of each holder of a cameo's packages."""


class Receipts(Protocol):
    """The receipts of uses."""

    def add(self, record: ReceiptRecord) -> None:
        """Store a new receipt. Raises `AlreadyExists`."""

    def find(self, id: str) -> ReceiptRecord | None:
        """The receipt with this id, or None."""

    def of_use(self, use_id: str) -> list[ReceiptRecord]:
        """The receipts of a use, the earliest first."""

    def entries_of(self, key: str) -> list[int]:
        """The log's entries of the receipts of all uses that rest on `key`, in order."""
