"""The database as a whole: transactions, and the probe of its revision.

with store.read() as tx:
    tx.cameos.find("cam_1")
"""

from contextlib import AbstractContextManager
from typing import Protocol

from storage.contracts.asking import AccessRequests, Approvals, Inquiries
from storage.contracts.callers import ApiKeys, Idempotency
from storage.contracts.likenesses import Cameos, Characters, Enrollments, Templates
from storage.contracts.people import Blocks, Mandates, Principals, Relationships
from storage.contracts.permits import Permits, Reservations, Uses
from storage.contracts.recognition import Notices, ProtectedFaces, Scans
from storage.contracts.rules import Deployment, Grants, Policies
from storage.contracts.trust import (
    ConsentLog,
    Disclosures,
    Erasures,
    Receipts,
    SealedKeys,
    Wrappings,
)
from storage.contracts.vectors import FaceVectors
from storage.contracts.webhooks import WebhookDeliveries, Webhooks
from storage.contracts.workings import Jobs, Revisions


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
    protected_faces: ProtectedFaces
    notices: Notices
    scans: Scans
    face_vectors: FaceVectors
    jobs: Jobs
    idempotency: Idempotency
    revisions: Revisions
    sealed_keys: SealedKeys
    wrappings: Wrappings
    log: ConsentLog
    erasures: Erasures
    disclosures: Disclosures
    receipts: Receipts
    webhooks: Webhooks
    webhook_deliveries: WebhookDeliveries


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
