"""Who asked about whom, by day.

with store.read() as tx:
    page = tx.inquiries.of_cameo("cam_1", limit=50)
    more = tx.inquiries.of_cameo("cam_1", limit=50, after=page[-1][0])
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from datetime import date

import msgspec
from sqlalchemy import ColumnElement, Date, literal, tuple_
from sqlmodel import col, delete, select

from storage.columns import Text
from storage.errors import MalformedCursor
from storage.records import InquiryRecord
from storage.rows import records_in, row_of
from storage.statements import Statements
from storage.tables import InquiryRow

Place = tuple[date, str, str, str]
"""Where a record stands among those of its cameo: day, requester, caller, action."""

PLACE = (
    col(InquiryRow.day),
    col(InquiryRow.requester),
    col(InquiryRow.caller),
    col(InquiryRow.action),
)


class SqlInquiries:
    """`Inquiries` in a table."""

    def __init__(self, statements: Statements) -> None:
        self._statements = statements

    def add(self, records: Sequence[InquiryRecord]) -> None:
        """Add these counts to what is there for the same cameo, day, requester, caller, action."""
        rows = [row_of(record) for record in records]
        self._statements.insert_or_add(
            InquiryRow, rows, added=("permitted", "refused"), raised=("last_at",)
        )

    def of_cameo(
        self, cameo_id: str, *, limit: int, after: str | None = None
    ) -> list[tuple[str, InquiryRecord]]:
        """The counts of a cameo, the latest day first, each with its cursor."""
        query = select(InquiryRow).where(col(InquiryRow.cameo_id) == cameo_id)
        if after is not None:
            query = query.where(_is_beyond(place_of(after)))
        query = query.order_by(*(column.desc() for column in PLACE)).limit(limit)
        found = records_in(self._statements.run(query), InquiryRecord)
        return [(cursor_of(record), record) for record in found]

    def forget(self, cameo_id: str) -> int:
        """Delete the counts of a cameo; return how many there were."""
        return self._statements.erase(
            delete(InquiryRow).where(col(InquiryRow.cameo_id) == cameo_id)
        )

    def sweep(self, *, before: date, limit: int) -> int:
        """Delete the counts of days before then, at most `limit`; return how many."""
        cameo = col(InquiryRow.cameo_id)
        old = select(cameo).add_columns(*PLACE).where(col(InquiryRow.day) < before).limit(limit)
        return self._statements.run(
            delete(InquiryRow).where(tuple_(cameo, *PLACE).in_(old))
        ).rowcount


def _is_beyond(place: Place) -> ColumnElement[bool]:
    day, *names = place
    return tuple_(*PLACE) < tuple_(literal(day, Date), *(literal(name, Text) for name in names))


def cursor_of(record: InquiryRecord) -> str:
    """The record's place, in letters that a URL takes."""
    return _encoded((record.day, record.requester, record.caller, record.action))


def place_of(cursor: str) -> Place:
    """The place that a cursor stands for. Raises `MalformedCursor`."""
    try:
        text = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        place: Place = msgspec.json.decode(text, type=Place)
    except ValueError as error:
        raise MalformedCursor(f"`{cursor}` is no cursor of this list") from error
    # no stored name has a NUL, which PostgreSQL would not even compare
    if _encoded(place) != cursor or "\0" in "".join(place[1:]):
        raise MalformedCursor(f"`{cursor}` is no cursor of this list")
    return place


def _encoded(place: Place) -> str:
    return urlsafe_b64encode(msgspec.json.encode(place)).decode().rstrip("=")
