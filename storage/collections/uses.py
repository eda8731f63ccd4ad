"""What came of permits, findable by what it rests on.

with store.write() as tx:
    for use in tx.uses.resting_on("grant:gra_1", limit=100):
        tx.uses.save(replace(use, recall=RecallState.OPEN))
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, bindparam, inspect
from sqlmodel import col, select, update

from storage.collections.versioned import Versioned
from storage.errors import StorageError
from storage.readable import readable_in
from storage.records import Document, Readable, RecallState, UseRecord
from storage.statements import Statements, pages_of
from storage.tables import UseBasisRow, UseRow

Rows = Select[*tuple[Any, ...]]

AT_ONCE = 500
"""Recalls that are read in one statement."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Recall:
    """What is said in the recall of a use."""

    id: str
    recall_document: Document | None


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
        return self._records.chosen_by(_resting(select(UseRow), key, after).limit(limit))

    def readable_on(self, key: str, *, limit: int, after: str | None = None) -> Readable[UseRecord]:
        """The same, with the ids of those that cannot be read."""
        query = _resting(select(UseRow), key, after).limit(limit)
        return readable_in(self._statements, query, col(UseBasisRow.use_id), UseRecord)

    def recall(self, ids: Sequence[str], document: Document, *, now: datetime) -> None:
        """Open a recall of these uses, and say in each: `document`."""
        opened = {"recall": RecallState.OPEN, "recall_document": document, "updated_at": now}
        for page in pages_of(ids):
            these = update(UseRow).where(col(UseRow.id).in_(page))
            self._statements.run(these.values({**opened, "version": col(UseRow.version) + 1}))

    def forget_reasons(self, key: str) -> tuple[int, list[str]]:
        """Destroy the reasons of recalls in the name of `key`; what cannot be read, as a whole."""
        reasons: list[dict[str, Any]] = []
        altered: list[str] = []
        for some in self._recalls(key):
            altered += some.altered
            reasons += [
                {"which": each.id, "left": {**each.recall_document, "reason": None}}
                for each in some.records
                if each.recall_document is not None and _says_why(each.recall_document, key)
            ]
        changed = update(UseRow).values({"version": col(UseRow.version) + 1})
        if reasons:
            this = changed.where(col(UseRow.id) == bindparam("which"))
            left = bindparam("left", type_=inspect(UseRow).local_table.c.recall_document.type)
            self._statements.erase(this.values({"recall_document": left}), reasons)
        for page in pages_of(altered):
            these = changed.where(col(UseRow.id).in_(page))
            self._statements.erase(these.values({"recall_document": None}))
        return len(reasons), altered

    def _recalls(self, key: str) -> Iterator[Readable[_Recall]]:
        after, id = None, col(UseBasisRow.use_id)
        said: Rows = select(id.label("id"), col(UseRow.recall_document))
        while True:
            query = _resting(said, key, after).where(col(UseRow.recall_document).is_not(None))
            some = readable_in(self._statements, query.limit(AT_ONCE), id, _Recall)
            ids = [*(each.id for each in some.records), *some.altered]
            if not ids:
                return
            yield some
            after = max(ids)

    def held_by(
        self, holder: str, *, recalled: bool, limit: int, after: str | None = None
    ) -> list[UseRecord]:
        """The uses that this caller answers for, in order of id; only open recalls if asked."""
        query = select(UseRow).where(col(UseRow.holder) == holder, col(UseRow.id) > (after or ""))
        if recalled:
            query = query.where(col(UseRow.recall) == RecallState.OPEN)
        return self._records.chosen_by(query.order_by(col(UseRow.id)).limit(limit))


def _resting(query: Rows, key: str, after: str | None) -> Rows:
    """`query`, about the uses that rest on `key`, in order of id."""
    return (
        query.join_from(UseBasisRow, UseRow, col(UseBasisRow.use_id) == col(UseRow.id))
        .where(col(UseBasisRow.key) == key, col(UseBasisRow.use_id) > (after or ""))
        .order_by(col(UseBasisRow.use_id))
    )


def _says_why(recall: Document, key: str) -> bool:
    """Whether there is a reason of this side; what was altered so that it does not say whose it is
    may be theirs.

    >>> _says_why({"key": "cameo:cam_1", "reason": "words"}, "cameo:cam_1")
    True
    """
    return recall.get("key", key) == key and recall.get("reason") is not None
