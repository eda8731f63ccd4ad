"""Enrollment sessions.

with store.write() as tx:
    session = tx.enrollments.get("enr_1")
    tx.enrollments.save(replace(session, state=EnrollmentState.CANCELED))
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Case, ColumnElement, String, and_, case, cast, func, or_, text
from sqlalchemy.orm import Mapped
from sqlmodel import col, select, update

from storage.collections.versioned import Versioned
from storage.readable import readable_in
from storage.records import EMPTIED, EnrollmentRecord, EnrollmentState, EnrollmentTrace, Readable
from storage.rows import records_in, values_in
from storage.statements import Statements, pages_of
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

    def of_cameo(self, cameo_id: str) -> Readable[EnrollmentRecord]:
        """Those of its owner that it came of, or that renewed it or were to, in order of id; and
        the ids of those that cannot be read."""
        this = select(CameoRow).where(col(CameoRow.id) == cameo_id).subquery()
        unclaimed = col(EnrollmentRow.cameo_id).is_(None)
        id = col(EnrollmentRow.id)
        query = (
            select(EnrollmentRow)
            .join(this, col(EnrollmentRow.principal) == this.c.owner)
            .where(
                or_(
                    col(EnrollmentRow.cameo_id) == cameo_id,
                    col(EnrollmentRow.renews) == cameo_id,
                    and_(id == this.c.enrollment_id, unclaimed),
                )
            )
            .order_by(id)
        )
        return readable_in(self._statements, query, id, EnrollmentRecord)

    def fruitless(self, principal: str, *, before: datetime, renews: str) -> list[EnrollmentTrace]:
        """Those that became nothing, begun before then or to renew this cameo, in order of id."""
        told: tuple[Any, ...] = (
            col(EnrollmentRow.id),
            col(EnrollmentRow.state).in_(OVER).label("is_over"),
            col(EnrollmentRow.recording_blob).is_not(None).label("holds_recording"),
            _was_recorded().label("was_recorded"),
        )
        found = self._statements.run(
            select(*told)
            .where(_is_fruitless(principal, before=before, renews=renews))
            .order_by(col(EnrollmentRow.id))
        )
        return records_in(found, EnrollmentTrace)

    def end_fruitless(self, principal: str, *, before: datetime, renews: str, now: datetime) -> int:
        """End and empty `fruitless` in one statement; return how many were not empty."""
        under_way = col(EnrollmentRow.state).in_(UNFINISHED)
        state = col(EnrollmentRow.state)
        fruitless = and_(_is_fruitless(principal, before=before, renews=renews), _is_full())
        return self._end(
            fruitless, state=case((under_way, EnrollmentState.CANCELED.value), else_=state), now=now
        )

    def end_altered(self, ids: Sequence[str], *, now: datetime) -> int:
        """End and empty these, whatever stands in them; return how many there were."""
        state = col(EnrollmentRow.state)
        kept = case((state.in_(OVER), state), else_=EnrollmentState.CANCELED.value)
        return sum(
            self._end(col(EnrollmentRow.id).in_(page), state=kept, now=now)
            for page in pages_of(ids)
        )

    def _end(self, these: ColumnElement[bool], *, state: Case[Any], now: datetime) -> int:
        """What there is to destroy of an enrollment, in one statement; how many it met."""
        return self._statements.erase(
            update(EnrollmentRow)
            .where(these)
            .values(
                version=col(EnrollmentRow.version) + 1,
                state=state,
                updated_at=now,
                **EMPTIED,
            )
        )

    def unfinished(self, principal: str, *, now: datetime) -> int:
        """How many of a principal are under way, and not overdue."""
        state = col(EnrollmentRow.state)
        overdue = and_(
            state == EnrollmentState.REQUIRES_INPUT, col(EnrollmentRow.expires_at) <= now
        )
        counted = self._statements.run(
            select(func.count())
            .select_from(EnrollmentRow)
            .where(
                col(EnrollmentRow.principal) == principal,
                state.in_(UNFINISHED),
                ~overdue,
            )
        )
        return int(counted.scalar_one())

    def naming(self, cameo_id: str, *, limit: int, after: str | None = None) -> list[str]:
        """The ids of those whose report names this cameo, in order."""
        report = cast(col(EnrollmentRow.report), String)
        found = self._statements.run(
            select(col(EnrollmentRow.id))
            .where(
                report.contains(cameo_id, autoescape=True),
                col(EnrollmentRow.id) > (after or ""),
            )
            .order_by(col(EnrollmentRow.id))
            .limit(limit)
        )
        return values_in(found, "id of an enrollment")

    def drop_report(self, id: str) -> None:
        """Take the report of an enrollment, whatever stands there."""
        this = col(EnrollmentRow.id) == id
        version = col(EnrollmentRow.version) + 1
        self._statements.erase(
            update(EnrollmentRow).where(this).values(report=None, version=version)
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


def _is_fruitless(principal: str, *, before: datetime, renews: str) -> ColumnElement[bool]:
    held_nothing = and_(
        col(EnrollmentRow.state).not_in((EnrollmentState.PROCESSING, EnrollmentState.NEEDS_REVIEW)),
        col(EnrollmentRow.recording_blob).is_(None),
        col(EnrollmentRow.report).is_(None),
        ~_was_recorded(),
    )
    return and_(
        col(EnrollmentRow.principal) == principal,
        col(EnrollmentRow.cameo_id).is_(None),
        or_(
            and_(col(EnrollmentRow.renews).is_(None), col(EnrollmentRow.created_at) < before),
            and_(col(EnrollmentRow.renews) == renews, held_nothing),
        ),
    )


def _is_full() -> ColumnElement[bool]:
    """Whether anything is left that `_end` takes."""
    return or_(*[_holds(col(getattr(EnrollmentRow, name)), left) for name, left in EMPTIED.items()])


def _holds(column: Mapped[Any], left: object) -> ColumnElement[bool]:
    """Whether there is more in the column than is to be left: a document as text, since what
    somebody put there may be none."""
    if left is None:
        return column.is_not(None)
    return cast(column, String) != ("{}" if left == {} else left)


def _was_recorded() -> ColumnElement[bool]:
    """Whether a recording was ever handed over, and with it what the person agreed to: read as
    text, since PostgreSQL opens no document with a null character in any of its strings."""
    return cast(col(EnrollmentRow.statement), String).contains('"accepted_at":', autoescape=True)
