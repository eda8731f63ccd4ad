"""The consent log's entries, what opens them, and the signed heads of its tree.

number = tx.log.append("cameo.revoked", document, subjects=("cam_1",), now=now)
"""

import secrets
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, TypeVar

import rfc8785
from sqlalchemy import Select, func, union_all
from sqlmodel import col, delete, select

from permissions.facts import CameoStatus
from storage.errors import Conflict, Tampered
from storage.log.entries import SALT_BYTES, TIME, entry
from storage.records import (
    Document,
    LogCheckpointRecord,
    LogEntryRecord,
    LogEvent,
    LogOpeningRecord,
)
from storage.rows import first_in, number_in, numbers_in, records_in, row_of
from storage.statements import Statements
from storage.tables import (
    CameoRow,
    DisclosureRow,
    ErasureRow,
    LogCheckpointRow,
    LogEntryRow,
    LogOpeningRow,
    LogSubjectRow,
    ReceiptRow,
)

AT_ONCE = 500
"""Openings that one statement destroys."""

NUMBERED = {LogEntryRecord: "log entry", LogOpeningRecord: "the opening of log entry"}
R = TypeVar("R", LogEntryRecord, LogOpeningRecord)


class SqlConsentLog:
    """`ConsentLog` in tables. Numbers have no gaps, because writers come one at a time."""

    def __init__(self, statements: Statements) -> None:
        self._statements = statements
        self._size: int | None = None

    def append(
        self, kind: str, document: Document, *, subjects: tuple[str, ...], now: datetime
    ) -> int:
        """Add an entry with this transaction and return its number."""
        return self.append_all(
            [LogEvent(kind=kind, document=document, subjects=subjects)], now=now
        )[0]

    def append_all(
        self, events: Sequence[LogEvent], *, now: datetime, opened: bool = True
    ) -> range:
        """Add entries with this transaction, each with a salt of its own; return their numbers."""
        first, time = self.size(), now.strftime(TIME)
        entries: list[dict[str, Any]] = []
        openings: list[LogOpeningRecord] = []
        for number, event in enumerate(events, first):
            salt, document = secrets.token_bytes(SALT_BYTES), rfc8785.dumps(event.document)
            line = entry(event.kind, document, salt=salt, time=time)
            entries.append({"number": number, "entry": line})
            subjects = event.subjects
            openings.append(
                LogOpeningRecord(number=number, salt=salt, document=document, subjects=subjects)
            )
        if self._statements.insert_unless_taken(LogEntryRow, entries) < len(entries):
            raise Conflict(f"a log entry from `{first}` on was taken in between")
        if opened:
            self._keep_openings(openings)
        self._size = first + len(entries)
        return range(first, self._size)

    def _keep_openings(self, openings: Sequence[LogOpeningRecord]) -> None:
        self._statements.insert_unless_taken(LogOpeningRow, [row_of(each) for each in openings])
        named = [
            {"subject": subject, "number": each.number}
            for each in openings
            for subject in dict.fromkeys(each.subjects)
        ]
        self._statements.insert_unless_taken(LogSubjectRow, named)

    def size(self) -> int:
        """How many entries there are."""
        if self._size is None:
            highest = self._statements.run(select(func.max(col(LogEntryRow.number))))
            newest = number_in(highest, "number of a log entry")
            self._size = 0 if newest is None else newest + 1
        return self._size

    def entries(self, start: int, *, limit: int) -> list[LogEntryRecord]:
        """The entries from number `start` on, in order."""
        found = (
            select(LogEntryRow)
            .where(col(LogEntryRow.number) >= start)
            .order_by(col(LogEntryRow.number))
            .limit(limit)
        )
        return self._read(found, col(LogEntryRow.number), LogEntryRecord)

    def opening(self, number: int) -> LogOpeningRecord | None:
        """What opens this entry; None where it was erased."""
        query = select(LogOpeningRow).where(col(LogOpeningRow.number) == number)
        found = self._read(query, col(LogOpeningRow.number), LogOpeningRecord)
        return found[0] if found else None

    def openings(self, start: int, *, limit: int) -> list[LogOpeningRecord]:
        """The openings that are left, from number `start` on, in order."""
        found = (
            select(LogOpeningRow)
            .where(col(LogOpeningRow.number) >= start)
            .order_by(col(LogOpeningRow.number))
            .limit(limit)
        )
        return self._read(found, col(LogOpeningRow.number), LogOpeningRecord)

    def about(self, subject: str, *, limit: int, after: int = -1) -> list[LogOpeningRecord]:
        """The openings that name `subject`, behind number `after`, in order."""
        found = (
            select(LogOpeningRow)
            .join(LogSubjectRow, col(LogSubjectRow.number) == col(LogOpeningRow.number))
            .where(col(LogSubjectRow.subject) == subject, col(LogSubjectRow.number) > after)
            .order_by(col(LogSubjectRow.number))
            .limit(limit)
        )
        return self._read(found, col(LogOpeningRow.number), LogOpeningRecord)

    def opened(self) -> int:
        """How many entries have an opening."""
        count = self._statements.run(select(func.count()).select_from(LogOpeningRow))
        return int(count.scalar_one())

    def unopened(self) -> int | None:
        """The first entry that has no opening, though something that no erasure left says of it."""
        living = col(CameoRow.status) != CameoStatus.ERASED
        speaking = union_all(
            select(col(LogSubjectRow.number).label("number")),
            select(col(ReceiptRow.log_number)),
            select(col(ErasureRow.log_number)).where(col(ErasureRow.log_number).is_not(None)),
            select(col(DisclosureRow.log_number))
            .join(CameoRow, col(CameoRow.id) == col(DisclosureRow.cameo_id))
            .where(living),
        ).subquery()
        opening = select(LogOpeningRow).where(col(LogOpeningRow.number) == speaking.c.number)
        first = select(func.min(speaking.c.number)).where(~opening.exists())
        return number_in(self._statements.run(first), "number of a log entry")

    def forget(self, subject: str, *, but: Collection[int] = ()) -> int:
        """Destroy every opening that names `subject`, but those of the entries in `but`."""
        named = select(col(LogSubjectRow.number)).where(col(LogSubjectRow.subject) == subject)
        found = numbers_in(self._statements.run(named), "number of a log entry")
        numbers = [each for each in found if each not in but]
        for start in range(0, len(numbers), AT_ONCE):
            these = numbers[start : start + AT_ONCE]
            naming = delete(LogSubjectRow).where(col(LogSubjectRow.number).in_(these))
            opening = delete(LogOpeningRow).where(col(LogOpeningRow.number).in_(these))
            self._statements.erase(naming)
            self._statements.erase(opening)
        return len(numbers)

    def checkpoint(self) -> LogCheckpointRecord | None:
        """The signed head of the largest tree, or None before the first."""
        query = select(LogCheckpointRow).order_by(col(LogCheckpointRow.size).desc()).limit(1)
        return first_in(self._statements.run(query), LogCheckpointRecord)

    def keep_checkpoint(self, record: LogCheckpointRecord) -> None:
        """Store a signed head in place of the one before."""
        stored = self.checkpoint()
        if stored is not None and stored.size > record.size:
            raise Conflict(f"there is a checkpoint of the log at size `{stored.size}` already")
        if stored is not None and stored.size == record.size and stored.root != record.root:
            raise Tampered(f"there is another checkpoint of the log at size `{record.size}`")
        self._statements.run(delete(LogCheckpointRow))
        self._statements.insert_unless_taken(LogCheckpointRow, [row_of(record)])

    def _read(self, query: Select[Any], number: Any, kind: type[R]) -> list[R]:  # noqa: ANN401 (a column)
        """The records. Raises `Tampered`, which names the first that cannot be read."""
        try:
            return records_in(self._statements.run(query), kind)
        except Tampered:
            found = self._statements.run(query.with_only_columns(number))
            numbers = numbers_in(found, f"number of {NUMBERED[kind]}")
        for each in numbers:
            alone = query.where(number == each)
            try:
                records_in(self._statements.run(alone), kind)
            except Tampered:
                raise Tampered(
                    f"{NUMBERED[kind]} `{each}` cannot be read: it was altered"
                ) from None
        raise Tampered(f"{NUMBERED[kind]} `{numbers[-1]}` was altered in between")
