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
        data_key = self._key_encryption.unwrap(
            _bytes(wrapped, cameo_id), context=key_context(cameo_id)
        )
        return [open_template(each, data_key) for each in sealed]

    def of_modality(
        self, modality: str, *, limit: int, after: str | None = None
    ) -> list[TemplateRecord]:
        """The templates of this modality of the next cameos, in order of cameo."""
        last = after or ""
        while wanted := self._wrapped_after(last, limit):
            last = max(wanted)
            found = self._opened(modality, wanted)
            if found:
                return found
        return []

    def destroy(self, cameo_id: str) -> None:
        """Delete templates and data key. Nothing happens where there are none."""
        self._statements.erase(delete(TemplateRow).where(col(TemplateRow.cameo_id) == cameo_id))
        self._statements.erase(
            delete(TemplateKeyRow).where(col(TemplateKeyRow.cameo_id) == cameo_id)
        )

    def _wrapped_after(self, cameo_id: str, limit: int) -> dict[str, bytes]:
        """The wrapped data keys of the next cameos."""
        query = (
            select(TemplateKeyRow)
            .where(col(TemplateKeyRow.cameo_id) > cameo_id)
            .order_by(col(TemplateKeyRow.cameo_id))
            .limit(limit)
        )
        return {row["cameo_id"]: row["wrapped"] for row in self._statements.run(query).mappings()}

    def _opened(self, modality: str, wrapped: dict[str, bytes]) -> list[TemplateRecord]:
        query = (
            select(TemplateRow)
            .where(
                col(TemplateRow.cameo_id) >= min(wrapped),
                col(TemplateRow.cameo_id) <= max(wrapped),
                col(TemplateRow.modality) == modality,
            )
            .order_by(col(TemplateRow.cameo_id))
        )
        sealed = records_in(self._statements.run(query), SealedTemplate)
        having = {each.cameo_id for each in sealed}
        keys = {
            id: self._key_encryption.unwrap(_bytes(key, id), context=key_context(id))
            for id, key in wrapped.items()
            if id in having
        }
        return [open_template(each, keys[each.cameo_id]) for each in sealed]

    def _sealed(self, cameo_id: str) -> list[SealedTemplate]:
        query = (
            select(TemplateRow)
            .where(col(TemplateRow.cameo_id) == cameo_id)
            .order_by(col(TemplateRow.modality))
        )
        return records_in(self._statements.run(query), SealedTemplate)


def _bytes(wrapped: object, cameo_id: str) -> bytes:
    if not isinstance(wrapped, bytes):
        # SQLite lets any value stand in any column
        raise Tampered(f"the data key of `{cameo_id}` cannot be read")
    return wrapped


def _one_cameo(templates: list[TemplateRecord]) -> str:
    cameos = {template.cameo_id for template in templates}
    if len(cameos) != 1:
        raise StorageError(f"templates of `{len(cameos)}` cameos were put together: one is needed")
    if len({template.modality for template in templates}) != len(templates):
        raise StorageError("two templates of one modality were put together")
    return cameos.pop()
