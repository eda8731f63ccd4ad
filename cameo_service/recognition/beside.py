"""The packs beside the active one, for whoever has only faces that their models made.

    models_beside = beside(tx, models, others)
    require_searched(tx, models, models_beside)     # again, in the transaction that answers

Faces of different models never meet. So after a change of packs somebody who has not been migrated
yet, or was protected before it, is found by the models of the pack before, and by no others.
"""

from collections.abc import Sequence
from typing import NamedTuple

from cameo_service.enrollments.comparing import Others
from storage.contracts import Transaction
from storage.errors import FaceIndexUnavailable
from verification.faces.contracts import FaceTemplate
from verification.packs.loading import Models
from verification.packs.manifest import Role
from verification.report import Verification
from verification.sampling import face_from


class Probe(NamedTuple):
    """A face by one model, and the distance within which another is the same among all."""

    face: FaceTemplate
    within: float


def beside(tx: Transaction, models: Models, others: Others) -> tuple[Models, ...]:
    """The packs that it takes beside `models` to know everybody.

    Raises `FaceIndexUnavailable` where one is not here any more: whoever only it can find must not
    be taken for nobody.
    """
    found = []
    for sha256 in tx.templates.only_of_others("face", models.faces.sha256):
        made_by = others(Role.RECOGNIZER, sha256)
        if made_by is None:
            raise FaceIndexUnavailable(
                f"some faces were made by the model `{sha256}` alone, and no pack has it: bring "
                "the pack back, or renew these cameos and add these protected faces again"
            )
        found.append(made_by)
    return tuple(found)


def require_searched(tx: Transaction, models: Models, searched: Sequence[Models]) -> None:
    """Raise `FaceIndexUnavailable` where it takes more than `searched` by now."""
    known = {each.faces.sha256 for each in searched}
    if set(tx.templates.only_of_others("face", models.faces.sha256)) - known:
        raise FaceIndexUnavailable("faces of another model came meanwhile: look again")


def probes_of(verification: Verification, searched: Sequence[Models]) -> tuple[Probe, ...]:
    """The face that was verified, as each of `searched` sees it in the stills.

    Raises `FaceIndexUnavailable` where one sees none.
    """
    probes = []
    for models in searched:
        face = face_from(verification.samples, models.faces)
        if face is None:
            raise FaceIndexUnavailable("the models of another pack find no face in the stills")
        probes.append(Probe(face, models.thresholds.face_search.value))
    return tuple(probes)
