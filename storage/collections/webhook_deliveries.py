"""The outbox of webhooks: every delivery, and the order in which they go.

with store.write() as tx:
    leased = tx.webhook_deliveries.lease(due, token=token, now=now, ...)
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, exists, func, or_
from sqlalchemy.orm import aliased
from sqlmodel import col, delete, select, update

from storage.errors import AlreadyExists, Conflict
from storage.records import DeliveryState, WebhookDeliveryRecord
from storage.rows import first_in, only_in, records_in, row_of
from storage.statements import Statements
from storage.tables import WebhookDeliveryRow, WebhookLaneRow

NEVER_FINISHED = "never_finished"
"""Leased as often as is allowed, without an end."""


class SqlWebhookDeliveries:
    """`WebhookDeliveries` in a table, and a table of the cameos that pending ones are about."""

    def __init__(self, statements: Statements) -> None:
        self._statements = statements

    def next_number(self) -> int:
        """A number above that of every delivery."""
        highest = self._statements.run(select(func.max(col(WebhookDeliveryRow.number)))).scalar()
        return 0 if highest is None else int(highest) + 1

    def add(self, record: WebhookDeliveryRecord) -> None:
        """Store a new delivery, which is pending."""
        if not self._statements.insert_unless_taken(WebhookDeliveryRow, [row_of(record)]):
            raise AlreadyExists(f"there is a delivery `{record.id}` already")
        self._enter_lanes(record)

    def find(self, id: str) -> WebhookDeliveryRecord | None:
        """The delivery with this id, or None."""
        query = select(WebhookDeliveryRow).where(col(WebhookDeliveryRow.id) == id)
        return first_in(self._statements.run(query), WebhookDeliveryRecord)

    def of(
        self,
        webhook_id: str,
        *,
        state: DeliveryState | None,
        limit: int,
        after: str | None = None,
    ) -> list[WebhookDeliveryRecord]:
        """The deliveries to an endpoint, the latest first; only those in `state` if given."""
        query = select(WebhookDeliveryRow).where(col(WebhookDeliveryRow.webhook_id) == webhook_id)
        if state is not None:
            query = query.where(col(WebhookDeliveryRow.state) == state)
        if after is not None:
            last = select(col(WebhookDeliveryRow.number)).where(
                col(WebhookDeliveryRow.id) == after,
                col(WebhookDeliveryRow.webhook_id) == webhook_id,
            )
            query = query.where(col(WebhookDeliveryRow.number) < last.scalar_subquery())
        query = query.order_by(col(WebhookDeliveryRow.number).desc()).limit(limit)
        return records_in(self._statements.run(query), WebhookDeliveryRecord)

    def due(self, *, now: datetime, limit: int) -> list[str]:
        """Endpoints with a delivery that is due, who waits longest first."""
        found = self._statements.run(
            select(col(WebhookDeliveryRow.webhook_id))
            .where(_is_due(now), ~_has_to_wait())
            .group_by(col(WebhookDeliveryRow.webhook_id))
            .order_by(func.min(col(WebhookDeliveryRow.run_after)))
            .limit(limit)
        )
        return list(found.scalars())

    def lease(
        self,
        webhook_ids: Sequence[str],
        *,
        token: str,
        now: datetime,
        lease_for: timedelta,
        at_most: int,
        each: int,
    ) -> list[WebhookDeliveryRecord]:
        """The first due deliveries of these endpoints, at most `each` of one, now leased."""
        leased = []
        for record in self._first_due(webhook_ids, now=now, each=each):
            if record.attempts >= at_most:
                self._settle(record, DeliveryState.DEAD, error=NEVER_FINISHED, now=now)
                continue
            held = replace(
                record,
                attempts=record.attempts + 1,
                lease_token=token,
                leased_until=now + lease_for,
            )
            self._store(held)
            leased.append(held)
        return leased

    def finish(self, id: str, *, token: str, status: int, now: datetime) -> None:
        """Note that it was delivered."""
        self._settle(self._held(id, token), DeliveryState.DELIVERED, status=status, now=now)

    def fail(
        self,
        id: str,
        *,
        token: str,
        status: int | None,
        error: str | None,
        retry_at: datetime | None,
        now: datetime,
    ) -> None:
        """Try again at `retry_at`, or give up when that is None."""
        record = self._held(id, token)
        if retry_at is None:
            self._settle(record, DeliveryState.DEAD, status=status, error=error, now=now)
            return
        again = _released(record)
        self._store(replace(again, run_after=retry_at, last_status=status, last_error=error))

    def postpone(self, webhook_id: str, *, until: datetime) -> int:
        """Let what is pending for an endpoint, and not leased, wait until then."""
        waiting = and_(
            col(WebhookDeliveryRow.webhook_id) == webhook_id,
            col(WebhookDeliveryRow.state) == DeliveryState.PENDING,
            col(WebhookDeliveryRow.lease_token).is_(None),
            col(WebhookDeliveryRow.run_after) < until,
        )
        later = update(WebhookDeliveryRow).where(waiting).values(run_after=until)
        return self._statements.run(later).rowcount

    def give_up(self, webhook_id: str, *, error: str, now: datetime) -> int:
        """Give up everything that is pending for an endpoint, leased or not."""
        run, lanes = self._statements.run, WebhookLaneRow
        run(delete(lanes).where(col(lanes.webhook_id) == webhook_id))
        pending = (col(WebhookDeliveryRow.webhook_id) == webhook_id) & (
            col(WebhookDeliveryRow.state) == DeliveryState.PENDING
        )
        given_up = {"state": DeliveryState.DEAD, "last_error": error, "settled_at": now}
        unleased = {"lease_token": None, "leased_until": None}
        return run(
            update(WebhookDeliveryRow).where(pending).values({**given_up, **unleased})
        ).rowcount

    def replay(self, id: str, *, now: datetime) -> WebhookDeliveryRecord:
        """Send again what is settled, in its old place."""
        query = select(WebhookDeliveryRow).where(col(WebhookDeliveryRow.id) == id)
        record = only_in(self._statements.run(query), WebhookDeliveryRecord, id)
        if record.state is DeliveryState.PENDING:
            raise Conflict(f"delivery `{id}` is pending already")
        again = replace(
            record, state=DeliveryState.PENDING, attempts=0, run_after=now, settled_at=None
        )
        self._store(again)
        self._enter_lanes(again)
        return again

    def replay_dead(self, webhook_id: str, *, now: datetime) -> int:
        """Send again everything for an endpoint that was given up."""
        query = select(col(WebhookDeliveryRow.id)).where(
            col(WebhookDeliveryRow.webhook_id) == webhook_id,
            col(WebhookDeliveryRow.state) == DeliveryState.DEAD,
        )
        dead = list(self._statements.run(query).scalars())
        for id in dead:
            self.replay(id, now=now)
        return len(dead)

    def sweep(self, *, before: datetime, limit: int) -> int:
        """Delete what was settled before then, at most `limit`."""
        old = (
            select(col(WebhookDeliveryRow.number))
            .where(col(WebhookDeliveryRow.settled_at) < before)
            .limit(limit)
        )
        these = col(WebhookDeliveryRow.number).in_(old)
        return self._statements.run(delete(WebhookDeliveryRow).where(these)).rowcount

    def _first_due(
        self, webhook_ids: Sequence[str], *, now: datetime, each: int
    ) -> list[WebhookDeliveryRecord]:
        found: list[WebhookDeliveryRecord] = []
        for webhook_id in webhook_ids:
            query = (
                select(WebhookDeliveryRow)
                .where(col(WebhookDeliveryRow.webhook_id) == webhook_id)
                .where(_is_due(now), ~_has_to_wait())
                .order_by(col(WebhookDeliveryRow.number))
                .limit(each)
            )
            found += records_in(self._statements.run(query), WebhookDeliveryRecord)
        return found

    def _enter_lanes(self, record: WebhookDeliveryRecord) -> None:
        for cameo in dict.fromkeys(record.cameos):
            lane = {"webhook_id": record.webhook_id, "cameo_id": cameo, "number": record.number}
            self._statements.insert_unless_taken(WebhookLaneRow, [lane])

    def _settle(
        self,
        record: WebhookDeliveryRecord,
        state: DeliveryState,
        *,
        now: datetime,
        status: int | None = None,
        error: str | None = None,
    ) -> None:
        settled = replace(_released(record), state=state, settled_at=now)
        self._store(replace(settled, last_status=status, last_error=error))
        lanes = col(WebhookLaneRow.number) == record.number
        self._statements.run(delete(WebhookLaneRow).where(lanes))

    def _held(self, id: str, token: str) -> WebhookDeliveryRecord:
        record = self.find(id)
        if record is None or record.lease_token != token:
            raise Conflict(f"the lease of delivery `{id}` has gone to another worker")
        return record

    def _store(self, record: WebhookDeliveryRecord) -> None:
        this = col(WebhookDeliveryRow.number) == record.number
        self._statements.run(update(WebhookDeliveryRow).where(this).values(row_of(record)))


def _released(record: WebhookDeliveryRecord) -> WebhookDeliveryRecord:
    return replace(record, lease_token=None, leased_until=None)


def _is_due(now: datetime) -> ColumnElement[bool]:
    leased_until = col(WebhookDeliveryRow.leased_until)
    return and_(
        col(WebhookDeliveryRow.state) == DeliveryState.PENDING,
        col(WebhookDeliveryRow.run_after) <= now,
        or_(leased_until.is_(None), leased_until <= now),
    )


def _has_to_wait() -> ColumnElement[bool]:
    """Whether an earlier delivery about one of the same cameos is pending."""
    mine, earlier = aliased(WebhookLaneRow), aliased(WebhookLaneRow)
    return exists().where(
        col(mine.number) == col(WebhookDeliveryRow.number),
        col(earlier.webhook_id) == col(mine.webhook_id),
        col(earlier.cameo_id) == col(mine.cameo_id),
        col(earlier.number) < col(mine.number),
    )
