"""The worker's part of a scan: look, recognize, ask for consent, tell, and forget the upload.

    scan(context, models, job, token=token)

The answer is written in the transaction in which it was true. Whatever goes wrong ends in an error
and never in `allow`.
"""

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, NamedTuple

from cameo_service.context import Context
from cameo_service.notices.telling import NoticeKind, tell
from cameo_service.recognition.beside import require_searched
from cameo_service.recognition.knowing import Known, who_is
from cameo_service.scans.consenting import Consent, consents_for
from cameo_service.uploads import forget
from storage.contracts import Transaction
from storage.records import InquiryRecord, JobRecord, ScanRecord, ScanState
from verification.cage import pictures_in_cage
from verification.faces.contracts import FaceTemplate
from verification.media import MediaError
from verification.packs.loading import Models
from verification.recognition import SeenFace, faces_in

PROTECTED = "protected"
MOST_FACES = 400
"""In one upload. Each is searched for among all while the store waits."""

ACTION = "scan"
"""What a scan is called in the owner's list of who asked."""


class Sighting(NamedTuple):
    """A face in one file of the upload."""

    file: int
    face: SeenFace


def scan(
    context: Context,
    models: Models,
    job: JobRecord,
    *,
    token: str,
    searched: Sequence[Models] = (),
) -> None:
    """Carry out the scan that the job is for.

    `searched` are the models that it takes besides to know everybody. Raises
    `FaceIndexUnavailable` where it takes more.
    """
    with context.store.read() as tx:
        record = tx.scans.find(str(job.payload["scan"]))
    if record is None or record.state is not ScanState.PROCESSING:
        with context.store.write() as tx:
            tx.jobs.finish(job.id, token=token)
        return
    try:
        seen = [(each, look(context, each, record.uploads)) for each in (models, *searched)]
    except MediaError as error:
        with context.store.write() as tx:
            tx.jobs.finish(job.id, token=token)
            give_up(tx, context, record.id, code=error.code)
    else:
        context.faces.refresh(context.store)
        with context.store.write() as tx:
            tx.jobs.finish(job.id, token=token)
            require_searched(tx, models, searched)
            _answer(tx, context, record, seen)
    forget(context, record.uploads)


def give_up(tx: Transaction, context: Context, id: str, *, code: str) -> ScanRecord | None:
    """End a scan without an answer; None where it has ended already."""
    record = tx.scans.find(id)
    if record is None or record.state is not ScanState.PROCESSING:
        return None
    failed = replace(
        record, state=ScanState.FAILED, error=code, uploads=(), updated_at=context.clock()
    )
    tx.scans.save(failed)
    return record


def look(context: Context, models: Models, uploads: Sequence[dict[str, Any]]) -> list[Sighting]:
    """Every face in the files that the documents `uploads` name.

    Raises `MediaError` for the first file that cannot be read, and for too many faces.
    """
    found = []
    for number, document in enumerate(uploads):
        with tempfile.TemporaryFile() as spool:
            context.blobs.fetch(str(document["blob"]), spool)
            frames = pictures_in_cage(spool, context.settings.scan_limits)
            found += [Sighting(number, face) for face in faces_in(models.faces, frames)]
        if len(found) > MOST_FACES:
            raise MediaError("too_many_faces", f"over {MOST_FACES} faces in one upload")
    return found


def _answer(
    tx: Transaction,
    context: Context,
    record: ScanRecord,
    seen: Sequence[tuple[Models, list[Sighting]]],
) -> None:
    known = list(_known_among(tx, context, seen))
    recognized = {each.id: each for _, group in known for each in group}
    cameos = sorted(id for id, each in recognized.items() if each.cameo is not None)
    consents = consents_for(tx, context, record, cameos)
    faces = [_face_document(sighting, group, consents) for sighting, group in known]
    allowed = all(face["consent"] is not False for face in faces)
    result = {"decision": "allow" if allowed else "deny", "faces": faces}
    current = tx.scans.get(record.id)
    now = context.clock()
    done = replace(current, state=ScanState.DONE, result=result, uploads=(), updated_at=now)
    tx.scans.save(done)
    _count(tx, record, consents, now=now)
    _tell(tx, context, record, recognized, consents)


def _known_among(
    tx: Transaction, context: Context, seen: Sequence[tuple[Models, list[Sighting]]]
) -> Iterator[tuple[Sighting, list[Known]]]:
    """Every face with whom it is known to be: of further models, only whom they recognize."""
    for number, (models, sightings) in enumerate(seen):
        for sighting in sightings:
            known = _known_in(tx, context, models, sighting.face)
            if known or number == 0:
                yield sighting, known


def _known_in(tx: Transaction, context: Context, models: Models, face: SeenFace) -> list[Known]:
    """Everybody whom one of the face's embeddings is like, each once.

    A protected face whose person is enrolled as well speaks through the cameo. One that waits for a
    review says nothing, and its holder is not told: anybody may try to enroll with another's face.
    """
    found: dict[str, Known] = {}
    within = models.thresholds.face_search.value
    for vector in face.embeddings:
        template = FaceTemplate.made_by(models.faces, vector)
        for each in who_is(tx, context, template, within=within):
            if not each.waits:
                found.setdefault(each.id, each)
    enrolled = {each.principal for each in found.values() if each.cameo is not None}
    return [
        each for each in found.values() if each.cameo is not None or each.principal not in enrolled
    ]


def _face_document(
    sighting: Sighting, known: list[Known], consents: dict[str, Consent]
) -> dict[str, Any]:
    """What the caller reads of one face. Whoever is recognized must consent, all of them."""
    said = [_recognized_document(each, consents) for each in known]
    left, top, right, bottom = (round(side, 4) for side in sighting.face.box)
    return {
        "file": sighting.file,
        "time_s": round(sighting.face.time_s, 3),
        "box": {"left": left, "top": top, "right": right, "bottom": bottom},
        "recognized": said,
        "consent": all(each["consent"] for each in said) if said else None,
    }


def _recognized_document(known: Known, consents: dict[str, Consent]) -> dict[str, Any]:
    if known.cameo is None:
        return {"kind": PROTECTED, "cameo_id": None, "consent": False, "reasons": [PROTECTED]}
    consent = consents[known.id]
    return {
        "kind": "cameo",
        "cameo_id": known.id,
        "consent": consent.given,
        "reasons": list(consent.reasons),
    }


def _count(
    tx: Transaction, record: ScanRecord, consents: dict[str, Consent], *, now: datetime
) -> None:
    """Let it stand in the owners' lists of who asked."""
    inquiries = [
        InquiryRecord(
            cameo_id=id,
            day=now.date(),
            requester=record.requester,
            caller=record.caller,
            action=ACTION,
            permitted=int(consent.given),
            refused=int(not consent.given),
            last_at=now,
        )
        for id, consent in consents.items()
    ]
    tx.inquiries.add(inquiries)


def _tell(
    tx: Transaction,
    context: Context,
    record: ScanRecord,
    recognized: dict[str, Known],
    consents: dict[str, Consent],
) -> None:
    """Tell those who are recognized and did not consent."""
    for id, known in recognized.items():
        denied = known.cameo is None or not consents[id].given
        if denied and known.principal is not None:
            body = {**known.named, "requester": record.requester, "caller": record.caller}
            tell(tx, context, known.principal, NoticeKind.SCAN_DENIED, body)
