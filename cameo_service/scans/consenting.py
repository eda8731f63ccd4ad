"""Is there consent for each of the recognized: by the permit, or by the decision procedure.

consents = consents_for(tx, context, scan, ["cam_1"])
"""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from cameo_service.callers import of_key
from cameo_service.consent.canonical import Asked, request_from
from cameo_service.consent.decisions import judge
from cameo_service.context import Context
from cameo_service.errors import Unknown
from permissions.decision import Effect
from permissions.disclosure import requester_view
from permissions.vocabulary import Facet
from storage.contracts import Transaction
from storage.records import PermitRecord, RecallState, ScanRecord

NO_BASIS = "nothing_asked"
NOT_IN_PERMIT = "not_in_permit"
IN_PERMIT = "in_permit"


class Consent(NamedTuple):
    """Yes or no for one cameo, with codes that the caller may read."""

    given: bool
    reasons: tuple[str, ...]


def consents_for(
    tx: Transaction, context: Context, scan: ScanRecord, cameos: Sequence[str]
) -> dict[str, Consent]:
    """The consent of each cameo. Without a permit and without a question there is none."""
    if not cameos:
        return {}
    if scan.permit_id is not None:
        permit = tx.permits.get(scan.permit_id)
        return {id: _by_permit(tx, permit, id, now=context.clock()) for id in cameos}
    if scan.question is not None:
        return _by_decision(tx, context, scan, cameos)
    return dict.fromkeys(cameos, Consent(given=False, reasons=(NO_BASIS,)))


def _by_permit(tx: Transaction, permit: PermitRecord, cameo_id: str, *, now: datetime) -> Consent:
    ended = why_ended(tx, permit, now=now)
    if ended is not None:
        return Consent(given=False, reasons=(ended,))
    covered = any(
        likeness["cameo_id"] == cameo_id and Facet.FACE.value in likeness["facets"]
        for likeness in permit.request["likenesses"]
    )
    return Consent(given=covered, reasons=(IN_PERMIT if covered else NOT_IN_PERMIT,))


def why_ended(tx: Transaction, permit: PermitRecord, *, now: datetime) -> str | None:
    """Why nothing can be made or shown on this permit any more, or None.

    One that a use came of goes on with the use, until that is recalled.
    """
    if permit.revoked_at is not None:
        return "permit_revoked"
    if permit.use_id is None:
        return "permit_expired" if now >= permit.expires_at else None
    use = tx.uses.get(permit.use_id)
    return "use_recalled" if use.recall in (RecallState.OPEN, RecallState.DONE) else None


def _by_decision(
    tx: Transaction, context: Context, scan: ScanRecord, cameos: Sequence[str]
) -> dict[str, Consent]:
    """What the decision procedure says of all of them in one request."""
    question = dict(scan.question or {})
    change = question.pop("appearance_change")
    likenesses = [
        {"cameo_id": id, "facets": [Facet.FACE.value], "appearance_change": change}
        for id in sorted(cameos)
    ]
    request, _ = request_from({**question, "likenesses": likenesses})
    key = tx.keys.find(scan.created_by)
    if key is None:
        raise Unknown(f"the key `{scan.created_by}` is gone")
    now = context.clock()
    decision = requester_view(judge(tx, of_key(key), Asked(request, None), now=now).decision)
    answers = {}
    # a denial of the whole that is no party's own is everybody's
    whole = decision.permitted or any(each.effect is not Effect.PERMIT for each in decision.parties)
    for id in cameos:
        parties = [party for party in decision.parties if party.cameo_id == id]
        reasons = tuple(dict.fromkeys(party.reason.code.value for party in parties))
        given = whole and bool(parties) and all(each.effect is Effect.PERMIT for each in parties)
        answers[id] = Consent(given=given, reasons=reasons)
    return answers
