"""Whose face is this: 1:N search over the templates that the store holds.

    index.refresh(store)
    with store.read() as tx:
        found = index.search(tx, model_sha256, vector, at_least=0.95, limit=10)

Promises of every implementation:

* `search` is exact: it returns every subject in the state of `tx` that has a face template of this
  model with a cosine similarity of `at_least` or more, at most `limit` of them, the most alike
  first. Nothing that `tx` does not see is found, erased a moment ago or never committed; what it
  sees is found, whoever wrote it, this transaction too.
* Vectors of different models are never compared.
* No face is taken in, and nobody named, before `Genuine` has let the templates pass; what it
  raises goes through.
* Where it cannot promise that, it raises `FaceIndexUnavailable`: never an empty answer.
* Every write that puts or destroys the templates of a subject touches `cameo:…` or `protected:…`
  with its id in the same transaction. That is how the index learns of it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from storage.contracts.store import Store, Transaction
from storage.records import TemplateRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundFace:
    """A subject, a cameo or a protected face, and the cosine similarity. It stays inside."""

    subject: str
    similarity: float


class Genuine(Protocol):
    """Says whether faces are those that were enrolled: what an index asks before it uses any."""

    def require(
        self, tx: Transaction, subjects: Sequence[str], faces: Sequence[TemplateRecord]
    ) -> None:
        """Raise `Tampered` unless `faces` are all the faces of `subjects`, in order of subject."""

    def require_everybody(self, tx: Transaction) -> None:
        """Raise `Tampered` where somebody who was enrolled has no face at all."""


class FaceIndex(Protocol):
    """Searches faces. For one thread."""

    def refresh(self, store: Store) -> None:
        """Bring the index up to the store's revision; the first time that reads every template.

        Costs as much as was touched since. Raises `StoreUnavailable`, `FaceIndexUnavailable`.
        """

    def search(
        self,
        tx: Transaction,
        model_sha256: str,
        vector: Sequence[float],
        *,
        at_least: float,
        limit: int,
    ) -> list[FoundFace]:
        """Who looks like `vector`, a direction of any length, the most alike first."""
