"""Webhooks: where platforms are told of events.

with store.write() as tx:
    tx.webhooks.add(record)
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import col, delete, select, update

from storage.collections.versioned import Versioned
from storage.errors import NotFound
from storage.records import WebhookRecord, WebhookState
from storage.rows import records_in
from storage.statements import Statements
from storage.tables import WebhookDeliveryRow, WebhookLaneRow, WebhookRow


@dataclass(frozen=True, slots=True, kw_only=True)
class _Named:
    """What of a row is read where the rest of it may be altered."""

    id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Owned(_Named):
    """The same, with whose it is."""

    principal: str


class SqlWebhooks:
    """`Webhooks` in a table."""

    def __init__(self, statements: Statements) -> None:
        self._statements = statements
        self._records = Versioned(statements, WebhookRow, WebhookRecord)
        self.add = self._records.add
        self.get = self._records.get
        self.find = self._records.find
        self.save = self._records.save

    def exist(self) -> bool:
        """Whether there is an endpoint of anybody's."""
        return self._statements.run(select(col(WebhookRow.id)).limit(1)).first() is not None

    def of(
        self, principal: str, *, limit: int | None = None, after: str | None = None
    ) -> list[WebhookRecord]:
        """The endpoints of a principal, in order of id."""
        return self._records.chosen_by(
            select(WebhookRow)
            .where(col(WebhookRow.principal) == principal, col(WebhookRow.id) > (after or ""))
            .order_by(col(WebhookRow.id))
            .limit(limit)
        )

    def ids_of(self, principal: str) -> list[str]:
        """The ids of a principal's endpoints, in order."""
        query = select(col(WebhookRow.id)).where(col(WebhookRow.principal) == principal)
        found = self._statements.run(query.order_by(col(WebhookRow.id)))
        return [each.id for each in records_in(found, _Named)]

    def disable_of_key(self, key_id: str, *, by: str, now: datetime) -> list[tuple[str, str]]:
        """Disable every endpoint that a key registered. It is asked so seldom that no index serves
        it."""
        theirs = (col(WebhookRow.created_by) == key_id) & (
            col(WebhookRow.state) != WebhookState.DISABLED
        )
        disabled = {"state": WebhookState.DISABLED, "disabled_by": by, "updated_at": now}
        found = self._statements.run(
            update(WebhookRow)
            .where(theirs)
            .values({"version": col(WebhookRow.version) + 1, **disabled})
            .returning(col(WebhookRow.id), col(WebhookRow.principal))
        )
        return sorted((each.id, each.principal) for each in records_in(found, _Owned))

    def note_missed(self, *ids: str, now: datetime) -> None:
        """Note that an event was not kept for these endpoints."""
        these = col(WebhookRow.id).in_(ids)
        self._statements.run(update(WebhookRow).where(these).values(missed_at=now))

    def forget_former(self, *, before: datetime) -> int:
        """Destroy the former secrets that sign no more since then."""
        forgotten: dict[str, Any] = {"former_secret": None, "former_until": None}
        over = col(WebhookRow.former_until) <= before
        anew = {"version": col(WebhookRow.version) + 1, **forgotten}
        return self._statements.erase(update(WebhookRow).where(over).values(anew))

    def remove(self, id: str) -> None:
        """Delete an endpoint with its deliveries."""
        run = self._statements.run
        run(delete(WebhookLaneRow).where(col(WebhookLaneRow.webhook_id) == id))
        run(delete(WebhookDeliveryRow).where(col(WebhookDeliveryRow.webhook_id) == id))
        if not run(delete(WebhookRow).where(col(WebhookRow.id) == id)).rowcount:
            raise NotFound(f"there is no record `{id}`")
