"""Faces in the database itself, turned by a secret: what an index on PostgreSQL searches.

tx.face_vectors.near(model_sha256, turned, at_least=0.95)
"""

from collections.abc import Sequence
from typing import Protocol


class FaceVectors(Protocol):
    """Turned vectors in the database itself, for an index that searches there.

    Only PostgreSQL with pgvector has them; elsewhere everything raises `FaceIndexUnavailable`.
    The row of a subject goes with its data key, in the same transaction.
    """

    def revision(self, key_id: str) -> int | None:
        """Up to which revision the rows are complete; None for none, or under another key."""

    def complete(self, key_id: str, revision: int) -> None:
        """Note that they are complete up to there, under this key."""

    def clear(self) -> None:
        """Delete every row."""

    def put(self, subject: str, rows: Sequence[tuple[str, Sequence[float]]]) -> None:
        """Replace the rows of a subject by these models and vectors; none deletes."""

    def near(self, model_sha256: str, vector: Sequence[float], *, at_least: float) -> list[str]:
        """The subjects whose inner product with `vector` is `at_least` or more, in half precision.

        Every row is looked at. A vector of half precision is off by 2^-11 of its length.
        """
