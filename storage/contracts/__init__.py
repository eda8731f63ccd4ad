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

from storage.contracts.asking import AccessRequests, Approvals, Inquiries
from storage.contracts.blobs import Blobs, KeyEncryption
from storage.contracts.callers import ApiKeys, Idempotency
from storage.contracts.faces import FaceIndex, FoundFace
from storage.contracts.likenesses import Cameos, Characters, Enrollments, Templates
from storage.contracts.people import Blocks, Mandates, Principals, Relationships
from storage.contracts.permits import Permits, Reservations, Uses
from storage.contracts.recognition import Notices, ProtectedFaces, Scans
from storage.contracts.rules import Deployment, Grants, Policies
from storage.contracts.store import RevisionProbe, Store, Transaction
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

__all__ = [
    "AccessRequests",
    "ApiKeys",
    "Approvals",
    "Blobs",
    "Blocks",
    "Cameos",
    "Characters",
    "ConsentLog",
    "Deployment",
    "Disclosures",
    "Enrollments",
    "Erasures",
    "FaceIndex",
    "FaceVectors",
    "FoundFace",
    "Grants",
    "Idempotency",
    "Inquiries",
    "Jobs",
    "KeyEncryption",
    "Mandates",
    "Notices",
    "Permits",
    "Policies",
    "Principals",
    "ProtectedFaces",
    "Receipts",
    "Relationships",
    "Reservations",
    "RevisionProbe",
    "Revisions",
    "Scans",
    "SealedKeys",
    "Store",
    "Templates",
    "Transaction",
    "Uses",
    "WebhookDeliveries",
    "Webhooks",
    "Wrappings",
]
