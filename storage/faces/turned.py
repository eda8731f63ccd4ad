"""The index in PostgreSQL: pgvector names candidates among turned vectors, templates decide.

    prepare(database)
    index = TurnedFaces(lambda: Turn(secret), genuine=genuine)
    index.refresh(store)

Every row of the model is looked at, so nobody is missed; an approximate index (HNSW) would be
quicker and miss some.
"""

from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from itertools import groupby

from storage.contracts.faces import FoundFace, Genuine
from storage.contracts.store import Store, Transaction
from storage.errors import FaceIndexUnavailable
from storage.faces.exact import (
    all_faces,
    direction,
    faces_of,
    ranked,
    subjects_of,
    touched_after,
)
from storage.faces.turning import Turn
from storage.records import TemplateRecord

HALF_PRECISION = 0.0025
"""Both vectors are rounded by at most 2^-11 of each component, and the product once more."""


class TurnedFaces:
    """`FaceIndex` on PostgreSQL."""

    def __init__(
        self,
        turn: Callable[[], Turn],
        *,
        genuine: Genuine,
        prepare: Callable[[], None] | None = None,
    ) -> None:
        """`turn` and `prepare` are called once: the turn when first used, since its secret is in
        the database, and `prepare` before the first refresh."""
        self._make_turn = turn
        self._genuine = genuine
        self._prepare = prepare

    @cached_property
    def _turn(self) -> Turn:
        return self._make_turn()

    def refresh(self, store: Store) -> None:
        """Write the rows of whatever was touched since; of everybody at first.

        Another process may do the same at once: writers come one at a time. Raises
        `FaceIndexUnavailable` where pgvector cannot be had.
        """
        if self._prepare is not None:
            self._prepare()
            self._prepare = None
        key_id = self._turn.key_id  # before any transaction: it reads its secret in one of its own
        with store.read() as tx:
            known = tx.face_vectors.revision(key_id)
            if known == tx.revisions.current():
                return
        with store.write() as tx:
            known = tx.face_vectors.revision(self._turn.key_id)
            keys = None if known is None else tx.revisions.touched_since(known)
            if keys is None:
                tx.face_vectors.clear()
                faces = groupby(all_faces(tx, self._genuine), key=lambda face: face.cameo_id)
                for subject, templates in faces:
                    self._put(tx, subject, templates)
            else:
                for subject in subjects_of(keys):
                    self._put(tx, subject, faces_of(tx, subject, self._genuine))
            tx.face_vectors.complete(self._turn.key_id, tx.revisions.current())

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
        known = tx.face_vectors.revision(self._turn.key_id)
        if known is None:
            raise FaceIndexUnavailable("the index was never filled: refresh it first")
        touched = touched_after(tx, known)
        probe = direction(vector)
        turned = self._turn.of(model_sha256, probe).tolist()
        near = tx.face_vectors.near(model_sha256, turned, at_least=at_least - HALF_PRECISION)
        return ranked(
            tx,
            [*near, *touched],
            model_sha256,
            probe,
            genuine=self._genuine,
            at_least=at_least,
            limit=limit,
        )

    def _put(self, tx: Transaction, subject: str, faces: Iterable[TemplateRecord]) -> None:
        rows = []
        for template in faces:
            turned = self._turn.of(template.model_sha256, direction(template.vector))
            rows.append((template.model_sha256, turned.tolist()))
        tx.face_vectors.put(subject, rows)
