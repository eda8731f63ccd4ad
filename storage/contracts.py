"""The protocols of storage, with their promises.

    with store.write() as tx:
        tx.grants.save(revoked)
        tx.revisions.touch("cameo:cam_1", now=now)

Promises of every implementation:

* A write transaction is atomic and durable once its block was left without an exception; with
  one, nothing of it remains. Write transactions are serialisable.
* A read transaction sees one consistent state, no older than the last commit acknowledged before
  it began, in this process or in any other on the same database.
* `add` raises `AlreadyExists` for a taken id; `get` raises `NotFound`; `find` returns None.
* `save` raises `NotFound`, or `Conflict` unless `record.version` is the stored version; it stores
  the record with the version one higher and returns that.
* Lists are ordered as said, hold at most `limit` records, and go on after the id `after`.
* When the database cannot be reached or is full, `StoreUnavailable` is raised. It is never
  answered with an empty result.
"""

from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from typing import BinaryIO, Protocol

from storage.records import (
    ApiKeyRecord,
    CameoRecord,
    EnrollmentRecord,
    GrantRecord,
    IdempotencyRecord,
    JobRecord,
    PermitRecord,
    PolicyRecord,
    TemplateRecord,
)


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


class Enrollments(Protocol):
    """Enrollment sessions."""

    def add(self, record: EnrollmentRecord) -> None:
        """Store a new enrollment."""

    def get(self, id: str) -> EnrollmentRecord:
        """The enrollment with this id."""

    def save(self, record: EnrollmentRecord) -> EnrollmentRecord:
        """Store a changed enrollment."""

    def overdue(self, *, now: datetime, limit: int) -> list[EnrollmentRecord]:
        """Those in `requires_input` whose `expires_at` has passed, the oldest first."""

    def rejections(self, principal: str, *, since: datetime) -> int:
        """How many recordings were rejected in enrollments of `principal` begun since then."""

    def awaiting_review(self, *, limit: int, after: str | None = None) -> list[EnrollmentRecord]:
        """Those in `needs_review`, in order of id."""


class Cameos(Protocol):
    """Likenesses."""

    def add(self, record: CameoRecord) -> None:
        """Store a new cameo."""

    def get(self, id: str) -> CameoRecord:
        """The cameo with this id."""

    def find(self, id: str) -> CameoRecord | None:
        """The cameo with this id, or None."""

    def save(self, record: CameoRecord) -> CameoRecord:
        """Store a changed cameo."""

    def owned_by(self, owner: str) -> list[CameoRecord]:
        """Every cameo of `owner`, oldest first."""


class Policies(Protocol):
    """Policies in all their versions."""

    def append(self, record: PolicyRecord) -> None:
        """Store the next version. Raises `Conflict` unless it is one above the current one (1)."""

    def current(self, cameo_id: str) -> PolicyRecord:
        """The newest version. Raises `NotFound` where there is none."""

    def history(self, cameo_id: str, *, limit: int, after: int = 0) -> list[PolicyRecord]:
        """The versions above `after`, oldest first."""


class Grants(Protocol):
    """Licences."""

    def add(self, record: GrantRecord) -> None:
        """Store a new grant."""

    def get(self, id: str) -> GrantRecord:
        """The grant with this id."""

    def save(self, record: GrantRecord) -> GrantRecord:
        """Store a changed grant. The version before it stays in `history`."""

    def history(self, id: str) -> list[GrantRecord]:
        """Every version, oldest first. Raises `NotFound`."""

    def between(self, cameo_id: str, grantee: str) -> list[GrantRecord]:
        """Every grant on this cameo to this grantee that was not revoked, in order of id."""

    def on_cameo(self, cameo_id: str, *, limit: int, after: str | None = None) -> list[GrantRecord]:
        """Every grant on this cameo, revoked ones too, in order of id."""


class Permits(Protocol):
    """Permits that were issued."""

    def add(self, record: PermitRecord) -> None:
        """Store a new permit."""

    def get(self, id: str) -> PermitRecord:
        """The permit with this id."""

    def revoke_resting_on(self, key: str, *, now: datetime) -> list[str]:
        """Revoke every permit that rests on `key` and still lives; return their ids."""


class Templates(Protocol):
    """Biometric templates, encrypted at rest under a data key per cameo."""

    def put(self, templates: list[TemplateRecord]) -> None:
        """Replace every template of the cameo. All must be of one cameo."""

    def of_cameo(self, cameo_id: str) -> list[TemplateRecord]:
        """The templates of a cameo by modality; raises `Tampered` when any fails to open."""

    def destroy(self, cameo_id: str) -> None:
        """Delete templates and data key. Nothing happens where there are none.

        What the database itself still keeps of them after the commit is `Store.scrub`'s.
        """


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

    def remove(self, id: str) -> None:
        """Delete a buried job once what follows from its end is done. Raises `Conflict`."""

    def sweep(self, *, before: datetime) -> int:
        """Delete the done jobs that were created before then; return how many."""

    def buried(
        self, kinds: tuple[str, ...], *, limit: int, after: str | None = None
    ) -> list[JobRecord]:
        """The dead jobs of these kinds, in order of id."""


class Idempotency(Protocol):
    """Answers to repeated requests."""

    def forget(self, caller: str, key: str) -> None:
        """Delete the record of this caller and key, so that its request counts as new."""

    def begin(self, record: IdempotencyRecord) -> IdempotencyRecord | None:
        """Store an unanswered record, or return the one that is there for this caller and key."""

    def finish(self, record: IdempotencyRecord) -> None:
        """Store the answer of a record that was begun. Raises `NotFound` unless one waits."""

    def sweep(self, *, before: datetime) -> int:
        """Delete the records created before then; return how many."""


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


class Transaction(Protocol):
    """One transaction's view. In a read transaction, writing raises `StorageError`."""

    keys: ApiKeys
    enrollments: Enrollments
    cameos: Cameos
    policies: Policies
    grants: Grants
    permits: Permits
    templates: Templates
    jobs: Jobs
    idempotency: Idempotency
    revisions: Revisions


class Store(Protocol):
    """A database."""

    def read(self) -> AbstractContextManager[Transaction]:
        """A read transaction."""

    def write(self) -> AbstractContextManager[Transaction]:
        """A write transaction: committed when the block ends, rolled back when it raises."""

    def scrub(self) -> bool:
        """Remove what destroyed templates left in the database's own log; whether that is done.

        Every write that destroyed some tries this once it is committed; whoever sweeps tries it
        again, since it cannot be done while an older snapshot is being read.

        SQLite: deleted bytes are overwritten with zeros, and the write-ahead log, where they still
        stand, is written back and cut to nothing. PostgreSQL: always True, and nothing happens.
        Its dead rows and its log are the server's, to `VACUUM` and to recycle in its own time, and
        no client can hasten or prove it; there erasure rests on what wraps the data keys.
        """

    def ping(self) -> None:
        """Raise `StoreUnavailable` unless the database answers and its schema is up to date."""

    def close(self) -> None:
        """Release every connection. The store cannot be used afterwards."""


class Blobs(Protocol):
    """Bytes under a name.

    A name is 1 to 200 characters of `a-z0-9/_.-` without `..`; what stands between slashes is not
    empty and does not start with a dot. Errors of the source or the target pass through.
    """

    def put(self, name: str, source: BinaryIO, *, limit: int) -> int:
        """Store what `source` holds, atomically and durably, and return its size in bytes.

        Raises `TooLarge` past `limit` bytes, keeping nothing. A taken name is replaced.
        """

    def fetch(self, name: str, target: BinaryIO) -> int:
        """Write the blob into `target` and return its size. Raises `NotFound`."""

    def delete(self, name: str) -> None:
        """Delete the blob. Nothing happens where there is none."""

    def list(self, prefix: str = "") -> list[str]:
        """Every name with this prefix, in order."""


class KeyEncryption(Protocol):
    """Wraps data keys. `context` is authenticated: unwrapping with another one fails."""

    def wrap(self, data_key: bytes, *, context: dict[str, str]) -> bytes:
        """The data key, encrypted under the key-encryption key."""

    def unwrap(self, wrapped: bytes, *, context: dict[str, str]) -> bytes:
        """The data key. Raises `Tampered`."""
