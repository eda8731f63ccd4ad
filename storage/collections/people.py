"""What is known of principals, and who speaks for whom.

with store.read() as tx:
    tx.principals.find("user:alice"), tx.mandates.of("user:alice")
"""

from sqlalchemy import or_
from sqlmodel import col, select

from permissions.facts import CameoStatus
from storage.collections.versioned import Versioned
from storage.records import MandateRecord, PrincipalRecord
from storage.statements import Statements
from storage.tables import CameoRow, MandateRow, PrincipalRow


class SqlPrincipals:
    """`Principals` in a table."""

    def __init__(self, statements: Statements) -> None:
        self._records = Versioned(statements, PrincipalRow, PrincipalRecord)
        self.find = self._records.find
        self.add = self._records.add
        self.save = self._records.save


class SqlMandates:
    """`Mandates` in a table."""

    def __init__(self, statements: Statements) -> None:
        self._records = Versioned(statements, MandateRow, MandateRecord)
        self.add = self._records.add
        self.get = self._records.get
        self.save = self._records.save

    def of(self, represented: str) -> list[MandateRecord]:
        """Every mandate over this principal, revoked ones too, in order of id."""
        return self._records.chosen_by(
            select(MandateRow)
            .where(col(MandateRow.represented) == represented)
            .order_by(col(MandateRow.id))
        )

    def held_by(self, representative: str) -> list[MandateRecord]:
        """Every mandate of this representative, revoked ones too, in order of id."""
        return self._records.chosen_by(
            select(MandateRow)
            .where(col(MandateRow.representative) == representative)
            .order_by(col(MandateRow.id))
        )

    def of_erased(self, *, limit: int, after: str | None = None) -> list[MandateRecord]:
        """Those with words over principals of whom a cameo was erased, in order of id."""
        erased = select(col(CameoRow.owner)).where(
            col(CameoRow.kind).in_(("person", "character")),
            col(CameoRow.status) == CameoStatus.ERASED,
        )
        says_something = or_(
            col(MandateRow.evidence) != "", col(MandateRow.revocation_reason).is_not(None)
        )
        return self._records.chosen_by(
            select(MandateRow)
            .where(
                col(MandateRow.represented).in_(erased),
                says_something,
                col(MandateRow.id) > (after or ""),
            )
            .order_by(col(MandateRow.id))
            .limit(limit)
        )
