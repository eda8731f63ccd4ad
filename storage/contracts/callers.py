"""Callers, and the answers kept for their repeated requests.

tx.keys.revoke("ck_1", now=now)
"""

from collections.abc import Collection
from datetime import datetime
from typing import Protocol

from storage.records.callers import ApiKeyRecord, IdempotencyRecord


class ApiKeys(Protocol):
    """Callers."""

    def add(self, record: ApiKeyRecord) -> None:
        """Store a new key."""

    def find(self, id: str) -> ApiKeyRecord | None:
        """The key with this id, revoked ones too."""

    def list(self) -> list[ApiKeyRecord]:
        """Every key, oldest first."""

    def revoke(self, id: str, *, now: datetime) -> None:
        """End a key. Revoking twice keeps the first time. Raises `NotFound`."""


class Idempotency(Protocol):
    """Answers to repeated requests."""

    def forget(self, caller: str, key: str) -> None:
        """Delete the record of this caller and key, so that its request counts as new."""

    def begin(self, record: IdempotencyRecord) -> IdempotencyRecord | None:
        """Store an unanswered record, or return the one that is there for this caller and key."""

    def finish(self, record: IdempotencyRecord, *, subjects: Collection[str] = ()) -> None:
        """Store the answer of a record that was begun. Raises `NotFound` unless one waits.

        `subjects` are the cameos and enrollments that the request or the answer names.
        """

    def empty(self, *subjects: str) -> int:
        """Destroy the bodies of the answers about `subjects`; return how many there were.

        Their records stay, so that a repeat does not count as new: status, and no body.
        """

    def sweep(self, *, before: datetime) -> int:
        """Delete the records created before then; return how many."""
