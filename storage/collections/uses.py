"""What came of permits, findable by what it rests on.

with store.write() as tx:
    for use in tx.uses.resting_on("grant:gra_1", limit=100):
        tx.uses.save(replace(use, recall=RecallState.OPEN))
"""

from sqlmodel import col, select

from storage.collections.versioned import Versioned
from storage.errors import StorageError
from storage.records import RecallState, UseRecord
from storage.statements import Statements
from storage.tables import UseBasisRow, UseRow


class SqlUses:
    """`Uses` in a table, and a table of the keys they rest on."""

    def __init__(self, statements: Statements) -> None:
        self._statements = statements
        self._records = Versioned(statements, UseRow, UseRecord)
        self.get = self._records.get
        self.find = self._records.find

    def add(self, record: UseRecord) -> None:
        """Store a new use."""
        self._records.add(record)
        basis = [{"key": key, "use_id": record.id} for key in dict.fromkeys(record.rests_on)]
        self._statements.insert_unless_taken(UseBasisRow, basis)

    def save(self, record: UseRecord) -> UseRecord:
        """Store a changed use. Raises `StorageError` where it would rest on something else."""
        if self._records.get(record.id).rests_on != record.rests_on:
            raise StorageError(f"what the use `{record.id}` rests on does not change")
        return self._records.save(record)

    def resting_on(self, key: str, *, limit: int, after: str | None = None) -> list[UseRecord]:
        """The uses that rest on `key`, in order of id. `cameo:…` finds those of a cameo."""
        return self._records.chosen_by(
            select(UseRow)
            .join(UseBasisRow, col(UseBasisRow.use_id) == col(UseRow.id))
            .where(col(UseBasisRow.key) == key, col(UseBasisRow.use_id) > (after or ""))
            .order_by(col(UseBasisRow.use_id))
            .limit(limit)
        )

    def held_by(
        self, holder: str, *, recalled: bool, limit: int, after: str | None = None
    ) -> list[UseRecord]:
        """The uses that this caller answers for, in order of id; only open recalls if asked."""
        query = select(UseRow).where(col(UseRow.holder) == holder, col(UseRow.id) > (after or ""))
        if recalled:
            query = query.where(col(UseRow.recall) == RecallState.OPEN)
        return self._records.chosen_by(query.order_by(col(UseRow.id)).limit(limit))
