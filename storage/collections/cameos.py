"""Likenesses.

with store.read() as tx:
    mine = tx.cameos.owned_by("user:alice")
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import literal
from sqlmodel import col, select

from permissions.facts import CameoStatus
from storage.collections.versioned import Versioned
from storage.records import CameoRecord
from storage.statements import Statements
from storage.tables import CameoRow, EnrollmentRow, InquiryRow, PermitBasisRow, UseBasisRow, UseRow


class SqlCameos:
    """`Cameos` in a table."""

    def __init__(self, statements: Statements) -> None:
        self._records = Versioned(statements, CameoRow, CameoRecord)
        self.add = self._records.add
        self.get = self._records.get
        self.find = self._records.find
        self.save = self._records.save

    def several(self, ids: Sequence[str]) -> list[CameoRecord]:
        """Those of these cameos that there are, in order of id, with one query."""
        if not ids:
            return []
        return self._records.chosen_by(
            select(CameoRow).where(col(CameoRow.id).in_(ids)).order_by(col(CameoRow.id))
        )

    def owned_by(self, owner: str) -> list[CameoRecord]:
        """Every cameo of `owner`, oldest first."""
        return self._records.chosen_by(
            select(CameoRow)
            .where(col(CameoRow.owner) == owner)
            .order_by(col(CameoRow.created_at), col(CameoRow.id))
        )

    def active(self, kind: str, *, limit: int, after: str | None = None) -> list[CameoRecord]:
        """The active cameos of this kind, in order of id."""
        return self._records.chosen_by(
            select(CameoRow)
            .where(
                col(CameoRow.kind) == kind,
                col(CameoRow.status) == CameoStatus.ACTIVE,
                col(CameoRow.id) > (after or ""),
            )
            .order_by(col(CameoRow.id))
            .limit(limit)
        )

    def credentialed(self, *, limit: int, after: str | None = None) -> list[CameoRecord]:
        """The cameos with a credential, whatever their status, in order of id."""
        return self._records.chosen_by(
            select(CameoRow)
            .where(col(CameoRow.credential).is_not(None), col(CameoRow.id) > (after or ""))
            .order_by(col(CameoRow.id))
            .limit(limit)
        )

    def inactive(
        self, *, since: datetime, now: datetime, limit: int, after: str | None = None
    ) -> list[CameoRecord]:
        """The active cameos of people that nothing happened to `since` then, in order of id."""
        key = literal("cameo:") + col(CameoRow.id)
        asked = select(col(InquiryRow.cameo_id)).where(
            col(InquiryRow.cameo_id) == col(CameoRow.id),
            col(InquiryRow.day) >= since.date(),
            col(InquiryRow.last_at) >= since,
        )
        permitted = select(col(PermitBasisRow.permit_id)).where(
            col(PermitBasisRow.key) == key, col(PermitBasisRow.expires_at) >= since
        )
        used = (
            select(col(UseRow.id))
            .join(UseBasisRow, col(UseBasisRow.use_id) == col(UseRow.id))
            .where(col(UseBasisRow.key) == key, col(UseRow.updated_at) >= since)
        )
        return self._records.chosen_by(
            select(CameoRow)
            .join(EnrollmentRow, col(EnrollmentRow.id) == col(CameoRow.enrollment_id))
            .where(
                col(CameoRow.kind) == "person",
                col(CameoRow.status) == CameoStatus.ACTIVE,
                col(CameoRow.id) > (after or ""),
                col(CameoRow.credential_expires_at) < now,
                col(EnrollmentRow.created_at) < since,
                ~asked.exists(),
                ~permitted.exists(),
                ~used.exists(),
            )
            .order_by(col(CameoRow.id))
            .limit(limit)
        )
