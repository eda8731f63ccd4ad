"""Column types that keep a value the same on SQLite and PostgreSQL.

>>> from datetime import UTC, datetime
>>> from sqlalchemy.dialects import sqlite
>>> UtcDateTime().process_bind_param(datetime(2026, 1, 2, tzinfo=UTC), sqlite.dialect())
'2026-01-02T00:00:00.000000Z'
"""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, TypeVar

from sqlalchemy import DateTime, Dialect, String
from sqlalchemy.types import JSON, TypeDecorator, TypeEngine

Text = String().with_variant(String(collation="C"), "postgresql")
"""Text that sorts by code point on both, so that lists come in the same order everywhere."""

UTC_TEXT = "%Y-%m-%dT%H:%M:%S.%fZ"
UTC_TEXT_LENGTH = 27

V = TypeVar("V")


class UtcDateTime(TypeDecorator[datetime]):
    """An aware datetime, kept to the microsecond and given back in UTC.

    SQLite has no such type: there it is text of one width, which sorts as time does.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Text on SQLite, `timestamptz` elsewhere."""
        plain: TypeEngine[Any] = DateTime(timezone=True)
        if dialect.name == "sqlite":
            plain = String(UTC_TEXT_LENGTH)
        return dialect.type_descriptor(plain)

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> str | datetime | None:
        """The stored form. Raises `ValueError` for a naive datetime, which names no moment."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"`{value}` has no time zone")
        moment = value.astimezone(UTC)
        if dialect.name == "sqlite":
            # strftime leaves years before 1000 unpadded
            return f"{moment.year:04}-{moment:%m-%dT%H:%M:%S.%fZ}"
        return moment

    def process_result_value(
        self,
        value: str | datetime | None,
        dialect: Dialect,  # noqa: ARG002 (the signature is SQLAlchemy's)
    ) -> datetime | None:
        """The moment, in UTC. Raises `ValueError` for what is none, such as bytes."""
        if isinstance(value, str):
            return datetime.strptime(value, UTC_TEXT).replace(tzinfo=UTC)
        if value is None:
            return None
        if not isinstance(value, datetime):
            raise ValueError("a moment is needed")  # noqa: TRY004 (as for text that is none)
        return value.astimezone(UTC)


class Strings(TypeDecorator[tuple[str, ...]]):
    """A tuple of strings, as a JSON array."""

    impl = JSON
    cache_ok = True

    def process_bind_param(
        self,
        value: tuple[str, ...] | None,
        dialect: Dialect,  # noqa: ARG002 (the signature is SQLAlchemy's)
    ) -> list[str] | None:
        """The array."""
        return None if value is None else list(value)

    def process_result_value(
        self,
        value: object,
        dialect: Dialect,  # noqa: ARG002 (the signature is SQLAlchemy's)
    ) -> tuple[str, ...]:
        """The tuple. Raises `ValueError` for other JSON."""
        return _tuple_of(str, value)


class Documents(TypeDecorator[tuple[dict[str, Any], ...]]):
    """A tuple of documents, as a JSON array."""

    impl = JSON
    cache_ok = True

    def process_bind_param(
        self,
        value: tuple[dict[str, Any], ...] | None,
        dialect: Dialect,  # noqa: ARG002 (the signature is SQLAlchemy's)
    ) -> list[dict[str, Any]] | None:
        """The array."""
        return None if value is None else list(value)

    def process_result_value(
        self,
        value: object,
        dialect: Dialect,  # noqa: ARG002 (the signature is SQLAlchemy's)
    ) -> tuple[dict[str, Any], ...]:
        """The tuple. Raises `ValueError` for other JSON."""
        return _tuple_of(dict, value)


def _tuple_of(kind: type[V], value: object) -> tuple[V, ...]:
    if not isinstance(value, list) or not all(isinstance(each, kind) for each in value):
        raise ValueError(f"a list of `{kind.__name__}` is needed")
    return tuple(value)


class State(TypeDecorator[StrEnum]):
    """A member of one enumeration, by its value."""

    impl = Text
    cache_ok = True

    def __init__(self, states: type[StrEnum]) -> None:
        super().__init__()
        self.states = states

    def process_bind_param(self, value: StrEnum | None, dialect: Dialect) -> str | None:  # noqa: ARG002 (the signature is SQLAlchemy's)
        """The value. Raises `ValueError` for what is no member."""
        return None if value is None else self.states(value).value

    def process_result_value(self, value: str | None, dialect: Dialect) -> StrEnum | None:  # noqa: ARG002 (the signature is SQLAlchemy's)
        """The member."""
        return None if value is None else self.states(value)
