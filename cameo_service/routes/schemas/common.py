"""What all bodies share. Unknown fields of a request are refused: a misspelt restriction must not be
ignored.

>>> Page[int](data=[1], has_more=False, next_cursor=None).object
'list'
"""

from typing import Annotated, Generic, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from permissions.vocabulary import parse_principal

PrincipalText = Annotated[
    str,
    AfterValidator(parse_principal),
    Field(description="`user:…`, `org:…` or `app:…`", examples=["user:alice"]),
]
ShortText = Annotated[str, Field(min_length=1, max_length=500)]
Item = TypeVar("Item")


class Incoming(BaseModel):
    """A request body."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Outgoing(BaseModel):
    """A response body."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Page(Outgoing, Generic[Item]):
    """One page of a list. Ask for the next one with `?after=<next_cursor>`."""

    object: Literal["list"] = "list"
    data: list[Item]
    has_more: bool
    next_cursor: str | None
