"""What people wrote about a cameo, and about its owner once the last of the cameos goes.

counts, altered = destroy_texts(tx, cameo, now=now)

The records stay where others need them, without the words. `docs/erasure.md` lists every column.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

from cameo_service import touched
from cameo_service.altered import passed_over
from cameo_service.context import Context
from cameo_service.documents import DamagedDocument, terms_from
from permissions.facts import CameoStatus
from permissions.vocabulary import Standing
from storage.contracts import Transaction
from storage.records import (
    CameoRecord,
    MandateRecord,
    ProtectedFaceRecord,
    ProtectedState,
)

AT_ONCE = 200
UNPROTECTED = (ProtectedState.REMOVED, ProtectedState.FAILED)


class DestroyedTexts(NamedTuple):
    """How many texts there were, by kind, and the uses of which nobody can tell: somebody altered
    what was said in their recall, and it went as a whole."""

    counts: dict[str, int]
    altered: frozenset[str]


def destroy_texts(tx: Transaction, cameo: CameoRecord, *, now: datetime) -> DestroyedTexts:
    """Why grants ended and uses were called back; of the last cameo, what is said of its owner."""
    reasons, altered = tx.uses.forget_reasons(touched.cameo(cameo.id))
    passed_over("recall", altered)
    counts = {"reasons": tx.grants.forget_reasons(cameo.id) + reasons}
    if is_last(tx, cameo):
        counts |= _about_person(tx, cameo.owner, now=now)
    return DestroyedTexts(counts, frozenset(altered))


def is_last(tx: Transaction, cameo: CameoRecord) -> bool:
    """Whether its owner is a person of whom no other cameo lives."""
    others = [each for each in tx.cameos.owned_by(cameo.owner) if each.id != cameo.id]
    return cameo.owner.startswith("user:") and all(each.status.is_ended for each in others)


def is_forgotten(tx: Transaction, principal: str) -> bool:
    """Whether the last cameo of this person was erased: what ends from then on keeps no words."""
    owned = tx.cameos.owned_by(principal)
    erased = any(each.status is CameoStatus.ERASED for each in owned)
    return principal.startswith("user:") and erased and all(each.status.is_ended for each in owned)


def sweep_texts(context: Context) -> None:
    """Take what is said of mandates over forgotten persons that ended by the clock alone."""
    after, now = None, context.clock()
    while True:
        with context.store.read() as tx:
            page = tx.mandates.of_erased(limit=AT_ONCE, after=after)
        if not page:
            return
        over = [each.id for each in page if _says_something(each, now=now)]
        if over:
            _take_words(context, over)
        after = page[-1].id


def _take_words(context: Context, mandates: Sequence[str]) -> None:
    with context.store.write() as tx:
        for id in mandates:
            mandate = tx.mandates.get(id)
            if is_forgotten(tx, mandate.represented):
                tx.mandates.save(replace(mandate, evidence="", revocation_reason=None))


def faces_without_words(tx: Transaction, principal: str) -> list[str]:
    """The ids of the faces of this person that are protected no more, and lost their labels."""
    return [
        each.id
        for each in _faces(tx, principal)
        if each.state in UNPROTECTED and not each.label and not each.reason
    ]


def _about_person(tx: Transaction, principal: str, *, now: datetime) -> dict[str, int]:
    over = [each for each in tx.mandates.of(principal) if _says_something(each, now=now)]
    for mandate in over:
        tx.mandates.save(replace(mandate, evidence="", revocation_reason=None))
    faces = [
        each
        for each in _faces(tx, principal)
        if each.state in UNPROTECTED and (each.label or each.reason)
    ]
    for face in faces:
        tx.protected_faces.save(replace(face, label="", reason=""))
    known = tx.principals.find(principal)
    explained = known is not None and known.standing is Standing.ACTIVE and known.standing_reason
    if known is not None and explained:
        tx.principals.save(replace(known, standing_reason=None))
    return {
        "mandates": len(over),
        "protected_faces": len(faces),
        "standing_reasons": int(bool(explained)),
    }


def _says_something(mandate: MandateRecord, *, now: datetime) -> bool:
    """A mandate that stands keeps its evidence: who speaks for the person next rests on it."""
    is_over = mandate.revoked_at is not None or _is_past(mandate, now=now)
    return is_over and bool(mandate.evidence or mandate.revocation_reason)


def _is_past(mandate: MandateRecord, *, now: datetime) -> bool:
    try:
        return terms_from(mandate.scope).is_past_at(now)
    except DamagedDocument:
        # it lets nobody do anything, and keeps no erasure from its end
        return True


def _faces(tx: Transaction, principal: str) -> Iterator[ProtectedFaceRecord]:
    after = None
    while page := tx.protected_faces.of(principal, limit=AT_ONCE, after=after):
        yield from page
        after = page[-1].id
