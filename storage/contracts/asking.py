"""Who asks: access requests, one-off approvals, counts of inquiries.

tx.access_requests.pending("user:bo", reference)
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Protocol

from storage.records.asking import AccessRequestRecord, ApprovalRecord, InquiryRecord


class AccessRequests(Protocol):
    """Who asked whom for what."""

    def add(self, record: AccessRequestRecord) -> None:
        """Store a new request."""

    def get(self, id: str) -> AccessRequestRecord:
        """The request with this id."""

    def save(self, record: AccessRequestRecord) -> AccessRequestRecord:
        """Store a changed request. Raises `StorageError` where it would ask somebody else."""

    def pending(self, requester: str, reference: str) -> AccessRequestRecord | None:
        """The pending request of this requester with this reference, or None."""

    def waiting(self, requester: str, *, now: datetime) -> int:
        """How many requests of this requester are pending and not overdue."""

    def of(
        self, requester: str, *, limit: int, after: str | None = None
    ) -> list[AccessRequestRecord]:
        """What this requester asked for, in order of id."""

    def to(
        self, asked: str, *, pending: bool, limit: int, after: str | None = None
    ) -> list[AccessRequestRecord]:
        """What this party is asked for, in order of id; only what is pending if asked."""

    def naming(
        self, cameo_id: str, *, pending: bool = False, limit: int, after: str | None = None
    ) -> list[str]:
        """The ids of those that name this cameo, or ask its owner about it, in order; only what is
        pending if asked. None is read: one that was altered is found as well.
        """

    def expire(self, ids: Sequence[str], *, now: datetime) -> None:
        """End those of these that are pending, as ones that nobody answered.

        None is read: one that was altered ends as well.
        """

    def drop_words(self, id: str) -> None:
        """Take the message of a request and what everybody answered, whatever stands there."""

    def overdue(self, *, now: datetime, limit: int) -> list[AccessRequestRecord]:
        """Those still pending whose time is over, the oldest first."""


class Approvals(Protocol):
    """One-off approvals."""

    def add(self, record: ApprovalRecord) -> None:
        """Store a new approval."""

    def get(self, id: str) -> ApprovalRecord:
        """The approval with this id."""

    def save(self, record: ApprovalRecord) -> ApprovalRecord:
        """Store a changed approval."""

    def of_cameo(
        self, cameo_id: str, *, limit: int, after: str | None = None
    ) -> list[ApprovalRecord]:
        """Every approval on a cameo, in order of id."""

    def requesters(self, ids: Sequence[str]) -> list[str]:
        """For whom these approvals are, each once, in order. Nothing else of them is read."""

    def standing(self, requester: str, *, now: datetime) -> list[ApprovalRecord]:
        """The approvals for this requester, neither revoked nor past, in order of id."""


class Inquiries(Protocol):
    """Who asked about whom, by day."""

    def add(self, records: Sequence[InquiryRecord]) -> None:
        """Add these counts to what is there for the same cameo, day, requester, caller, action."""

    def of_cameo(
        self, cameo_id: str, *, limit: int, after: str | None = None
    ) -> list[tuple[str, InquiryRecord]]:
        """The counts of a cameo, the latest day first, each with its cursor.

        `after` is such a cursor; for anything else `MalformedCursor` is raised.
        """

    def forget(self, cameo_id: str) -> int:
        """Delete the counts of a cameo; return how many there were."""

    def sweep(self, *, before: date, limit: int) -> int:
        """Delete the counts of days before then, at most `limit`; return how many."""
