"""Blocks and relationships between principals.

>>> RelationshipsIn(add=[("user:ann", "user:bob")]).remove
[]
"""

from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import FailFast, Field, model_validator

from cameo_service.people.relationships import MOST_PAIRS, Counts
from cameo_service.routes.schemas.common import Incoming, Outgoing, PrincipalText
from storage.records import BlockRecord


class BlockOut(Outgoing):
    """Somebody whom an owner wants nothing to do with."""

    object: Literal["block"] = "block"
    owner: str
    blocked: str
    created_at: datetime

    @classmethod
    def of(cls, record: BlockRecord) -> Self:
        """The view of `record`."""
        return cls(owner=record.owner, blocked=record.blocked, created_at=record.created_at)


# the first bad pair is enough: ten thousand complaints help nobody
Pairs = Annotated[
    list[tuple[PrincipalText, PrincipalText]], FailFast(), Field(max_length=MOST_PAIRS)
]


class RelationshipsIn(Incoming):
    """Pairs who are mutual from now on, and pairs who are not any more. All or nothing."""

    add: Pairs = Field(default=[], examples=[[["user:ann", "user:bob"]]])
    remove: Pairs = Field(default=[])

    @model_validator(mode="after")
    def _has_a_size(self) -> Self:
        if not 1 <= len(self.add) + len(self.remove) <= MOST_PAIRS:
            raise ValueError(f"a call holds 1 to {MOST_PAIRS} pairs, to add and to remove together")
        return self


class RelationshipsChanged(Outgoing):
    """How many pairs were new, and how many were there and are gone."""

    object: Literal["relationships_changed"] = "relationships_changed"
    added: int
    removed: int

    @classmethod
    def of(cls, counts: Counts) -> Self:
        """The view of `counts`."""
        return cls(added=counts.added, removed=counts.removed)
