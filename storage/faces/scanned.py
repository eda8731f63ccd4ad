"""The index of one process: every face in its memory, one byte a component.

    index = ScannedFaces(genuine=genuine)
    index.refresh(store)

It holds no decision and no owner, only directions and ids, and answers nothing by itself: whatever
it names is compared again with the template that the transaction sees.
"""

from collections.abc import Sequence

from storage.contracts.faces import FoundFace, Genuine
from storage.contracts.store import Store, Transaction
from storage.errors import FaceIndexUnavailable
from storage.faces.blocks import CodedRows
from storage.faces.exact import (
    all_faces,
    direction,
    faces_of,
    ranked,
    subjects_of,
    touched_after,
)
from storage.records import TemplateRecord


class ScannedFaces:
    """`FaceIndex` in memory. Both databases have it."""

    def __init__(self, *, genuine: Genuine) -> None:
        self._genuine = genuine
        self._rows: dict[tuple[str, int], CodedRows] = {}
        self._revision: int | None = None

    def refresh(self, store: Store) -> None:
        """Read what was touched since the last time; everything at first."""
        with store.read() as tx:
            current = tx.revisions.current()
            keys = None if self._revision is None else tx.revisions.touched_since(self._revision)
            if keys is None:
                self._revision, self._rows = None, {}
                for template in all_faces(tx, self._genuine):
                    self._add(template)
            else:
                self._read_again(tx, subjects_of(keys))
        self._revision = current

    def search(
        self,
        tx: Transaction,
        model_sha256: str,
        vector: Sequence[float],
        *,
        at_least: float,
        limit: int,
    ) -> list[FoundFace]:
        """Who looks like `vector`, the most alike first."""
        if self._revision is None:
            raise FaceIndexUnavailable("the index was never filled: refresh it first")
        touched = touched_after(tx, self._revision)
        probe = direction(vector)
        rows = self._rows.get((model_sha256, probe.size))
        near = rows.near(probe, at_least=at_least) if rows is not None else []
        return ranked(
            tx,
            [*near, *touched],
            model_sha256,
            probe,
            genuine=self._genuine,
            at_least=at_least,
            limit=limit,
        )

    def _read_again(self, tx: Transaction, subjects: list[str]) -> None:
        for subject in subjects:
            for rows in self._rows.values():
                rows.remove(subject)
            for template in faces_of(tx, subject, self._genuine):
                self._add(template)

    def _add(self, template: TemplateRecord) -> None:
        vector = direction(template.vector)
        place = (template.model_sha256, vector.size)
        rows = self._rows.setdefault(place, CodedRows(vector.size))
        rows.put(template.cameo_id, vector)
