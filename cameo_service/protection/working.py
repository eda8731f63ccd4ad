"""The worker's part: make the template of a protected face, and forget its stills.

protect(context, models, job, token=token)
"""

from dataclasses import replace

from cameo_service import touched
from cameo_service.context import Context
from cameo_service.enrollments.likenesses import template_of
from cameo_service.enrollments.uniqueness import CODE, tell_those_alike
from cameo_service.erasure.texts import is_forgotten
from cameo_service.recognition.knowing import Known, who_is
from cameo_service.scans.working import Sighting, look
from cameo_service.uploads import forget
from storage.contracts import Transaction
from storage.records import JobRecord, ProtectedFaceRecord, ProtectedState
from verification.faces.contracts import FaceTemplate
from verification.matching import Embedding, farthest_apart, mean_direction
from verification.media import MediaError
from verification.packs.loading import Models


class UnfitStills(ValueError):
    """No template can be made of these stills. `code` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def protect(context: Context, models: Models, job: JobRecord, *, token: str) -> None:
    """Make the template that the job is for. Every still must show one face, the same in all.

    Raises `FaceIndexUnavailable` where nobody can tell whose face it is; the job is tried again.
    """
    with context.store.read() as tx:
        record = tx.protected_faces.find(str(job.payload["protected"]))
    if record is None or record.state is not ProtectedState.PENDING:
        with context.store.write() as tx:
            tx.jobs.finish(job.id, token=token)
        return
    try:
        seen = look(context, models, record.stills)
        vector = _direction_of(seen, len(record.stills), models.thresholds.face_match.value)
    except (MediaError, UnfitStills) as error:
        with context.store.write() as tx:
            tx.jobs.finish(job.id, token=token)
            give_up(tx, context, record.id, code=error.code)
    else:
        context.faces.refresh(context.store)
        with context.store.write() as tx:
            tx.jobs.finish(job.id, token=token)
            _settle(tx, context, models, record, vector)
    forget(context, record.stills)


def give_up(tx: Transaction, context: Context, id: str, *, code: str) -> ProtectedFaceRecord | None:
    """End an entry that protects nobody; None where it waits no more."""
    record = tx.protected_faces.find(id)
    if record is None or record.state is not ProtectedState.PENDING:
        return None
    now = context.clock()
    state = ProtectedState.FAILED
    ended = replace(record, state=state, error=code, stills=(), updated_at=now)
    if record.principal is not None and is_forgotten(tx, record.principal):
        ended = replace(ended, label="", reason="")
    tx.protected_faces.save(ended)
    return record


def _direction_of(seen: list[Sighting], stills: int, at_most: float) -> Embedding:
    """The mean of the faces in `stills` files, which are `at_most` this cosine distance apart.

    Raises `UnfitStills`.
    """
    if len({sighting.file for sighting in seen}) < stills:
        raise UnfitStills("no_face")
    if len(seen) > stills:
        raise UnfitStills("several_faces")
    vectors = [vector for sighting in seen for vector in sighting.face.embeddings]
    if len(vectors) > 1 and farthest_apart(vectors) > at_most:
        raise UnfitStills("faces_differ")
    return mean_direction(vectors)


def _settle(
    tx: Transaction,
    context: Context,
    models: Models,
    record: ProtectedFaceRecord,
    vector: Embedding,
) -> None:
    """Protect the face, unless it is said to be one's and was proven to be another's.

    Or anybody could have another's face denied everywhere, and read in notices where it is shown.
    Operators, who add a face for nobody in particular, may: they answer for it.
    """
    face = FaceTemplate.made_by(models.faces, vector)
    alike = who_is(tx, context, face, within=models.thresholds.face_search.value)
    others = [each for each in alike if _is_anothers(each, record)]
    if record.principal is None or not others:
        return _activate(tx, context, record.id, face)
    if give_up(tx, context, record.id, code=CODE) is not None:
        tell_those_alike(tx, context, others)
    return None


def _is_anothers(known: Known, record: ProtectedFaceRecord) -> bool:
    """Whether it is a cameo, live and proven, of somebody else."""
    proven = known.cameo is not None and not known.waits
    return proven and known.principal != record.principal


def _activate(tx: Transaction, context: Context, id: str, face: FaceTemplate) -> None:
    record = tx.protected_faces.get(id)
    if record.state is not ProtectedState.PENDING:
        return
    now = context.clock()
    tx.templates.put([template_of(id, "face", face, now=now)])
    tx.revisions.touch(touched.protected(id), now=now)
    state, model = ProtectedState.ACTIVE, face.model
    tx.protected_faces.save(replace(record, state=state, model=model, stills=(), updated_at=now))
