"""Biometric templates and samples, sealed under a data key per cameo.

with store.write() as tx:
    tx.templates.put([face, voice])
"""

from sqlalchemy import func, or_
from sqlalchemy.orm import aliased
from sqlmodel import col, delete, select

from permissions.facts import CameoStatus
from storage.collections.data_keys import DataKeys
from storage.contracts.blobs import KeyEncryption
from storage.envelope import (
    SealedSample,
    SealedTemplate,
    open_sample,
    open_template,
    seal,
    seal_sample,
)
from storage.errors import StorageError, Tampered
from storage.records import Destroyed, ModelCount, SampleRecord, TemplateRecord
from storage.rows import records_in, row_of
from storage.statements import Statements
from storage.tables import CameoRow, ProtectedFaceRow, SampleRow, TemplateRow


class SqlTemplates:
    """`Templates` in a table, with tables of samples and of wrapped data keys."""

    def __init__(self, statements: Statements, key_encryption: KeyEncryption) -> None:
        self._statements = statements
        self._keys = DataKeys(statements, key_encryption)

    def put(self, templates: list[TemplateRecord]) -> None:
        """Add templates, each in place of the cameo's former one of its modality and model.

        All must be of one cameo, and no two of one modality and model; else `StorageError`.
        """
        cameo_id = _one_cameo(templates)
        data_key = self._keys.find_or_make(cameo_id)
        for template in templates:
            self._delete(cameo_id, template.modality, template.model_sha256)
        sealed = [row_of(seal(template, data_key)) for template in templates]
        self._statements.insert_unless_taken(TemplateRow, sealed)

    def of_cameo(self, cameo_id: str) -> list[TemplateRecord]:
        """The templates of a cameo; raises `Tampered` when any fails to open."""
        sealed = records_in(
            self._statements.run(
                select(TemplateRow)
                .where(col(TemplateRow.cameo_id) == cameo_id)
                .order_by(col(TemplateRow.modality), col(TemplateRow.model_sha256))
            ),
            SealedTemplate,
        )
        data_key = self._keys.find(cameo_id)
        if data_key is None and not sealed:
            return []
        if data_key is None or not sealed:
            raise Tampered(f"the templates of `{cameo_id}` and their data key are not both there")
        return [open_template(each, data_key) for each in sealed]

    def of_modality(
        self, modality: str, *, limit: int, after: str | None = None
    ) -> list[TemplateRecord]:
        """The templates of this modality of the next cameos and protected faces, in order."""
        wanted = (
            select(col(TemplateRow.cameo_id))
            .distinct()
            .where(col(TemplateRow.modality) == modality, col(TemplateRow.cameo_id) > (after or ""))
            .order_by(col(TemplateRow.cameo_id))
            .limit(limit)
        )
        cameos = list(self._statements.run(wanted).scalars())
        if not cameos:
            return []
        query = (
            select(TemplateRow)
            .where(
                col(TemplateRow.modality) == modality,
                col(TemplateRow.cameo_id) >= cameos[0],
                col(TemplateRow.cameo_id) <= cameos[-1],
            )
            .order_by(col(TemplateRow.cameo_id), col(TemplateRow.model_sha256))
        )
        sealed = records_in(self._statements.run(query), SealedTemplate)
        keys = self._keys.several(cameos)
        return [open_template(each, keys[each.cameo_id]) for each in sealed]

    def bereft(self, modality: str) -> str | None:
        """A cameo that has a credential, has not ended and has no template of this modality."""
        made = select(col(TemplateRow.cameo_id)).where(
            col(TemplateRow.cameo_id) == col(CameoRow.id), col(TemplateRow.modality) == modality
        )
        in_use = [each for each in CameoStatus if not each.is_ended]
        found = self._statements.run(
            select(col(CameoRow.id))
            .where(
                col(CameoRow.kind) == "person",
                col(CameoRow.status).in_(in_use),
                col(CameoRow.credential).is_not(None),
                ~made.exists(),
            )
            .limit(1)
        ).scalar()
        return None if found is None else str(found)

    def drop(self, cameo_id: str, modality: str, model_sha256: str) -> None:
        """Delete a template, unless it is the last one of its modality."""
        there = self._statements.run(
            select(col(TemplateRow.model_sha256)).where(
                col(TemplateRow.cameo_id) == cameo_id, col(TemplateRow.modality) == modality
            )
        ).scalars()
        if set(there) == {model_sha256}:
            raise StorageError(f"cameo `{cameo_id}` has no other {modality} template")
        self._delete(cameo_id, modality, model_sha256)

    def of_model(
        self, modality: str, model_sha256: str, *, limit: int, after: str | None = None
    ) -> list[TemplateRecord]:
        """The templates of every cameo that this model made, in order of the cameo's id."""
        sealed = records_in(
            self._statements.run(
                select(TemplateRow)
                .join(CameoRow, col(CameoRow.id) == col(TemplateRow.cameo_id))
                .where(
                    col(TemplateRow.modality) == modality,
                    col(TemplateRow.model_sha256) == model_sha256,
                    col(TemplateRow.cameo_id) > (after or ""),
                )
                .order_by(col(TemplateRow.cameo_id))
                .limit(limit)
            ),
            SealedTemplate,
        )
        keys = self._keys.several([each.cameo_id for each in sealed])
        return [open_template(each, keys[each.cameo_id]) for each in sealed]

    def lacking(
        self, modality: str, model_sha256: str, *, limit: int, after: str | None = None
    ) -> list[str]:
        """The cameos that have templates of this modality but none of this model, in order."""
        made = select(col(TemplateRow.cameo_id)).where(
            col(TemplateRow.cameo_id) == col(CameoRow.id), col(TemplateRow.modality) == modality
        )
        found = self._statements.run(
            select(col(CameoRow.id))
            .where(
                col(CameoRow.id) > (after or ""),
                made.exists(),
                ~made.where(col(TemplateRow.model_sha256) == model_sha256).exists(),
            )
            .order_by(col(CameoRow.id))
            .limit(limit)
        )
        return list(found.scalars())

    def only_of_others(self, modality: str, model_sha256: str) -> list[str]:
        """The models of those cameos and protected faces that this one made nothing for."""
        other = aliased(TemplateRow)
        made = select(col(TemplateRow.cameo_id)).where(
            col(TemplateRow.cameo_id) == col(other.cameo_id),
            col(TemplateRow.modality) == modality,
            col(TemplateRow.model_sha256) == model_sha256,
        )
        subject = or_(
            col(other.cameo_id).in_(select(col(CameoRow.id))),
            col(other.cameo_id).in_(select(col(ProtectedFaceRow.id))),
        )
        found = self._statements.run(
            select(col(other.model_sha256))
            .distinct()
            .where(
                col(other.modality) == modality,
                col(other.model_sha256) != model_sha256,
                ~made.exists(),
                subject,
            )
            .order_by(col(other.model_sha256))
        )
        return list(found.scalars())

    def counts(self) -> list[ModelCount]:
        """How many cameos have a template of which model."""
        by_model = (col(TemplateRow.modality), col(TemplateRow.model_sha256))
        counted = self._statements.run(
            select(
                *by_model,
                func.min(col(TemplateRow.model)).label("model"),
                func.count().label("cameos"),
            )
            .join(CameoRow, col(CameoRow.id) == col(TemplateRow.cameo_id))
            .group_by(*by_model)
            .order_by(*by_model)
        )
        return records_in(counted, ModelCount)

    def keep_samples(self, cameo_id: str, samples: list[SampleRecord]) -> None:
        """Replace every sample of the cameo, which has templates."""
        if any(sample.cameo_id != cameo_id for sample in samples):
            raise StorageError(f"a sample of another cameo was given for `{cameo_id}`")
        data_key = self._key_of(cameo_id)
        self._delete_samples(cameo_id)
        sealed = [row_of(seal_sample(sample, data_key)) for sample in samples]
        if self._statements.insert_unless_taken(SampleRow, sealed) < len(samples):
            raise StorageError(f"two samples of `{cameo_id}` have one position")

    def samples_of(self, cameo_id: str) -> list[SampleRecord]:
        """The samples of a cameo, by modality and position."""
        sealed = records_in(
            self._statements.run(
                select(SampleRow)
                .where(col(SampleRow.cameo_id) == cameo_id)
                .order_by(col(SampleRow.modality), col(SampleRow.position))
            ),
            SealedSample,
        )
        if not sealed:
            return []
        data_key = self._key_of(cameo_id)
        return [open_sample(each, data_key) for each in sealed]

    def destroy(self, cameo_id: str) -> Destroyed:
        """Delete templates, samples and data key. Nothing happens where there are none."""
        of_cameo = col(TemplateRow.cameo_id) == cameo_id
        return Destroyed(
            templates=self._statements.erase(delete(TemplateRow).where(of_cameo)),
            samples=self._delete_samples(cameo_id),
            keys=self._keys.destroy(cameo_id),
        )

    def _key_of(self, cameo_id: str) -> bytes:
        data_key = self._keys.find(cameo_id)
        if data_key is None:
            raise Tampered(f"there is no data key of `{cameo_id}`")
        return data_key

    def _delete(self, cameo_id: str, modality: str, model_sha256: str) -> None:
        self._statements.erase(
            delete(TemplateRow).where(
                col(TemplateRow.cameo_id) == cameo_id,
                col(TemplateRow.modality) == modality,
                col(TemplateRow.model_sha256) == model_sha256,
            )
        )

    def _delete_samples(self, cameo_id: str) -> int:
        return self._statements.erase(delete(SampleRow).where(col(SampleRow.cameo_id) == cameo_id))


def _one_cameo(templates: list[TemplateRecord]) -> str:
    cameos = {template.cameo_id for template in templates}
    if len(cameos) != 1:
        raise StorageError(f"templates of `{len(cameos)}` cameos were put together: one is needed")
    if len({(one.modality, one.model_sha256) for one in templates}) != len(templates):
        raise StorageError("two templates of one modality and model were put together")
    return cameos.pop()
