"""The deployment's rules in all their versions.

with store.read() as tx:
    tx.deployment.current()
"""

from sqlalchemy import func
from sqlmodel import col, select

from storage.errors import Conflict
from storage.records import DeploymentRecord
from storage.rows import first_in, records_in, row_of
from storage.statements import Statements
from storage.tables import DeploymentRow


class SqlDeployment:
    """`Deployment` in a table that only grows."""

    def __init__(self, statements: Statements) -> None:
        self._statements = statements

    def append(self, record: DeploymentRecord) -> None:
        """Store the next version. Raises `Conflict` unless it is one above the current one (1)."""
        newest = self.current()
        expected = 1 if newest is None else newest.version + 1
        if record.version != expected:
            raise Conflict(
                f"the next version of the deployment's rules is `{expected}`, "
                f"not `{record.version}`"
            )
        if not self._statements.insert_unless_taken(DeploymentRow, [row_of(record)]):
            raise Conflict("the deployment's rules were written in between")

    def current(self) -> DeploymentRecord | None:
        """The newest version, or None where there is none."""
        newest = select(func.max(col(DeploymentRow.version))).scalar_subquery()
        query = select(DeploymentRow).where(col(DeploymentRow.version) == newest)
        return first_in(self._statements.run(query), DeploymentRecord)

    def history(self, *, limit: int, after: int = 0) -> list[DeploymentRecord]:
        """The versions above `after`, oldest first."""
        query = (
            select(DeploymentRow)
            .where(col(DeploymentRow.version) > after)
            .order_by(col(DeploymentRow.version))
            .limit(limit)
        )
        return records_in(self._statements.run(query), DeploymentRecord)
