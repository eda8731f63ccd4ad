"""What characters have beside their cameos. A version that another one follows is kept.

with store.write() as tx:
    tx.characters.save(replace(tx.characters.get("cam_7"), decided_by="user:rev", decided_at=now))
"""

from sqlmodel import col, delete, select, update

from permissions.facts import CameoStatus
from storage.collections.versioned import Versioned
from storage.errors import AlreadyExists
from storage.records import CharacterRecord
from storage.rows import first_in, records_in, row_of
from storage.statements import Statements
from storage.tables import CameoRow, CharacterRow, FormerCharacterRow, UnderlyingRow

KIND = "character"
"""The kind of a character's cameo."""


class SqlCharacters:
    """`Characters` in two tables, as they stand and as they were, and one of what they rest on."""

    def __init__(self, statements: Statements) -> None:
        self._statements = statements
        self._records = Versioned(statements, CharacterRow, CharacterRecord)
        self.get = self._records.get
        self.find = self._records.find

    def add(self, record: CharacterRecord) -> None:
        """Store a new character. Raises `AlreadyExists` for a taken id or handle."""
        self._records.add(record)
        self._rest(record)

    def named(self, handle: str) -> CharacterRecord | None:
        """The character with this handle, or None."""
        query = select(CharacterRow).where(col(CharacterRow.handle) == handle)
        return first_in(self._statements.run(query), CharacterRecord)

    def save(self, record: CharacterRecord) -> CharacterRecord:
        """Store a changed character. The version before it stays in `history`."""
        before = self._records.get(record.id)
        self._require_free(record)
        saved = self._records.save(record)
        self._statements.insert_unless_taken(FormerCharacterRow, [row_of(before)])
        if saved.underlying != before.underlying:
            resting = col(UnderlyingRow.character_id) == record.id
            self._statements.run(delete(UnderlyingRow).where(resting))
            self._rest(saved)
        return saved

    def empty(self, id: str) -> int:
        """Destroy the texts of every version; return how many versions there are."""
        nothing = {"description": "", "references": (), "rights_statement": "", "note": None}
        return sum(
            self._statements.erase(update(table).where(col(table.id) == id).values(nothing))
            for table in (CharacterRow, FormerCharacterRow)
        )

    def history(self, id: str) -> list[CharacterRecord]:
        """Every version, oldest first."""
        current = self._records.get(id)
        query = (
            select(FormerCharacterRow)
            .where(col(FormerCharacterRow.id) == id)
            .order_by(col(FormerCharacterRow.version))
        )
        return [*records_in(self._statements.run(query), CharacterRecord), current]

    def awaiting_review(self, *, limit: int, after: str | None = None) -> list[CharacterRecord]:
        """Those whose cameo is pending, in order of id."""
        return self._records.chosen_by(
            select(CharacterRow)
            .join(CameoRow, col(CameoRow.id) == col(CharacterRow.id))
            .where(
                col(CameoRow.kind) == KIND,
                col(CameoRow.status) == CameoStatus.PENDING,
                col(CameoRow.id) > (after or ""),
            )
            .order_by(col(CameoRow.id))
            .limit(limit)
        )

    def resting_on(self, cameo_id: str) -> list[CharacterRecord]:
        """Every character that has this cameo among its underlying rights, in order of id."""
        return self._records.chosen_by(
            select(CharacterRow)
            .join(UnderlyingRow, col(UnderlyingRow.character_id) == col(CharacterRow.id))
            .where(col(UnderlyingRow.cameo_id) == cameo_id)
            .order_by(col(UnderlyingRow.character_id))
        )

    def _rest(self, record: CharacterRecord) -> None:
        cameos = dict.fromkeys(document["cameo_id"] for document in record.underlying)
        rows = [{"character_id": record.id, "cameo_id": cameo} for cameo in cameos]
        self._statements.insert_unless_taken(UnderlyingRow, rows)

    def _require_free(self, record: CharacterRecord) -> None:
        holder = self.named(record.handle)
        if holder is not None and holder.id != record.id:
            raise AlreadyExists(f"the handle `{record.handle}` is taken")
