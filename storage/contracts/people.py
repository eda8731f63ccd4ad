"""What is known of principals: standing, who speaks for them, mutuals, blocks.

tx.relationships.are_mutual("user:ana", "user:bo")
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from storage.records.people import BlockRecord, MandateRecord, PrincipalRecord


class Principals(Protocol):
    """What is known of principals. Of most, nothing is."""

    def find(self, id: str) -> PrincipalRecord | None:
        """What is known of this principal, or None."""

    def add(self, record: PrincipalRecord) -> None:
        """Store what is known of a principal for the first time."""

    def save(self, record: PrincipalRecord) -> PrincipalRecord:
        """Store what is known by now."""


class Mandates(Protocol):
    """Who speaks for whom."""

    def add(self, record: MandateRecord) -> None:
        """Store a new mandate."""

    def get(self, id: str) -> MandateRecord:
        """The mandate with this id."""

    def save(self, record: MandateRecord) -> MandateRecord:
        """Store a changed mandate."""

    def of(self, represented: str) -> list[MandateRecord]:
        """Every mandate over this principal, revoked ones too, in order of id."""

    def held_by(self, representative: str) -> list[MandateRecord]:
        """Every mandate of this representative, revoked ones too, in order of id."""

    def of_erased(self, *, limit: int, after: str | None = None) -> list[MandateRecord]:
        """Those with evidence or a reason over principals of whom a cameo was erased, in order of
        id."""


class Relationships(Protocol):
    """Who is mutual with whom, as the platform says. Both directions, always.

    Nobody is mutual with itself: such a pair raises `StorageError`.
    """

    def add(self, pairs: Sequence[tuple[str, str]], *, now: datetime) -> int:
        """Store the pairs that are new; return how many."""

    def remove(self, pairs: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
        """Delete the pairs that are there; return them, each once, as they were given."""

    def are_mutual(self, one: str, other: str) -> bool:
        """Whether they are."""

    def of(self, principal: str, *, limit: int, after: str | None = None) -> list[str]:
        """Who is mutual with this principal, in order."""


class Blocks(Protocol):
    """Whom owners want nothing to do with."""

    def add(self, record: BlockRecord) -> bool:
        """Store a block; False where it was there already."""

    def remove(self, owner: str, blocked: str) -> bool:
        """Delete a block; whether it was there."""

    def all_of(self, owner: str) -> frozenset[str]:
        """Everybody whom this owner blocks."""

    def of(self, owner: str, *, limit: int, after: str | None = None) -> list[BlockRecord]:
        """The blocks of this owner, in order of who is blocked."""
