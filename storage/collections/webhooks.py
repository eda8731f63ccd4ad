"""Webhooks: where platforms are told of events.

with store.write() as tx:
    tx.webhooks.add(record)
"""

from sqlmodel import col, delete, select

from storage.collections.versioned import Versioned
from storage.errors import NotFound
from storage.records import WebhookRecord
from storage.statements import Statements
from storage.tables import WebhookDeliveryRow, WebhookLaneRow, WebhookRow


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

    def remove(self, id: str) -> None:
        """Delete an endpoint with its deliveries."""
        run = self._statements.run
        run(delete(WebhookLaneRow).where(col(WebhookLaneRow.webhook_id) == id))
        run(delete(WebhookDeliveryRow).where(col(WebhookDeliveryRow.webhook_id) == id))
        if not run(delete(WebhookRow).where(col(WebhookRow.id) == id)).rowcount:
            raise NotFound(f"there is no record `{id}`")
