"""What all bodies share. Unknown fields of a request are refused: a misspelt restriction must
not be ignored.

>>> Page[int](data=[1], has_more=False, next_cursor=None).object
'list'
"""

import json
import re
from collections.abc import Callable, Sequence
from typing import Annotated, Any, Generic, Literal, Self, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from cameo_service.errors import Invalid
from permissions.vocabulary import parse_principal

PrincipalText = Annotated[
    str,
    AfterValidator(parse_principal),
    Field(description="`user:…`, `org:…` or `app:…`", examples=["user:alice"]),
]
_HALF_A_PAIR = re.compile("[\ud800-\udfff]")
ShortText = Annotated[str, Field(min_length=1, max_length=500)]
Item = TypeVar("Item")
Record = TypeVar("Record")


class Incoming(BaseModel):
    """A request body. No text in it may hold a NUL, which PostgreSQL cannot store, or half a
    surrogate pair, which nothing can.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _refuse_what_cannot_be_kept(cls, data: Any) -> Any:  # noqa: ANN401 (whatever was sent)
        text = json.dumps(data, default=str, ensure_ascii=False)
        if "\\u0000" in text:
            raise ValueError("text must not hold a NUL")
        if not text.isascii() and _HALF_A_PAIR.search(text):
            raise ValueError("text must not hold half a surrogate pair")
        return data


class Outgoing(BaseModel):
    """A response body."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Problem(BaseModel):
    """An error (RFC 9457). Some have further members: `errors`, `decision`."""

    model_config = ConfigDict(extra="allow", frozen=True)

    type: str = Field(examples=["urn:cameo:problem:missing_scope"])
    title: str
    status: int
    detail: str
    code: str = Field(description="Stable: branch on this.")
    request_id: str | None


class PageQuery(BaseModel):
    """Which page of a list: at most `limit` items, those after the cursor `after`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    limit: int = Field(default=20, ge=1, le=100)
    after: str | None = Field(default=None, max_length=200, pattern=r"^[^\x00]*$")


class Page(Outgoing, Generic[Item]):
    """One page of a list. Ask for the next one with `?after=<next_cursor>`."""

    object: Literal["list"] = "list"
    data: list[Item]
    has_more: bool
    next_cursor: str | None

    @classmethod
    def of(
        cls,
        records: Sequence[Record],
        query: PageQuery,
        *,
        shown: Callable[[Record], Item],
        cursor: Callable[[Record], str],
    ) -> Self:
        """The page over `records`, of which one more was asked for than `query.limit`."""
        page, more = records[: query.limit], len(records) > query.limit
        return cls(
            data=[shown(record) for record in page],
            has_more=more,
            next_cursor=cursor(page[-1]) if more else None,
        )


LONGEST_VERSION = 9
"""Digits of a version that every store can compare with."""


def version_cursor(after: str | None) -> int:
    """The version that a cursor names, 0 for none; raise `Invalid` for anything else."""
    if after is None:
        return 0
    if not after.isascii() or not after.isdigit() or len(after) > LONGEST_VERSION:
        raise Invalid("cursor_unknown", f"`{after}` is not a cursor of this list")
    return int(after)
