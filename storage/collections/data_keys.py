"""The data keys under which templates and samples lie, one a cameo, each wrapped.

key = DataKeys(statements, key_encryption).find("cam_1")
"""

from collections.abc import Sequence

from sqlmodel import col, delete, select

from storage.collections.sealed_keys import named_key
from storage.contracts.blobs import KeyEncryption
from storage.envelope import key_context, new_data_key
from storage.errors import Tampered
from storage.statements import Statements
from storage.tables import TemplateKeyRow


class DataKeys:
    """The keys of one transaction."""

    def __init__(self, statements: Statements, key_encryption: KeyEncryption) -> None:
        self._statements = statements
        self._key_encryption = key_encryption

    def find(self, cameo_id: str) -> bytes | None:
        """The data key of a cameo, or None. Raises `Tampered` where it does not unwrap."""
        wrapped = self._statements.run(
            select(col(TemplateKeyRow.wrapped)).where(col(TemplateKeyRow.cameo_id) == cameo_id)
        ).scalar()
        return None if wrapped is None else self._unwrapped(cameo_id, wrapped)

    def several(self, cameo_ids: Sequence[str]) -> dict[str, bytes]:
        """The data keys of these cameos, by one query. Raises `Tampered` where one is missing."""
        if not cameo_ids:
            return {}
        found = self._statements.run(
            select(col(TemplateKeyRow.cameo_id), col(TemplateKeyRow.wrapped)).where(
                col(TemplateKeyRow.cameo_id).in_(cameo_ids)
            )
        )
        wrapped = {row.cameo_id: row.wrapped for row in found}
        return {id: self._unwrapped(id, wrapped.get(id)) for id in cameo_ids}

    def find_or_make(self, cameo_id: str) -> bytes:
        """The data key of a cameo, a new one where there is none."""
        found = self.find(cameo_id)
        if found is not None:
            return found
        made = new_data_key()
        wrapped = self._key_encryption.wrap(
            made,
            context=key_context(cameo_id),
            under=named_key(self._statements, self._key_encryption),
        )
        self._statements.insert_unless_taken(
            TemplateKeyRow, [{"cameo_id": cameo_id, "wrapped": wrapped}]
        )
        return made

    def _unwrapped(self, cameo_id: str, wrapped: object) -> bytes:
        if wrapped is None:
            raise Tampered(f"there is no data key of `{cameo_id}`")
        if not isinstance(wrapped, bytes):
            # SQLite lets any value stand in any column
            raise Tampered(f"the data key of `{cameo_id}` cannot be read")
        return self._key_encryption.unwrap(wrapped, context=key_context(cameo_id))

    def destroy(self, cameo_id: str) -> int:
        """Delete the key, once nothing lies under it any more; return how many there were."""
        return self._statements.erase(
            delete(TemplateKeyRow).where(col(TemplateKeyRow.cameo_id) == cameo_id)
        )
