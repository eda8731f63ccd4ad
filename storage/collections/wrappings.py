"""Everything that is wrapped under the key-encryption key, wherever it lies.

for each in tx.wrappings.after(WrappedKind.DATA_KEY, "", mark=mark, limit=50):
    tx.wrappings.replace(each, wrapped_anew)
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, LargeBinary, func, literal
from sqlmodel import col, select, update

from storage.envelope import key_context
from storage.records import WrappedKind, WrappedRecord
from storage.statements import Statements
from storage.tables import SecretRow, SigningKeyRow, TemplateKeyRow, WebhookRow
from storage.wrapping import MARK_BYTES, secret_context, signing_key_context, webhook_context


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """Where the values of one kind lie, and what the one in a row is bound to."""

    table: type[TemplateKeyRow | SigningKeyRow | SecretRow | WebhookRow]
    id: str
    context: Callable[[Mapping[str, Any]], dict[str, str]]
    value: str = "wrapped"

    @property
    def wrapped(self) -> Any:  # noqa: ANN401 (a column, by its name)
        return col(getattr(self.table, self.value))

    @property
    def name(self) -> Any:  # noqa: ANN401 (a column, by its name)
        return col(getattr(self.table, self.id))

    def not_under(self, mark: bytes) -> ColumnElement[bool]:
        begins = func.substr(self.wrapped, 1, MARK_BYTES, type_=LargeBinary)
        return begins != literal(mark, LargeBinary)


_PLACES = {
    WrappedKind.DATA_KEY: _Place(
        table=TemplateKeyRow, id="cameo_id", context=lambda row: key_context(row["cameo_id"])
    ),
    WrappedKind.SIGNING_KEY: _Place(
        table=SigningKeyRow,
        id="kid",
        context=lambda row: signing_key_context(row["purpose"], row["kid"]),
    ),
    WrappedKind.SECRET: _Place(
        table=SecretRow, id="name", context=lambda row: secret_context(row["name"])
    ),
    WrappedKind.WEBHOOK_SECRET: _Place(
        table=WebhookRow,
        id="id",
        context=lambda row: webhook_context(row["id"]),
        value="secret",
    ),
    WrappedKind.FORMER_WEBHOOK_SECRET: _Place(
        table=WebhookRow,
        id="id",
        context=lambda row: webhook_context(row["id"]),
        value="former_secret",
    ),
}


class SqlWrappings:
    """`Wrappings` over the tables that have some."""

    def __init__(self, statements: Statements) -> None:
        self._statements = statements

    def left(self, mark: bytes) -> dict[WrappedKind, int]:
        """How many of each kind were not wrapped by the key with this mark."""
        counts = {}
        for kind, place in _PLACES.items():
            query = select(func.count()).select_from(place.table).where(place.not_under(mark))
            counts[kind] = int(self._statements.run(query).scalar_one())
        return counts

    def after(self, kind: WrappedKind, id: str, *, mark: bytes, limit: int) -> list[WrappedRecord]:
        """Those of a kind that another key wrapped, in order of id, behind `id`."""
        place = _PLACES[kind]
        found = self._statements.run(
            select(place.table)
            .where(place.name > id, place.not_under(mark))
            .order_by(place.name)
            .limit(limit)
        )
        return [
            WrappedRecord(
                kind=kind, id=row[place.id], context=place.context(row), wrapped=row[place.value]
            )
            for row in (dict(each) for each in found.mappings())
        ]

    def replace(self, record: WrappedRecord, wrapped: bytes) -> bool:
        """Put another wrapping in place of this one; whether it was still there.

        Of the former bytes nothing may be left anywhere, as of what is deleted.
        """
        place = _PLACES[record.kind]
        same = (place.name == record.id) & (place.wrapped == record.wrapped)
        return (
            self._statements.erase(update(place.table).where(same).values({place.value: wrapped}))
            > 0
        )
