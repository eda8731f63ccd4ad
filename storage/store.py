"""The store: open a database by its URL, bring its schema up to date, read and write.

migrate("sqlite:////data/cameo.sqlite")
store = open_store("sqlite:////data/cameo.sqlite", key_encryption=keys)
with store.read() as tx:
    tx.revisions.current()
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from sqlalchemy.orm import Mapped
from sqlmodel import col, select

from storage import schema
from storage.collections.access import SqlAccessRequests, SqlApprovals
from storage.collections.api_keys import SqlApiKeys
from storage.collections.blocks import SqlBlocks
from storage.collections.cameos import SqlCameos
from storage.collections.characters import SqlCharacters
from storage.collections.deployment import SqlDeployment
from storage.collections.enrollments import SqlEnrollments
from storage.collections.grants import SqlGrants
from storage.collections.idempotency import SqlIdempotency
from storage.collections.inquiries import SqlInquiries
from storage.collections.jobs import SqlJobs
from storage.collections.log import SqlConsentLog
from storage.collections.people import SqlMandates, SqlPrincipals
from storage.collections.permits import SqlPermits
from storage.collections.policies import SqlPolicies
from storage.collections.recognition import SqlNotices, SqlProtectedFaces, SqlScans
from storage.collections.relationships import SqlRelationships
from storage.collections.reservations import SqlReservations
from storage.collections.revisions import SqlRevisions
from storage.collections.sealed_keys import SqlSealedKeys
from storage.collections.templates import SqlTemplates
from storage.collections.trust import SqlDisclosures, SqlErasures, SqlReceipts
from storage.collections.uses import SqlUses
from storage.collections.webhook_deliveries import SqlWebhookDeliveries
from storage.collections.webhooks import SqlWebhooks
from storage.collections.wrappings import SqlWrappings
from storage.contracts import (
    AccessRequests,
    ApiKeys,
    Approvals,
    Blocks,
    Cameos,
    Characters,
    ConsentLog,
    Deployment,
    Disclosures,
    Enrollments,
    Erasures,
    FaceVectors,
    Grants,
    Idempotency,
    Inquiries,
    Jobs,
    KeyEncryption,
    Mandates,
    Notices,
    Permits,
    Policies,
    Principals,
    ProtectedFaces,
    Receipts,
    Relationships,
    Reservations,
    RevisionProbe,
    Revisions,
    Scans,
    SealedKeys,
    Store,
    Templates,
    Uses,
    WebhookDeliveries,
    Webhooks,
    Wrappings,
)
from storage.database import Database
from storage.errors import StoreUnavailable
from storage.postgres.vectors import SqlFaceVectors
from storage.statements import Statements
from storage.tables import ApiKeyRow, Row, SigningKeyRow


class SqlTransaction:
    """`Transaction` over one connection."""

    def __init__(self, statements: Statements, key_encryption: KeyEncryption) -> None:
        self.keys: ApiKeys = SqlApiKeys(statements)
        self.enrollments: Enrollments = SqlEnrollments(statements)
        self.cameos: Cameos = SqlCameos(statements)
        self.characters: Characters = SqlCharacters(statements)
        self.principals: Principals = SqlPrincipals(statements)
        self.mandates: Mandates = SqlMandates(statements)
        self.relationships: Relationships = SqlRelationships(statements)
        self.blocks: Blocks = SqlBlocks(statements)
        self.deployment: Deployment = SqlDeployment(statements)
        self.policies: Policies = SqlPolicies(statements)
        self.grants: Grants = SqlGrants(statements)
        self.permits: Permits = SqlPermits(statements)
        self.reservations: Reservations = SqlReservations(statements)
        self.uses: Uses = SqlUses(statements)
        self.access_requests: AccessRequests = SqlAccessRequests(statements)
        self.approvals: Approvals = SqlApprovals(statements)
        self.inquiries: Inquiries = SqlInquiries(statements)
        self.templates: Templates = SqlTemplates(statements, key_encryption)
        self.protected_faces: ProtectedFaces = SqlProtectedFaces(statements)
        self.notices: Notices = SqlNotices(statements)
        self.scans: Scans = SqlScans(statements)
        self.face_vectors: FaceVectors = SqlFaceVectors(statements)
        self.jobs: Jobs = SqlJobs(statements)
        self.idempotency: Idempotency = SqlIdempotency(statements)
        self.revisions: Revisions = SqlRevisions(statements)
        self.sealed_keys: SealedKeys = SqlSealedKeys(statements, key_encryption)
        self.wrappings: Wrappings = SqlWrappings(statements)
        self.log: ConsentLog = SqlConsentLog(statements)
        self.erasures: Erasures = SqlErasures(statements)
        self.disclosures: Disclosures = SqlDisclosures(statements)
        self.receipts: Receipts = SqlReceipts(statements)
        self.webhooks: Webhooks = SqlWebhooks(statements)
        self.webhook_deliveries: WebhookDeliveries = SqlWebhookDeliveries(statements)


class SqlStore:
    """`Store` on SQLite or PostgreSQL. Any thread may use it; each transaction has its own
    connection."""

    def __init__(self, database: Database, *, key_encryption: KeyEncryption) -> None:
        self._database = database
        self._key_encryption = key_encryption

    def probe(self) -> RevisionProbe:
        """A new probe. Nothing is opened until it is first used."""
        return self._database.probe()

    @contextmanager
    def read(self) -> Iterator[SqlTransaction]:
        """A read transaction."""
        with self._database.read() as statements:
            yield SqlTransaction(statements, self._key_encryption)

    @contextmanager
    def write(self) -> Iterator[SqlTransaction]:
        """A write transaction: committed when the block ends, rolled back when it raises."""
        with self._database.write() as statements:
            yield SqlTransaction(statements, self._key_encryption)
        if statements.erased:
            # committed already: a failure here would deny that, and meets the next sweep as well
            with suppress(StoreUnavailable):
                self.scrub()

    def scrub(self) -> bool:
        """Remove what destroyed templates left in the database's own log; whether that is done."""
        return self._database.scrub()

    def ping(self) -> None:
        """Raise `StoreUnavailable` unless the database answers and its schema is up to date."""
        _require_schema(self._database)

    def close(self) -> None:
        """Release every connection."""
        self._database.close()


def _require_schema(database: Database) -> None:
    with database.read() as statements:
        found = schema.version(statements)
    if found != schema.HEAD:
        raise StoreUnavailable(
            f"the schema of `{database.label}` is at `{found}`, not at `{schema.HEAD}`: run "
            "`cameo db upgrade`"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Beginnings:
    """What a database has of a deployment: signing `keys`, which a root certified, and `callers`.

    One that was taken back and brought up again has callers, and no signing keys.
    """

    keys: bool
    callers: bool

    @property
    def begun(self) -> bool:
        """Whether there is a deployment."""
        return self.keys or self.callers


def beginnings(url: str) -> Beginnings:
    """What the database at `url` has of a deployment, whatever its schema is at; changes nothing.

    Where a SQLite file is not there yet, it is nothing. Raises `StoreUnavailable`.
    """
    database = Database(url)
    try:
        if database.is_to_be_made:
            return Beginnings(keys=False, callers=False)
        with database.read() as statements:
            keys = _any(statements, SigningKeyRow, col(SigningKeyRow.kid))
            return Beginnings(keys=keys, callers=_any(statements, ApiKeyRow, col(ApiKeyRow.id)))
    finally:
        database.close()


def _any(statements: Statements, table: type[Row], column: Mapped[str]) -> bool:
    if not statements.has_table(str(table.__tablename__)):
        return False
    return statements.run(select(column).limit(1)).first() is not None


def require_schema(url: str) -> None:
    """Raise `StoreUnavailable` unless there is a database at `url`, its schema up to date."""
    database = Database(url)
    try:
        _require_schema(database)
    finally:
        database.close()


def open_store(url: str, *, key_encryption: KeyEncryption) -> Store:
    """The store at `url`: `sqlite:////file` or `postgresql://…`. Connects when first used."""
    return SqlStore(Database(url), key_encryption=key_encryption)


def migrate(url: str) -> str:
    """Bring the schema at `url` up to date and return its revision; creates a SQLite file."""
    database = Database(url)
    try:
        database.create()
        return schema.upgrade(database)
    finally:
        database.close()
