"""Enrollment sessions.

with store.write() as tx:
    session = tx.enrollments.get("enr_1")
    tx.enrollments.save(replace(session, state=EnrollmentState.CANCELED))
"""

from datetime import datetime

from sqlalchemy import String, and_, case, cast, func, or_, text
from sqlmodel import col, select

from storage.collections.versioned import Versioned
from storage.records import EnrollmentRecord, EnrollmentState
from storage.statements import Statements
from storage.tables import CameoRow, EnrollmentRow

UNFINISHED = (
    EnrollmentState.REQUIRES_INPUT,
    EnrollmentState.PROCESSING,
    EnrollmentState.NEEDS_REVIEW,
)
OVER = (EnrollmentState.VERIFIED, EnrollmentState.CANCELED, EnrollmentState.EXPIRED)


class SqlEnrollments:
    """`Enrollments` in a table."""

    def __init__(self, statements: Statements) -> None:
        self._statements = statements
        self._records = Versioned(statements, EnrollmentRow, EnrollmentRecord)
        self.add = self._records.add
        self.get = self._records.get
        self.save = self._records.save

    def of(self, principal: str, *, limit: int, after: str | None = None) -> list[EnrollmentRecord]:
        """The enrollments of a principal, in order of id."""
        return self._records.chosen_by(
            select(EnrollmentRow)
            .where(col(EnrollmentRow.principal) == principal, col(EnrollmentRow.id) > (after or ""))
            .order_by(col(EnrollmentRow.id))
            .limit(limit)
        )

    def overdue(self, *, now: datetime, limit: int) -> list[EnrollmentRecord]:
        """Those in `requires_input` whose `expires_at` has passed, the oldest first."""
        return self._records.chosen_by(
            select(EnrollmentRow)
            .where(
                col(EnrollmentRow.state) == EnrollmentState.REQUIRES_INPUT,
                col(EnrollmentRow.expires_at) <= now,
            )
            .order_by(col(EnrollmentRow.expires_at), col(EnrollmentRow.id))
            .limit(limit)
        )

    def rejections(self, principal: str, *, since: datetime) -> int:
        """How many recordings were rejected in enrollments of `principal` begun since then, or
        wait for their verdict."""
        waiting = case((col(EnrollmentRow.state) == EnrollmentState.PROCESSING, 1), else_=0)
        each = col(EnrollmentRow.rejections) + waiting
        counted = self._statements.run(
            select(func.coalesce(func.sum(each), 0)).where(
                col(EnrollmentRow.principal) == principal,
                col(EnrollmentRow.created_at) >= since,
            )
        )
        return int(counted.scalar_one())

    def awaiting_review(self, *, limit: int, after: str | None = None) -> list[EnrollmentRecord]:
        """Those in `needs_review`, in order of id."""
        return self._records.chosen_by(
            select(EnrollmentRow)
            .where(
                col(EnrollmentRow.state) == EnrollmentState.NEEDS_REVIEW,
                col(EnrollmentRow.id) > (after or ""),
            )
            .order_by(col(EnrollmentRow.id))
            .limit(limit)
        )

    def renewing(self, cameo_id: str) -> list[EnrollmentRecord]:
        """Those that are to renew this cameo and are not over yet, in order of id."""
        return self._records.chosen_by(
            select(EnrollmentRow)
            .where(
                col(EnrollmentRow.renews) == cameo_id,
                col(EnrollmentRow.state).in_(UNFINISHED),
            )
            .order_by(col(EnrollmentRow.id))
        )

    def of_cameo(self, cameo_id: str) -> list[EnrollmentRecord]:
        """Those of its owner that it came of, or that renewed it or were to, in order of id."""
        this = select(CameoRow).where(col(CameoRow.id) == cameo_id).subquery()
        unclaimed = col(EnrollmentRow.cameo_id).is_(None)
        return self._records.chosen_by(
            select(EnrollmentRow)
            .join(this, col(EnrollmentRow.principal) == this.c.owner)
            .where(
                or_(
                    col(EnrollmentRow.cameo_id) == cameo_id,
                    col(EnrollmentRow.renews) == cameo_id,
                    and_(col(EnrollmentRow.id) == this.c.enrollment_id, unclaimed),
                )
            )
            .order_by(col(EnrollmentRow.id))
        )

    def naming(
        self, cameo_id: str, *, limit: int, after: str | None = None
    ) -> list[EnrollmentRecord]:
        """Those whose report names this cameo, in order of id."""
        report = cast(col(EnrollmentRow.report), String)
        return self._records.chosen_by(
            select(EnrollmentRow)
            .where(
                report.contains(cameo_id, autoescape=True),
                col(EnrollmentRow.id) > (after or ""),
            )
            .order_by(col(EnrollmentRow.id))
            .limit(limit)
        )

    def unreviewed(self, *, before: datetime, limit: int) -> list[EnrollmentRecord]:
        """Those in `needs_review` that nobody changed since then, in order of id."""
        return self._records.chosen_by(
            select(EnrollmentRow)
            .where(
                col(EnrollmentRow.state) == EnrollmentState.NEEDS_REVIEW,
                col(EnrollmentRow.updated_at) < before,
            )
            .order_by(col(EnrollmentRow.id))
            .limit(limit)
        )

    def ended(self, *, before: datetime, limit: int) -> list[EnrollmentRecord]:
        """Those that ended before then and still have a client secret's hash, the oldest first."""
        return self._records.chosen_by(
            select(EnrollmentRow)
            .where(
                col(EnrollmentRow.state).in_(OVER),
                col(EnrollmentRow.updated_at) < before,
                # in the words of its index
                text("client_secret_hash <> ''"),
            )
            .order_by(col(EnrollmentRow.updated_at), col(EnrollmentRow.id))
            .limit(limit)
        )
