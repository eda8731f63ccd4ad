"""Erasures and those who are told of them, disclosures, receipts.

with store.write() as tx:
    tx.erasures.confirm("era_1", "app:studio", by="key_1", now=now)
"""

from datetime import datetime

from sqlalchemy import literal, tuple_
from sqlmodel import col, delete, select, update

from storage.collections.versioned import Versioned
from storage.columns import Text, UtcDateTime
from storage.errors import AlreadyExists, MalformedCursor
from storage.records import (
    DisclosureRecord,
    ErasureRecord,
    ErasureTellingRecord,
    ReceiptRecord,
)
from storage.rows import first_in, numbers_in, only_in, records_in, row_of
from storage.statements import Statements
from storage.tables import (
    DisclosureRow,
    ErasureRow,
    ErasureTellingRow,
    ReceiptRow,
    UseBasisRow,
)


class SqlErasures:
    """`Erasures` in two tables."""

    def __init__(self, statements: Statements) -> None:
        self._statements = statements
        self._records = Versioned(statements, ErasureRow, ErasureRecord)
        self.add = self._records.add
        self.get = self._records.get
        self.find = self._records.find
        self.save = self._records.save

    def of_cameo(self, cameo_id: str) -> ErasureRecord | None:
        """The erasure of this cameo, or None."""
        found = self._records.chosen_by(
            select(ErasureRow).where(col(ErasureRow.cameo_id) == cameo_id)
        )
        return found[0] if found else None

    def open(
        self, *, before: datetime, limit: int, after: ErasureRecord | None = None
    ) -> list[ErasureRecord]:
        """Those requested before then that are not completed, the oldest first."""
        place = tuple_(col(ErasureRow.requested_at), col(ErasureRow.id))
        query = select(ErasureRow).where(
            col(ErasureRow.completed_at).is_(None), col(ErasureRow.requested_at) < before
        )
        if after is not None:
            last = (literal(after.requested_at, UtcDateTime()), literal(after.id, Text))
            query = query.where(place > tuple_(*last))
        return self._records.chosen_by(
            query.order_by(col(ErasureRow.requested_at), col(ErasureRow.id)).limit(limit)
        )

    def all(self) -> list[ErasureRecord]:
        """Those that are kept, completed or not, in order of id."""
        return self._records.chosen_by(select(ErasureRow).order_by(col(ErasureRow.id)))

    def sweep(self, *, before: datetime, limit: int) -> int:
        """Delete the erasures completed before then with their tellings, at most `limit`."""
        old = select(col(ErasureRow.id)).where(col(ErasureRow.completed_at) < before).limit(limit)
        ids = list(self._statements.run(old).scalars())
        if not ids:
            return 0
        told = col(ErasureTellingRow.erasure_id).in_(ids)
        self._statements.run(delete(ErasureTellingRow).where(told))
        return self._statements.run(delete(ErasureRow).where(col(ErasureRow.id).in_(ids))).rowcount

    def tell(self, record: ErasureTellingRecord) -> None:
        """Store that a holder is told."""
        if not self._statements.insert_unless_taken(ErasureTellingRow, [row_of(record)]):
            raise AlreadyExists(f"`{record.holder}` is told of `{record.erasure_id}` already")

    def tellings(self, erasure_id: str) -> list[ErasureTellingRecord]:
        """Who is told of this erasure, in order of holder."""
        found = self._statements.run(
            select(ErasureTellingRow)
            .where(col(ErasureTellingRow.erasure_id) == erasure_id)
            .order_by(col(ErasureTellingRow.holder))
        )
        return records_in(found, ErasureTellingRecord)

    def told(
        self, holder: str, *, unconfirmed: bool, limit: int, after: str | None = None
    ) -> list[ErasureTellingRecord]:
        """What this holder is told, in order of erasure; only what it did not confirm if asked."""
        query = select(ErasureTellingRow).where(
            col(ErasureTellingRow.holder) == holder,
            col(ErasureTellingRow.erasure_id) > (after or ""),
        )
        if unconfirmed:
            query = query.where(col(ErasureTellingRow.confirmed_at).is_(None))
        query = query.order_by(col(ErasureTellingRow.erasure_id)).limit(limit)
        return records_in(self._statements.run(query), ErasureTellingRecord)

    def confirm(
        self, erasure_id: str, holder: str, *, by: str, now: datetime
    ) -> ErasureTellingRecord:
        """Note the holder's confirmation; the first one stands."""
        telling = (col(ErasureTellingRow.erasure_id) == erasure_id) & (
            col(ErasureTellingRow.holder) == holder
        )
        first = telling & col(ErasureTellingRow.confirmed_at).is_(None)
        self._statements.run(
            update(ErasureTellingRow).where(first).values(confirmed_at=now, confirmed_by=by)
        )
        query = select(ErasureTellingRow).where(telling)
        return only_in(self._statements.run(query), ErasureTellingRecord, erasure_id)


class SqlDisclosures:
    """`Disclosures` in a table."""

    def __init__(self, statements: Statements) -> None:
        self._statements = statements

    def add(self, record: DisclosureRecord) -> None:
        """Store a new disclosure."""
        if not self._statements.insert_unless_taken(DisclosureRow, [row_of(record)]):
            raise AlreadyExists(f"there is a disclosure `{record.id}` already")

    def of_cameo(
        self, cameo_id: str, *, limit: int, after: str | None = None
    ) -> list[DisclosureRecord]:
        """The disclosures of a cameo, in the order of the log, after the one with id `after`."""
        query = select(DisclosureRow).where(col(DisclosureRow.cameo_id) == cameo_id)
        if after is not None:
            query = query.where(col(DisclosureRow.log_number) > self._place(cameo_id, after))
        query = query.order_by(col(DisclosureRow.log_number)).limit(limit)
        return records_in(self._statements.run(query), DisclosureRecord)

    def _place(self, cameo_id: str, id: str) -> int:
        found = self._statements.run(
            select(col(DisclosureRow.log_number)).where(
                col(DisclosureRow.id) == id, col(DisclosureRow.cameo_id) == cameo_id
            )
        ).scalar()
        if found is None:
            raise MalformedCursor(f"`{id}` names no place in this list")
        return int(found)

    def holders_of(self, cameo_id: str) -> dict[str, tuple[str, ...]]:
        """The disclosures' ids of each holder of a cameo's packages."""
        found = self._statements.run(
            select(col(DisclosureRow.holder), col(DisclosureRow.id))
            .where(col(DisclosureRow.cameo_id) == cameo_id)
            .order_by(col(DisclosureRow.holder), col(DisclosureRow.log_number))
        )
        holders: dict[str, tuple[str, ...]] = {}
        for row in found.mappings():
            holders[row["holder"]] = (*holders.get(row["holder"], ()), row["id"])
        return holders


class SqlReceipts:
    """`Receipts` in a table."""

    def __init__(self, statements: Statements) -> None:
        self._statements = statements

    def add(self, record: ReceiptRecord) -> None:
        """Store a new receipt."""
        if not self._statements.insert_unless_taken(ReceiptRow, [row_of(record)]):
            raise AlreadyExists(f"there is a receipt `{record.id}` already")

    def find(self, id: str) -> ReceiptRecord | None:
        """The receipt with this id, or None."""
        query = select(ReceiptRow).where(col(ReceiptRow.id) == id)
        return first_in(self._statements.run(query), ReceiptRecord)

    def of_use(self, use_id: str) -> list[ReceiptRecord]:
        """The receipts of a use, the earliest first."""
        found = self._statements.run(
            select(ReceiptRow)
            .where(col(ReceiptRow.use_id) == use_id)
            .order_by(col(ReceiptRow.log_number))
        )
        return records_in(found, ReceiptRecord)

    def entries_of(self, key: str) -> list[int]:
        """The log's entries of the receipts of all uses that rest on `key`, in order."""
        found = self._statements.run(
            select(col(ReceiptRow.log_number))
            .join(UseBasisRow, col(UseBasisRow.use_id) == col(ReceiptRow.use_id))
            .where(col(UseBasisRow.key) == key)
            .order_by(col(ReceiptRow.log_number))
        )
        return numbers_in(found, "log number of a receipt")
