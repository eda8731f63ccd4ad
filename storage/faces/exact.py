"""What both indexes share: whom a transaction touched, and the exact comparison at the end.

>>> subjects_of(frozenset({"cameo:cam_1", "grant:gra_1", "protected:pro_1"}))
['cam_1', 'pro_1']
"""

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from storage.contracts.faces import FoundFace, Genuine
from storage.contracts.store import Transaction
from storage.errors import FaceIndexUnavailable, StorageError
from storage.records import TemplateRecord

SUBJECTS = ("cameo", "protected")
"""What has faces, as the first part of the keys that revisions name."""
FACE = "face"
PAGE = 1_000

Vector = NDArray[np.float32]
"""One number a component."""


def subjects_of(keys: frozenset[str]) -> list[str]:
    """The ids of cameos and protected faces among touched keys, in order."""
    parts = [key.partition(":") for key in keys]
    return sorted(id for kind, _, id in parts if kind in SUBJECTS)


def touched_after(tx: Transaction, revision: int) -> list[str]:
    """The subjects that `tx` sees touched after `revision`.

    Raises `FaceIndexUnavailable` where that is too long ago, or in the future, to tell.
    """
    keys = tx.revisions.touched_since(revision)
    if keys is None:
        raise FaceIndexUnavailable(f"the index stands at revision `{revision}`: refresh it first")
    return subjects_of(keys)


def faces_of(tx: Transaction, subject: str, genuine: Genuine) -> list[TemplateRecord]:
    """The face templates of one subject. Raises `Tampered` unless they are genuine."""
    faces = [each for each in tx.templates.of_cameo(subject) if each.modality == FACE]
    genuine.require(tx, [subject], faces)
    return faces


def all_faces(tx: Transaction, genuine: Genuine) -> Iterator[TemplateRecord]:
    """Every face template, subject by subject. Raises `Tampered` unless they are genuine."""
    after: str | None = None
    while page := tx.templates.of_modality(FACE, limit=PAGE, after=after):
        genuine.require(tx, sorted({each.cameo_id for each in page}), page)
        yield from page
        after = page[-1].cameo_id
    # whoever's rows are gone stands on no page
    genuine.require_everybody(tx)


def ranked(
    tx: Transaction,
    subjects: Iterable[str],
    model_sha256: str,
    probe: Vector,
    *,
    genuine: Genuine,
    at_least: float,
    limit: int,
) -> list[FoundFace]:
    """The exact similarities of `subjects` as `tx` sees them, those `at_least`, the best first.

    Of several templates of a subject the most alike counts. `probe` is of unit length.
    """
    found, exact = [], probe.astype(np.float64)
    for subject in sorted(set(subjects)):
        faces = faces_of(tx, subject, genuine)
        templates = [one for one in faces if one.model_sha256 == model_sha256]
        alike = [float(exact @ _of_unit_length(one.vector)) for one in templates]
        if alike and max(alike) >= at_least:
            found.append(FoundFace(subject=subject, similarity=max(alike)))
    found.sort(key=lambda each: (-each.similarity, each.subject))
    return found[:limit]


def direction(vector: Sequence[float]) -> Vector:
    """`vector` as 32-bit floats, brought to unit length. Raises `StorageError` without one."""
    return _of_unit_length(vector).astype(np.float32)


def _of_unit_length(vector: Sequence[float]) -> NDArray[np.float64]:
    exact = np.asarray(vector, dtype=np.float64)
    length = float(np.linalg.norm(exact))
    if exact.ndim != 1 or not np.isfinite(length) or length == 0.0:
        raise StorageError("a face's vector has no direction")
    return exact / length
