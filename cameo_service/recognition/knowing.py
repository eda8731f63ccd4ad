"""Find a face among the cameos of people and the protected faces, as one transaction sees them.

    known = who_is(tx, context, template, within=models.thresholds.face_search.value)

The index names who looks alike; what counts is what the transaction says of them.
"""

from dataclasses import dataclass

from cameo_service.context import Context
from permissions.facts import CameoStatus
from storage.contracts import Transaction
from storage.records import CameoRecord, ProtectedFaceRecord, ProtectedState
from verification.faces.contracts import FaceTemplate

MOST = 50
"""How many who look alike are looked at, the most alike first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """Somebody with this face, and the cosine `similarity`, which stays with reviewers."""

    similarity: float
    record: CameoRecord | ProtectedFaceRecord

    @property
    def id(self) -> str:
        """The id of the cameo or of the protected face."""
        return self.record.id

    @property
    def cameo(self) -> CameoRecord | None:
        """The cameo, where it is one."""
        return self.record if isinstance(self.record, CameoRecord) else None

    @property
    def protected(self) -> ProtectedFaceRecord | None:
        """The protected face, where it is one."""
        return self.record if isinstance(self.record, ProtectedFaceRecord) else None

    @property
    def named(self) -> dict[str, str]:
        """How a notice names it: `cameo_id` or `protected_face_id`, and the id."""
        return {"protected_face_id" if self.cameo is None else "cameo_id": self.id}

    @property
    def waits(self) -> bool:
        """Whether it is a cameo that is not proven yet: whoever holds one may be nobody."""
        return self.cameo is not None and self.cameo.status is CameoStatus.PENDING

    @property
    def principal(self) -> str | None:
        """Whose face it is, as far as that is known."""
        if isinstance(self.record, CameoRecord):
            return self.record.owner
        return self.record.principal


def who_is(
    tx: Transaction, context: Context, face: FaceTemplate, *, within: float
) -> tuple[Known, ...]:
    """Everybody whose face is `within` this cosine distance, the most alike first.

    Raises `FaceIndexUnavailable`: whoever asks must not take that for nobody.
    """
    found = context.faces.search(
        tx, face.model_sha256, face.vector, at_least=1.0 - within, limit=MOST
    )
    known = [_known(tx, each.subject, each.similarity) for each in found]
    return tuple(each for each in known if each is not None)


def _known(tx: Transaction, subject: str, similarity: float) -> Known | None:
    cameo = tx.cameos.find(subject)
    if cameo is not None:
        return None if cameo.status.is_ended else Known(similarity=similarity, record=cameo)
    protected = tx.protected_faces.find(subject)
    if protected is not None and protected.state is ProtectedState.ACTIVE:
        return Known(similarity=similarity, record=protected)
    # templates that wait with a renewal for its review are nobody's yet
    return None
