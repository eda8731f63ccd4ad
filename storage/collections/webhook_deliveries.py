"""The outbox of webhooks: every delivery, and the order in which they go.

with store.write() as tx:
    found = tx.webhook_deliveries.lease(due, token=token, now=now, ...)
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, case, exists, func, or_
from sqlalchemy.orm import aliased
from sqlmodel import col, delete, select, update

from storage.errors import AlreadyExists, Conflict
from storage.records import DeliveryState, LeasedDeliveries, WebhookDeliveryRecord
from storage.rows import first_in, only_in, records_in, row_of
from storage.statements import Statements
from storage.tables import WebhookDeliveryRow, WebhookLaneRow, WebhookRow

NEVER_FINISHED = "never_finished"
"""Leased as often as is allowed, without an end."""
FURTHEST = timedelta(hours=24)
"""Nothing waits so long: a time beyond it was noted by a clock that was wrong."""
FREE_LANE = ""
"""Where what is about no cameo stands. It waits for nobody, and is found there at once."""


class SqlWebhookDeliveries:
    """`WebhookDeliveries` in a table, and a table of the cameos that pending ones are about."""

    def __init__(self, statements: Statements) -> None:
        self._statements = statements

    def next_number(self) -> int:
        """A number above that of every delivery."""
        highest = self._statements.run(select(func.max(col(WebhookDeliveryRow.number)))).scalar()
        return 0 if highest is None else int(highest) + 1

    def add(self, *records: WebhookDeliveryRecord) -> None:
        """Store new deliveries, pending or given up."""
        rows = [row_of(record) for record in records]
        if self._statements.insert_unless_taken(WebhookDeliveryRow, rows) < len(rows):
            named = ", ".join(f"`{record.id}`" for record in records)
            raise AlreadyExists(f"there is a delivery already: one of {named}")
        pending = (record for record in records if record.state is DeliveryState.PENDING)
        self._enter_lanes(*pending)

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

    def undelivered(self, *webhook_ids: str) -> dict[str, int]:
        """How many are pending or given up, for each of these endpoints that has some."""
        webhook_id = col(WebhookDeliveryRow.webhook_id)
        found = self._statements.run(
            select(webhook_id.label("id"), func.count().label("many"))
            .where(webhook_id.in_(webhook_ids))
            .where(col(WebhookDeliveryRow.state).in_([DeliveryState.PENDING, DeliveryState.DEAD]))
            .group_by(webhook_id)
        )
        return {str(row["id"]): int(row["many"]) for row in found.mappings()}

    def waiting(self, webhook_id: str, event: str) -> int:
        """How many of this type are pending for an endpoint."""
        query = select(func.count()).where(
            col(WebhookDeliveryRow.webhook_id) == webhook_id,
            col(WebhookDeliveryRow.state) == DeliveryState.PENDING,
            col(WebhookDeliveryRow.event) == event,
        )
        return int(self._statements.run(query).scalar_one())

    def backlog(self, *, now: datetime) -> tuple[int, datetime | None]:
        """How many are pending, and since when the first has been due that can be sent now."""
        run_after = col(WebhookDeliveryRow.run_after)
        pending = col(WebhookDeliveryRow.state) == DeliveryState.PENDING
        count = self._statements.run(select(func.count()).where(pending)).scalar_one()
        sendable = (pending, run_after <= now, ~_has_to_wait())
        earliest = select(run_after).where(*sendable).order_by(run_after).limit(1)
        return int(count), self._statements.run(earliest).scalar()

    def due(
        self,
        *,
        now: datetime,
        limit: int,
        besides: Sequence[str] = (),
        besides_principals: Sequence[str] = (),
        served: Sequence[str] = (),
    ) -> list[tuple[str, str]]:
        """Endpoints with a delivery that is due, each with its principal: the first of every
        principal, then the second ones, each time who was not served, and waits longest, first."""
        id, principal = col(WebhookRow.id), col(WebhookRow.principal)
        since = func.min(col(WebhookDeliveryRow.run_after))
        turn = func.row_number().over(partition_by=principal, order_by=(since, id))
        query = (
            select(id, principal)
            .select_from(WebhookDeliveryRow)
            .join(WebhookRow, id == col(WebhookDeliveryRow.webhook_id))
            .where(_is_due(now), ~_has_to_wait())
            .where(id.not_in(besides), principal.not_in(besides_principals))
            .group_by(id, principal)
            .order_by(turn, case((principal.in_(served), 1), else_=0), since, id)
            .limit(limit)
        )
        found = self._statements.run(query).mappings()
        return [(str(row["id"]), str(row["principal"])) for row in found]

    def lease(
        self,
        rooms: Mapping[str, int],
        *,
        token: str,
        now: datetime,
        lease_for: timedelta,
        at_most: int,
        pause: Callable[[int], timedelta],
    ) -> LeasedDeliveries:
        """The first due deliveries of each endpoint, as many as it has room for, now leased."""
        leased, never_finished = [], []
        for record in self._first_due(rooms, now=now):
            if record.attempts >= at_most:
                dead = self._settle(record, DeliveryState.DEAD, error=NEVER_FINISHED, now=now)
                never_finished.append(dead)
                continue
            attempts, until = record.attempts + 1, now + lease_for
            held = replace(
                record,
                attempts=attempts,
                lease_token=token,
                leased_until=until,
                # whoever takes it and notes no end has failed, and not faster than others do
                run_after=until + pause(attempts),
            )
            self._store(held)
            leased.append(held)
        return LeasedDeliveries(leased=leased, never_finished=never_finished)

    def give_back(self, id: str, *, token: str, now: datetime) -> None:
        """Let it be due at once, as if this attempt had not been made."""
        record = self._held(id, token)
        self._store(replace(_released(record), attempts=record.attempts - 1, run_after=now))

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

    def postpone(self, webhook_id: str, *, now: datetime, until: datetime) -> int:
        """Let what is pending for an endpoint, and not leased, wait until then."""
        waiting = and_(
            col(WebhookDeliveryRow.webhook_id) == webhook_id,
            col(WebhookDeliveryRow.state) == DeliveryState.PENDING,
            _is_free(now),
            or_(
                col(WebhookDeliveryRow.run_after) < until,
                col(WebhookDeliveryRow.run_after) > now + FURTHEST,
            ),
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
            record,
            state=DeliveryState.PENDING,
            attempts=0,
            run_after=now,
            pending_since=now,
            settled_at=None,
        )
        self._store(again)
        self._enter_lanes(again)
        return again

    def replay_dead(self, webhook_id: str, *, now: datetime, limit: int) -> int:
        """Send again what was given up for an endpoint, the earliest `limit`."""
        query = (
            select(WebhookDeliveryRow)
            .where(col(WebhookDeliveryRow.webhook_id) == webhook_id)
            .where(col(WebhookDeliveryRow.state) == DeliveryState.DEAD)
            .order_by(col(WebhookDeliveryRow.number))
            .limit(limit)
        )
        dead = records_in(self._statements.run(query), WebhookDeliveryRecord)
        if not dead:
            return 0
        again = {"state": DeliveryState.PENDING, "attempts": 0}
        again |= {"run_after": now, "pending_since": now}
        these = col(WebhookDeliveryRow.number).in_([record.number for record in dead])
        self._statements.run(
            update(WebhookDeliveryRow).where(these).values({**again, "settled_at": None})
        )
        self._enter_lanes(*dead)
        return len(dead)

    def discard(self, webhook_id: str, *, limit: int) -> int:
        """Delete what was delivered to an endpoint, at most `limit`."""
        delivered = (
            select(col(WebhookDeliveryRow.number))
            .where(col(WebhookDeliveryRow.webhook_id) == webhook_id)
            .where(col(WebhookDeliveryRow.state) == DeliveryState.DELIVERED)
            .order_by(col(WebhookDeliveryRow.number))
            .limit(limit)
        )
        these = col(WebhookDeliveryRow.number).in_(delivered)
        return self._statements.run(delete(WebhookDeliveryRow).where(these)).rowcount

    def sweep(self, *, before: datetime, limit: int) -> int:
        """Delete what was settled before then, at most `limit`."""
        old = (
            select(col(WebhookDeliveryRow.number))
            .where(col(WebhookDeliveryRow.settled_at) < before)
            .limit(limit)
        )
        these = col(WebhookDeliveryRow.number).in_(old)
        return self._statements.run(delete(WebhookDeliveryRow).where(these)).rowcount

    def _first_due(self, rooms: Mapping[str, int], *, now: datetime) -> list[WebhookDeliveryRecord]:
        found: list[WebhookDeliveryRecord] = []
        for webhook_id, room in rooms.items():
            chosen = self._first_free(webhook_id, room, now=now)
            if len(chosen) < room:
                known = [record.number for record in chosen]
                chosen += self._first_in_order(webhook_id, room - len(chosen), known, now=now)
            found += sorted(chosen, key=lambda record: record.number)
        return found

    def _first_free(
        self, webhook_id: str, room: int, *, now: datetime
    ) -> list[WebhookDeliveryRecord]:
        """What waits for nobody, who waits longest first: among many that fail all have a turn."""
        lane = WebhookLaneRow
        query = (
            select(WebhookDeliveryRow)
            .join(lane, col(lane.number) == col(WebhookDeliveryRow.number))
            .where(col(lane.webhook_id) == webhook_id, col(lane.cameo_id) == FREE_LANE)
            .where(_is_due(now))
            .order_by(col(WebhookDeliveryRow.run_after), col(WebhookDeliveryRow.number))
            .limit(room)
        )
        return records_in(self._statements.run(query), WebhookDeliveryRecord)

    def _first_in_order(
        self, webhook_id: str, room: int, besides: Sequence[int], *, now: datetime
    ) -> list[WebhookDeliveryRecord]:
        query = (
            select(WebhookDeliveryRow)
            .where(col(WebhookDeliveryRow.webhook_id) == webhook_id)
            .where(col(WebhookDeliveryRow.number).not_in(besides))
            .where(_is_due(now), ~_has_to_wait())
            .order_by(col(WebhookDeliveryRow.number))
            .limit(room)
        )
        return records_in(self._statements.run(query), WebhookDeliveryRecord)

    def _enter_lanes(self, *records: WebhookDeliveryRecord) -> None:
        self._statements.insert_unless_taken(
            WebhookLaneRow,
            [
                {"webhook_id": record.webhook_id, "cameo_id": cameo, "number": record.number}
                for record in records
                for cameo in dict.fromkeys(record.cameos or (FREE_LANE,))
            ],
        )

    def _settle(
        self,
        record: WebhookDeliveryRecord,
        state: DeliveryState,
        *,
        now: datetime,
        status: int | None = None,
        error: str | None = None,
    ) -> WebhookDeliveryRecord:
        over = replace(_released(record), state=state, settled_at=now)
        settled = replace(over, last_status=status, last_error=error)
        self._store(settled)
        lanes = col(WebhookLaneRow.number) == record.number
        self._statements.run(delete(WebhookLaneRow).where(lanes))
        return settled

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
    run_after = col(WebhookDeliveryRow.run_after)
    return and_(
        col(WebhookDeliveryRow.state) == DeliveryState.PENDING,
        or_(run_after <= now, run_after > now + FURTHEST),
        _is_free(now),
    )


def _is_free(now: datetime) -> ColumnElement[bool]:
    until = col(WebhookDeliveryRow.leased_until)
    return or_(until.is_(None), until <= now, until > now + FURTHEST)


def _has_to_wait() -> ColumnElement[bool]:
    """Whether an earlier delivery about one of the same cameos is pending."""
    mine, earlier = aliased(WebhookLaneRow), aliased(WebhookLaneRow)
    return exists().where(
        col(mine.number) == col(WebhookDeliveryRow.number),
        col(mine.cameo_id) != FREE_LANE,
        col(earlier.webhook_id) == col(mine.webhook_id),
        col(earlier.cameo_id) == col(mine.cameo_id),
        col(earlier.number) < col(mine.number),
    )
