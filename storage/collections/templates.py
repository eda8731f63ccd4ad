"""Biometric templates, sealed under a data key per cameo.

with store.write() as tx:
    tx.templates.put([face, voice])
"""

from sqlmodel import col, delete, select

from storage.contracts import KeyEncryption
from storage.envelope import SealedTemplate, key_context, new_data_key, open_template, seal
from storage.errors import StorageError, Tampered
from storage.records import TemplateRecord
from storage.rows import records_in, row_of
from storage.statements import Statements
from storage.tables import TemplateKeyRow, TemplateRow


class SqlTemplates:
    """`Templates` in a table, and a table of wrapped data keys."""

    def __init__(self, statements: Statements, key_encryption: KeyEncryption) -> None:
        self._statements = statements
        self._key_encryption = key_encryption

    def put(self, templates: list[TemplateRecord]) -> None:
        """Replace every template of the cameo, under a new data key.

        All must be of one cameo and of different modalities; else `StorageError` is raised.
        """
        cameo_id = _one_cameo(templates)
        data_key = new_data_key()
        wrapped = self._key_encryption.wrap(data_key, context=key_context(cameo_id))
        self.destroy(cameo_id)
        self._statements.insert_unless_taken(
            TemplateKeyRow, [{"cameo_id": cameo_id, "wrapped": wrapped}]
        )
        sealed = [row_of(seal(template, data_key)) for template in templates]
        self._statements.insert_unless_taken(TemplateRow, sealed)

    def of_cameo(self, cameo_id: str) -> list[TemplateRecord]:
        """The templates of a cameo by modality; raises `Tampered` when any fails to open."""
        sealed = self._sealed(cameo_id)
        wrapped = self._statements.run(
            select(col(TemplateKeyRow.wrapped)).where(col(TemplateKeyRow.cameo_id) == cameo_id)
        ).scalar()
        if wrapped is None and not sealed:
            return []
        if wrapped is None or not sealed:
            raise Tampered(f"the templates of `{cameo_id}` and their data key are not both there")
        if not isinstance(wrapped, bytes):
            # SQLite lets any value stand in any column
            raise Tampered(f"the data key of `{cameo_id}` cannot be read")
        data_key = self._key_encryption.unwrap(wrapped, context=key_context(cameo_id))
        return [open_template(each, data_key) for each in sealed]

    def destroy(self, cameo_id: str) -> None:
        """Delete templates and data key. Nothing happens where there are none."""
        self._statements.erase(delete(TemplateRow).where(col(TemplateRow.cameo_id) == cameo_id))
        self._statements.erase(
            delete(TemplateKeyRow).where(col(TemplateKeyRow.cameo_id) == cameo_id)
        )

    def _sealed(self, cameo_id: str) -> list[SealedTemplate]:
        query = (
            select(TemplateRow)
            .where(col(TemplateRow.cameo_id) == cameo_id)
            .order_by(col(TemplateRow.modality))
        )
        return records_in(self._statements.run(query), SealedTemplate)


def _one_cameo(templates: list[TemplateRecord]) -> str:
    cameos = {template.cameo_id for template in templates}
    if len(cameos) != 1:
        raise StorageError(f"templates of `{len(cameos)}` cameos were put together: one is needed")
    if len({template.modality for template in templates}) != len(templates):
        raise StorageError("two templates of one modality were put together")
    return cameos.pop()
