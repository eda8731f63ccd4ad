"""What came of permits, findable by what it rests on.

with store.write() as tx:
    for use in tx.uses.resting_on("grant:gra_1", limit=100):
        tx.uses.save(replace(use, recall=RecallState.OPEN))
"""

from collections.abc import Iterable

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
        self._rest(record.id, record.rests_on)

    def save(self, record: UseRecord) -> UseRecord:
        """Store a changed use. Raises `StorageError` where it would rest on less than before."""
        known = set(self._records.get(record.id).rests_on)
        if not known <= set(record.rests_on):
            raise StorageError(f"the use `{record.id}` rests on more than that")
        saved = self._records.save(record)
        self._rest(record.id, [key for key in record.rests_on if key not in known])
        return saved

    def _rest(self, id: str, keys: Iterable[str]) -> None:
        basis = [{"key": key, "use_id": id} for key in dict.fromkeys(keys)]
        self._statements.insert_unless_taken(UseBasisRow, basis)

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
