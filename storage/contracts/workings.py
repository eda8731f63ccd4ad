"""What the service itself needs: jobs, revisions.

tx.revisions.touch("cameo:cam_1", now=now)
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Protocol

from storage.records.workings import JobRecord


class Jobs(Protocol):
    """A durable queue. A job whose lease ran out is handed out again."""

    def add(self, record: JobRecord) -> None:
        """Queue a job."""

    def lease(
        self,
        kinds: tuple[str, ...],
        *,
        token: str,
        now: datetime,
        lease_for: timedelta,
        at_most: int,
    ) -> JobRecord | None:
        """The oldest due job of these kinds, now leased under `token` with one attempt more.

        A job that was leased `at_most` times without an end is buried instead of handed out again.
        """

    def renew(self, id: str, *, token: str, now: datetime, lease_for: timedelta) -> None:
        """Extend a lease. Raises `Conflict` when `token` does not hold it any more."""

    def finish(self, id: str, *, token: str) -> None:
        """Mark a job done. Raises `Conflict` when `token` does not hold it any more."""

    def fail(self, id: str, *, token: str, error: str, retry_at: datetime | None) -> None:
        """Queue a job again for `retry_at`, or bury it when that is None. Raises `Conflict`."""

    def get(self, id: str) -> JobRecord:
        """The job with this id."""

    def waiting(self) -> int:
        """How many jobs are queued or running."""

    def are_waiting(self, kinds: Collection[str], member: str, values: Collection[str]) -> bool:
        """Whether a job of these kinds, whose payload has one of `values` as `member`, is queued
        or running."""

    def remove(self, id: str) -> None:
        """Delete a buried job once what follows from its end is done. Raises `Conflict`."""

    def sweep(self, *, before: datetime) -> int:
        """Delete the done jobs that were created before then; return how many."""

    def forget(
        self, kind: str, member: str, values: Collection[str], *, kept: tuple[str, ...]
    ) -> int:
        """Delete the jobs of a kind whose payload has one of `values` as `member`.

        A running one loses of its payload what is not `kept`: its worker finds what it was for
        ended. Returns how many jobs there were.
        """

    def buried(
        self, kinds: tuple[str, ...], *, limit: int, after: str | None = None
    ) -> list[JobRecord]:
        """The dead jobs of these kinds, in order of id."""


class Revisions(Protocol):
    """One number that every write moves which can change a decision."""

    def current(self) -> int:
        """The revision of this transaction's state; 0 before the first write."""

    def touch(self, *keys: str, now: datetime) -> int:
        """Commit a new revision with this transaction, naming what it touched.

        One revision a transaction, however often this is called. Numbers have no gaps and come in
        the order of commits.
        """

    def touched_since(self, revision: int) -> frozenset[str] | None:
        """Every key touched after `revision`, or None when that is too long ago to tell.

        None also answers a revision from the future: the database was put back to a former state.
        """
