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

from collections.abc import Sequence
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from typing import BinaryIO, Protocol

from storage.records import (
    AccessRequestRecord,
    ApiKeyRecord,
    ApprovalRecord,
    BlockRecord,
    CameoRecord,
    CharacterRecord,
    DeploymentRecord,
    EnrollmentRecord,
    GrantRecord,
    IdempotencyRecord,
    InquiryRecord,
    JobRecord,
    MandateRecord,
    PermitRecord,
    PolicyRecord,
    PrincipalRecord,
    Taken,
    TemplateRecord,
    UseRecord,
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

    def active(self, kind: str, *, limit: int, after: str | None = None) -> list[CameoRecord]:
        """The active cameos of this kind, in order of id."""


class Characters(Protocol):
    """What characters have beside their cameos."""

    def add(self, record: CharacterRecord) -> None:
        """Store a new character. Raises `AlreadyExists` for a taken id or handle."""

    def get(self, id: str) -> CharacterRecord:
        """The character with this id."""

    def find(self, id: str) -> CharacterRecord | None:
        """The character with this id, or None."""

    def named(self, handle: str) -> CharacterRecord | None:
        """The character with this handle, or None."""

    def save(self, record: CharacterRecord) -> CharacterRecord:
        """Store a changed character. The version before it stays in `history`."""

    def history(self, id: str) -> list[CharacterRecord]:
        """Every version, oldest first. Raises `NotFound`."""

    def awaiting_review(self, *, limit: int, after: str | None = None) -> list[CharacterRecord]:
        """Those whose cameo is pending, in order of id."""

    def resting_on(self, cameo_id: str) -> list[CharacterRecord]:
        """Every character that has this cameo among its underlying rights, in order of id."""


class Principals(Protocol):
    """What is known of principals. Of most, nothing is."""

    def find(self, id: str) -> PrincipalRecord | None:
        """What is known of this principal, or None."""

    def add(self, record: PrincipalRecord) -> None:
        """Store what is known of a principal for the first time."""

    def save(self, record: PrincipalRecord) -> PrincipalRecord:
        """Store what is known by now."""


class Mandates(Protocol):
    """Who speaks for whom."""

    def add(self, record: MandateRecord) -> None:
        """Store a new mandate."""

    def get(self, id: str) -> MandateRecord:
        """The mandate with this id."""

    def save(self, record: MandateRecord) -> MandateRecord:
        """Store a changed mandate."""

    def of(self, represented: str) -> list[MandateRecord]:
        """Every mandate over this principal, revoked ones too, in order of id."""

    def held_by(self, representative: str) -> list[MandateRecord]:
        """Every mandate of this representative, revoked ones too, in order of id."""


class Relationships(Protocol):
    """Who is mutual with whom, as the platform says. Both directions, always.

    Nobody is mutual with itself: such a pair raises `StorageError`.
    """

    def add(self, pairs: Sequence[tuple[str, str]], *, now: datetime) -> int:
        """Store the pairs that are new; return how many."""

    def remove(self, pairs: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
        """Delete the pairs that are there; return them, each once, as they were given."""

    def are_mutual(self, one: str, other: str) -> bool:
        """Whether they are."""

    def of(self, principal: str, *, limit: int, after: str | None = None) -> list[str]:
        """Who is mutual with this principal, in order."""


class Blocks(Protocol):
    """Whom owners want nothing to do with."""

    def add(self, record: BlockRecord) -> bool:
        """Store a block; False where it was there already."""

    def remove(self, owner: str, blocked: str) -> bool:
        """Delete a block; whether it was there."""

    def all_of(self, owner: str) -> frozenset[str]:
        """Everybody whom this owner blocks."""

    def of(self, owner: str, *, limit: int, after: str | None = None) -> list[BlockRecord]:
        """The blocks of this owner, in order of who is blocked."""


class Deployment(Protocol):
    """The deployment's rules in all their versions."""

    def append(self, record: DeploymentRecord) -> None:
        """Store the next version. Raises `Conflict` unless it is one above the current one (1)."""

    def current(self) -> DeploymentRecord | None:
        """The newest version, or None where there is none."""

    def history(self, *, limit: int, after: int = 0) -> list[DeploymentRecord]:
        """The versions above `after`, oldest first."""


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

    def to(self, grantee: str, *, limit: int, after: str | None = None) -> list[GrantRecord]:
        """Every grant to this grantee, revoked ones too, in order of id."""

    def below(self, id: str, *, limit: int, after: str | None = None) -> list[GrantRecord]:
        """The sublicences directly below this grant, revoked ones too, in order of id."""


class Permits(Protocol):
    """Permits that were issued."""

    def next_index(self) -> int:
        """The first index that no permit has. Only a write transaction can rely on it."""

    def add(self, record: PermitRecord) -> None:
        """Store a new permit. Raises `AlreadyExists` for a taken id or index."""

    def get(self, id: str) -> PermitRecord:
        """The permit with this id."""

    def spend(self, id: str, *, use_id: str) -> None:
        """Note the use that came of the permit. Raises `Conflict` where one did already."""

    def revoke(self, id: str, *, now: datetime) -> bool:
        """Revoke the permit if it still lives; whether it did."""

    def revoke_resting_on(self, *keys: str, now: datetime) -> list[str]:
        """Revoke every permit that rests on one of `keys` and still lives; return their ids.

        There may be tens of thousands of keys.
        """

    def revoked_between(self, first: int, last: int, *, now: datetime) -> list[int]:
        """The indexes from `first` to `last`, both included, of revoked permits that would live."""

    def on_cameo(
        self, cameo_id: str, *, limit: int, after: str | None = None
    ) -> list[PermitRecord]:
        """Every permit that rests on this cameo, in order of id."""


class Reservations(Protocol):
    """What is taken of things that can be used so many times: `grant:…`, `approval:…`."""

    def taken(self, key: str, *, now: datetime) -> Taken:
        """How often `key` was used or is reserved by a permit that lives."""

    def reserve(self, key: str, permit_id: str, *, expires_at: datetime) -> None:
        """Reserve one of `key` for a permit until then.

        A second time changes nothing: a permit is for one use, of whatever it rests on.
        """

    def commit(self, permit_id: str, *, now: datetime) -> tuple[str, ...]:
        """Turn what the permit still reserves into used; return the keys, in order.

        What ended by itself is not among them, though it be a moment ago: others may have it.
        """

    def release(self, permit_id: str) -> tuple[str, ...]:
        """Give back what the permit reserves; return the keys, in order."""

    def sweep(self, *, before: datetime) -> int:
        """Delete the reservations that ended before then; return how many."""


class Uses(Protocol):
    """What came of permits."""

    def add(self, record: UseRecord) -> None:
        """Store a new use."""

    def get(self, id: str) -> UseRecord:
        """The use with this id."""

    def find(self, id: str) -> UseRecord | None:
        """The use with this id, or None."""

    def save(self, record: UseRecord) -> UseRecord:
        """Store a changed use. It may come to rest on more; on less raises `StorageError`."""

    def resting_on(self, key: str, *, limit: int, after: str | None = None) -> list[UseRecord]:
        """The uses that rest on `key`, in order of id. `cameo:…` finds those of a cameo."""

    def held_by(
        self, holder: str, *, recalled: bool, limit: int, after: str | None = None
    ) -> list[UseRecord]:
        """The uses that this caller answers for, in order of id; only open recalls if asked."""


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
    characters: Characters
    principals: Principals
    mandates: Mandates
    relationships: Relationships
    blocks: Blocks
    deployment: Deployment
    policies: Policies
    grants: Grants
    permits: Permits
    reservations: Reservations
    uses: Uses
    access_requests: AccessRequests
    approvals: Approvals
    inquiries: Inquiries
    templates: Templates
    jobs: Jobs
    idempotency: Idempotency
    revisions: Revisions


class RevisionProbe(Protocol):
    """The cheap read that confirms the store's revision before facts in memory are relied on.

    For one event loop. `confirm` may be awaited by any number of tasks at once.
    """

    async def confirm(self) -> int:
        """The revision of the last commit acknowledged before this call, or a later one.

        Raises `StoreUnavailable` where the store does not answer within its patience, or where
        another database stands in its place. Whoever holds facts in memory forgets them then:
        the same number may mean another state afterwards.
        """

    async def close(self) -> None:
        """Release the connection."""


class Store(Protocol):
    """A database."""

    def probe(self) -> RevisionProbe:
        """A new probe. Nothing is opened until it is first used."""

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
