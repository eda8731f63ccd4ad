"""Who asked whom for what, and the one-off approvals that came of it.

with store.read() as tx:
    waiting = tx.access_requests.to("user:alice", pending=True, limit=50)
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import String, and_, cast, or_
from sqlmodel import col, func, select, update

from storage.collections.versioned import Versioned
from storage.errors import StorageError
from storage.records import AccessRequestRecord, AccessState, ApprovalRecord
from storage.rows import first_in, texts_in, values_in
from storage.statements import Statements, pages_of
from storage.tables import AccessRequestRow, ApprovalRow, AskedRow


class SqlAccessRequests:
    """`AccessRequests` in a table, and a table of whom they ask."""

    def __init__(self, statements: Statements) -> None:
        self._statements = statements
        self._records = Versioned(statements, AccessRequestRow, AccessRequestRecord)
        self.get = self._records.get

    def add(self, record: AccessRequestRecord) -> None:
        """Store a new request."""
        self._records.add(record)
        rows = [
            {"asked": asked, "request_id": record.id, "state": record.state}
            for asked in dict.fromkeys(record.asked)
        ]
        self._statements.insert_unless_taken(AskedRow, rows)

    def save(self, record: AccessRequestRecord) -> AccessRequestRecord:
        """Store a changed request. Raises `StorageError` where it would ask somebody else."""
        if self._records.get(record.id).asked != record.asked:
            raise StorageError(f"whom the access request `{record.id}` asks does not change")
        saved = self._records.save(record)
        of_it = col(AskedRow.request_id) == record.id
        self._statements.run(update(AskedRow).where(of_it).values({"state": record.state}))
        return saved

    def pending(self, requester: str, reference: str) -> AccessRequestRecord | None:
        """The pending request of this requester with this reference, or None."""
        query = (
            select(AccessRequestRow)
            .where(
                col(AccessRequestRow.requester) == requester,
                col(AccessRequestRow.reference) == reference,
                col(AccessRequestRow.state) == AccessState.PENDING,
            )
            .order_by(col(AccessRequestRow.id))
            .limit(1)
        )
        return first_in(self._statements.run(query), AccessRequestRecord)

    def waiting(self, requester: str, *, now: datetime) -> int:
        """How many requests of this requester are pending and not overdue."""
        query = (
            select(func.count())
            .select_from(AccessRequestRow)
            .where(
                col(AccessRequestRow.requester) == requester,
                col(AccessRequestRow.state) == AccessState.PENDING,
                col(AccessRequestRow.expires_at) > now,
            )
        )
        return int(self._statements.run(query).scalar_one())

    def of(
        self, requester: str, *, limit: int, after: str | None = None
    ) -> list[AccessRequestRecord]:
        """What this requester asked for, in order of id."""
        return self._records.chosen_by(
            select(AccessRequestRow)
            .where(
                col(AccessRequestRow.requester) == requester,
                col(AccessRequestRow.id) > (after or ""),
            )
            .order_by(col(AccessRequestRow.id))
            .limit(limit)
        )

    def to(
        self, asked: str, *, pending: bool, limit: int, after: str | None = None
    ) -> list[AccessRequestRecord]:
        """What this party is asked for, in order of id; only what is pending if asked."""
        query = (
            select(AccessRequestRow)
            .join(AskedRow, col(AskedRow.request_id) == col(AccessRequestRow.id))
            .where(col(AskedRow.asked) == asked, col(AskedRow.request_id) > (after or ""))
        )
        if pending:
            query = query.where(col(AskedRow.state) == AccessState.PENDING)
        return self._records.chosen_by(query.order_by(col(AskedRow.request_id)).limit(limit))

    def naming(
        self, cameo_id: str, *, pending: bool = False, limit: int, after: str | None = None
    ) -> list[str]:
        """The ids of those that name this cameo, in order; only what is pending if asked."""
        documents = (AccessRequestRow.request, AccessRequestRow.asks)
        named = [cast(col(each), String).contains(cameo_id, autoescape=True) for each in documents]
        query = select(col(AccessRequestRow.id)).where(
            or_(*named), col(AccessRequestRow.id) > (after or "")
        )
        if pending:
            query = query.where(col(AccessRequestRow.state) == AccessState.PENDING)
        found = self._statements.run(query.order_by(col(AccessRequestRow.id)).limit(limit))
        return values_in(found, "id of an access request")

    def expire(self, ids: Sequence[str], *, now: datetime) -> None:
        """End those of these that are pending, as ones that nobody answered."""
        pending, expired = AccessState.PENDING, AccessState.EXPIRED
        version = col(AccessRequestRow.version) + 1
        ended = {"state": expired, "updated_at": now, "version": version}
        for page in pages_of(ids):
            these = and_(col(AccessRequestRow.id).in_(page), col(AccessRequestRow.state) == pending)
            self._statements.run(update(AccessRequestRow).where(these).values(ended))
            asked = and_(col(AskedRow.request_id).in_(page), col(AskedRow.state) == pending)
            self._statements.run(update(AskedRow).where(asked).values({"state": expired}))

    def drop_words(self, id: str) -> None:
        """Take the message of a request and what everybody answered, whatever stands there."""
        this, version = col(AccessRequestRow.id) == id, col(AccessRequestRow.version) + 1
        self._statements.erase(
            update(AccessRequestRow).where(this).values(message="", asks=(), version=version)
        )

    def overdue(self, *, now: datetime, limit: int) -> list[AccessRequestRecord]:
        """Those still pending whose time is over, the oldest first."""
        return self._records.chosen_by(
            select(AccessRequestRow)
            .where(
                col(AccessRequestRow.state) == AccessState.PENDING,
                col(AccessRequestRow.expires_at) <= now,
            )
            .order_by(col(AccessRequestRow.expires_at), col(AccessRequestRow.id))
            .limit(limit)
        )


class SqlApprovals:
    """`Approvals` in a table."""

    def __init__(self, statements: Statements) -> None:
        self._statements = statements
        self._records = Versioned(statements, ApprovalRow, ApprovalRecord)
        self.add = self._records.add
        self.get = self._records.get
        self.save = self._records.save

    def of_cameo(
        self, cameo_id: str, *, limit: int, after: str | None = None
    ) -> list[ApprovalRecord]:
        """Every approval on a cameo, in order of id."""
        return self._records.chosen_by(
            select(ApprovalRow)
            .where(col(ApprovalRow.cameo_id) == cameo_id, col(ApprovalRow.id) > (after or ""))
            .order_by(col(ApprovalRow.id))
            .limit(limit)
        )

    def requesters(self, ids: Sequence[str]) -> list[str]:
        """For whom these approvals are, each once, in order."""
        found: set[str] = set()
        for page in pages_of(ids):
            these = select(col(ApprovalRow.requester)).where(col(ApprovalRow.id).in_(page))
            found.update(texts_in(self._statements.run(these), "requester"))
        return sorted(found)

    def standing(self, requester: str, *, now: datetime) -> list[ApprovalRecord]:
        """The approvals for this requester, neither revoked nor past, in order of id."""
        return self._records.chosen_by(
            select(ApprovalRow)
            .where(
                col(ApprovalRow.requester) == requester,
                col(ApprovalRow.not_after) > now,
                col(ApprovalRow.revoked_at).is_(None),
            )
            .order_by(col(ApprovalRow.id))
        )
