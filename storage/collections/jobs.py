"""A durable queue. Workers cannot take one job twice, because writers come one at a time.

with store.write() as tx:
    job = tx.jobs.lease(("verify",), token=token, now=now, lease_for=timedelta(seconds=60))
"""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, func, or_
from sqlmodel import col, delete, select, update

from storage.errors import AlreadyExists, Conflict
from storage.records import JobRecord, JobState
from storage.rows import first_in, only_in, records_in, row_of
from storage.statements import Statements, pages_of
from storage.tables import JobRow

NEVER_FINISHED = "leased as often as is allowed, without an end"


class SqlJobs:
    """`Jobs` in a table."""

    def __init__(self, statements: Statements) -> None:
        self._statements = statements

    def add(self, record: JobRecord) -> None:
        """Queue a job."""
        if not self._statements.insert_unless_taken(JobRow, [row_of(record)]):
            raise AlreadyExists(f"there is a job `{record.id}` already")

    def lease(
        self,
        kinds: tuple[str, ...],
        *,
        token: str,
        now: datetime,
        lease_for: timedelta,
        at_most: int,
    ) -> JobRecord | None:
        """The oldest due job of these kinds, now leased under `token` with one attempt more."""
        self._bury_exhausted(kinds, now=now, at_most=at_most)
        oldest = (
            select(JobRow)
            .where(col(JobRow.kind).in_(kinds), _is_due(now))
            .order_by(col(JobRow.run_after), col(JobRow.created_at), col(JobRow.id))
            .limit(1)
        )
        job = first_in(self._statements.run(oldest), JobRecord)
        if job is None:
            return None
        leased = replace(
            job,
            state=JobState.RUNNING,
            attempts=job.attempts + 1,
            lease_token=token,
            leased_until=now + lease_for,
        )
        self._store(leased)
        return leased

    def renew(self, id: str, *, token: str, now: datetime, lease_for: timedelta) -> None:
        """Extend a lease."""
        self._store(replace(self._held(id, token), leased_until=now + lease_for))

    def finish(self, id: str, *, token: str) -> None:
        """Mark a job done."""
        self._store(replace(_ended(self._held(id, token)), state=JobState.DONE, error=None))

    def fail(self, id: str, *, token: str, error: str, retry_at: datetime | None) -> None:
        """Queue a job again for `retry_at`, or bury it when that is None."""
        failed = replace(_ended(self._held(id, token)), error=error)
        if retry_at is None:
            self._store(replace(failed, state=JobState.DEAD))
        else:
            self._store(replace(failed, state=JobState.QUEUED, run_after=retry_at))

    def get(self, id: str) -> JobRecord:
        """The job with this id."""
        query = select(JobRow).where(col(JobRow.id) == id)
        return only_in(self._statements.run(query), JobRecord, id)

    def waiting(self) -> int:
        """How many jobs are queued or running."""
        unfinished = col(JobRow.state).in_((JobState.QUEUED, JobState.RUNNING))
        counted = self._statements.run(select(func.count()).select_from(JobRow).where(unfinished))
        return int(counted.scalar_one())

    def are_waiting(self, kinds: Collection[str], member: str, values: Collection[str]) -> bool:
        """Whether a job of these kinds, with one of `values` as `member`, is queued or running."""
        unfinished = col(JobRow.state).in_((JobState.QUEUED, JobState.RUNNING))
        query = select(col(JobRow.id)).where(unfinished, col(JobRow.kind).in_(kinds)).limit(1)
        named = col(JobRow.payload)[member].as_string()
        return any(
            self._statements.run(query.where(named.in_(page))).first() is not None
            for page in pages_of(values)
        )

    def remove(self, id: str) -> None:
        """Delete a buried job once what follows from its end is done."""
        job = self.get(id)
        if job.state is not JobState.DEAD:
            raise Conflict(f"job `{id}` is `{job.state}`, not buried")
        self._statements.run(delete(JobRow).where(col(JobRow.id) == id))

    def sweep(self, *, before: datetime) -> int:
        """Delete the done jobs that were created before then; return how many."""
        is_old = (col(JobRow.state) == JobState.DONE) & (col(JobRow.created_at) < before)
        return self._statements.run(delete(JobRow).where(is_old)).rowcount

    def forget(
        self, kind: str, member: str, values: Collection[str], *, kept: tuple[str, ...]
    ) -> int:
        """Delete the jobs of a kind whose payload has one of `values` as `member`."""
        query = select(JobRow).where(col(JobRow.kind) == kind)
        named = col(JobRow.payload)[member].as_string()
        found = [
            job
            for page in pages_of(values)
            for job in records_in(self._statements.run(query.where(named.in_(page))), JobRecord)
        ]
        for job in found:
            this = col(JobRow.id) == job.id
            if job.state is JobState.RUNNING:
                left = {name: each for name, each in job.payload.items() if name in kept}
                self._statements.erase(update(JobRow).where(this).values(payload=left))
            else:
                self._statements.erase(delete(JobRow).where(this))
        return len(found)

    def buried(
        self, kinds: tuple[str, ...], *, limit: int, after: str | None = None
    ) -> list[JobRecord]:
        """The dead jobs of these kinds, in order of id."""
        query = (
            select(JobRow)
            .where(
                col(JobRow.state) == JobState.DEAD,
                col(JobRow.kind).in_(kinds),
                col(JobRow.id) > (after or ""),
            )
            .order_by(col(JobRow.id))
            .limit(limit)
        )
        return records_in(self._statements.run(query), JobRecord)

    def _bury_exhausted(self, kinds: tuple[str, ...], *, now: datetime, at_most: int) -> None:
        """What kills every worker that touches it must not go round for ever."""
        exhausted = col(JobRow.attempts) >= at_most
        self._statements.run(
            update(JobRow)
            .where(col(JobRow.kind).in_(kinds), _is_due(now), exhausted)
            .values(
                state=JobState.DEAD,
                lease_token=None,
                leased_until=None,
                # what the last worker said, if it could say anything
                error=func.coalesce(col(JobRow.error), NEVER_FINISHED),
            )
        )

    def _held(self, id: str, token: str) -> JobRecord:
        job = self.get(id)
        if job.state is not JobState.RUNNING or job.lease_token != token:
            raise Conflict(f"the lease of job `{id}` has gone to another worker")
        return job

    def _store(self, job: JobRecord) -> None:
        self._statements.run(update(JobRow).where(col(JobRow.id) == job.id).values(row_of(job)))


def _ended(job: JobRecord) -> JobRecord:
    return replace(job, lease_token=None, leased_until=None)


def _is_due(now: datetime) -> ColumnElement[bool]:
    return or_(
        and_(col(JobRow.state) == JobState.QUEUED, col(JobRow.run_after) <= now),
        and_(col(JobRow.state) == JobState.RUNNING, col(JobRow.leased_until) <= now),
    )
