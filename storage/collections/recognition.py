"""Faces recognized: protected ones, notices, scans.

with store.write() as tx:
    tx.notices.read("not_1", now=now)
"""

from datetime import datetime

from sqlalchemy import ColumnElement, String, and_, cast, func, tuple_
from sqlmodel import col, delete, select, update

from storage.collections.versioned import Versioned
from storage.errors import AlreadyExists
from storage.records import NoticeRecord, ProtectedFaceRecord, ScanRecord, ScanState
from storage.rows import first_in, only_in, records_in, row_of, values_in
from storage.statements import Statements
from storage.tables import NoticeRow, ProtectedFaceRow, ScanRow

OVER = (ScanState.DONE, ScanState.FAILED)


class SqlProtectedFaces:
    """`ProtectedFaces` in a table."""

    def __init__(self, statements: Statements) -> None:
        self._records = Versioned(statements, ProtectedFaceRow, ProtectedFaceRecord)
        self.add = self._records.add
        self.get = self._records.get
        self.find = self._records.find
        self.save = self._records.save

    def of(
        self, principal: str | None, *, limit: int, after: str | None = None
    ) -> list[ProtectedFaceRecord]:
        """Those of this principal, or of nobody in particular, in order of id."""
        return self._records.chosen_by(
            select(ProtectedFaceRow)
            .where(
                col(ProtectedFaceRow.principal) == principal,
                col(ProtectedFaceRow.id) > (after or ""),
            )
            .order_by(col(ProtectedFaceRow.id))
            .limit(limit)
        )


class SqlNotices:
    """`Notices` in a table."""

    def __init__(self, statements: Statements) -> None:
        self._statements = statements

    def add(self, record: NoticeRecord) -> None:
        """Store a new notice."""
        if not self._statements.insert_unless_taken(NoticeRow, [row_of(record)]):
            raise AlreadyExists(f"there is a notice `{record.id}` already")

    def get(self, id: str) -> NoticeRecord:
        """The notice with this id."""
        query = select(NoticeRow).where(col(NoticeRow.id) == id)
        return only_in(self._statements.run(query), NoticeRecord, id)

    def of(
        self, principal: str, *, unread: bool, limit: int, after: str | None = None
    ) -> list[NoticeRecord]:
        """The notices of a principal, the latest first; only those not read if asked."""
        place = tuple_(col(NoticeRow.created_at), col(NoticeRow.id))
        query = select(NoticeRow).where(col(NoticeRow.principal) == principal)
        if unread:
            query = query.where(col(NoticeRow.read_at).is_(None))
        if after is not None:
            last = select(col(NoticeRow.created_at), col(NoticeRow.id)).where(
                col(NoticeRow.id) == after, col(NoticeRow.principal) == principal
            )
            query = query.where(place < last.scalar_subquery())
        query = query.order_by(col(NoticeRow.created_at).desc(), col(NoticeRow.id).desc())
        return records_in(self._statements.run(query.limit(limit)), NoticeRecord)

    def read(self, id: str, *, now: datetime) -> NoticeRecord:
        """Note that it was read. Reading again keeps the first time."""
        unread = (col(NoticeRow.id) == id) & col(NoticeRow.read_at).is_(None)
        self._statements.run(update(NoticeRow).where(unread).values(read_at=now))
        return self.get(id)

    def latest(self, principal: str, kind: str, cameo_id: str) -> NoticeRecord | None:
        """The latest notice of this kind to `principal` about a cameo, or None."""
        query = (
            select(NoticeRow)
            .where(_is_about(principal, cameo_id), col(NoticeRow.kind) == kind)
            .order_by(col(NoticeRow.created_at).desc())
            .limit(1)
        )
        return first_in(self._statements.run(query), NoticeRecord)

    def forget(self, principal: str, cameo_id: str) -> int:
        """Delete what `principal` was told about a cameo; return how many notices."""
        return self._statements.erase(delete(NoticeRow).where(_is_about(principal, cameo_id)))

    def sweep(self, *, before: datetime, limit: int, but: tuple[str, ...] = ()) -> int:
        """Delete the notices from before then, at most `limit`, but those of these kinds."""
        old = (
            select(col(NoticeRow.id))
            .where(col(NoticeRow.created_at) < before, col(NoticeRow.kind).not_in(but))
            .limit(limit)
        )
        return self._statements.run(delete(NoticeRow).where(col(NoticeRow.id).in_(old))).rowcount


def _is_about(principal: str, cameo_id: str) -> ColumnElement[bool]:
    # as text: SQLite fails the whole statement where one document that somebody altered is no JSON
    body = cast(col(NoticeRow.body), String)
    return and_(col(NoticeRow.principal) == principal, body.contains(cameo_id, autoescape=True))


class SqlScans:
    """`Scans` in a table."""

    def __init__(self, statements: Statements) -> None:
        self._statements = statements
        self._records = Versioned(statements, ScanRow, ScanRecord)
        self.add = self._records.add
        self.get = self._records.get
        self.find = self._records.find
        self.save = self._records.save

    def begun(self, created_by: str, *, since: datetime) -> int:
        """How many scans this key began since then."""
        query = (
            select(func.count())
            .select_from(ScanRow)
            .where(col(ScanRow.created_by) == created_by, col(ScanRow.created_at) >= since)
        )
        return int(self._statements.run(query).scalar_one())

    def sweep(self, *, before: datetime, limit: int) -> int:
        """Delete the scans that are over and were begun before then, at most `limit`."""
        old = (
            select(col(ScanRow.id))
            .where(col(ScanRow.state).in_(OVER), col(ScanRow.created_at) < before)
            .order_by(col(ScanRow.created_at))
            .limit(limit)
        )
        return self._statements.run(delete(ScanRow).where(col(ScanRow.id).in_(old))).rowcount

    def naming(self, cameo_id: str, *, limit: int, after: str | None = None) -> list[str]:
        """The ids of the scans whose result names this cameo, in order."""
        result = cast(col(ScanRow.result), String)
        found = self._statements.run(
            select(col(ScanRow.id))
            .where(
                result.contains(cameo_id, autoescape=True),
                col(ScanRow.id) > (after or ""),
            )
            .order_by(col(ScanRow.id))
            .limit(limit)
        )
        return values_in(found, "id of a scan")

    def drop_result(self, id: str) -> None:
        """Take the result of a scan, whatever stands there."""
        this, version = col(ScanRow.id) == id, col(ScanRow.version) + 1
        self._statements.erase(update(ScanRow).where(this).values(result=None, version=version))
