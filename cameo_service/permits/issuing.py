"""Permits: a yes, decided, reserved and signed in one transaction.

issued = issue(tx, context, caller, Asked(request, draft=None))
issued.signed  # the JWS that the generator carries
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple

import structlog

from cameo_service import metrics, touched
from cameo_service.callers import Caller
from cameo_service.consent.canonical import Asked, request_document, request_hash
from cameo_service.consent.decisions import Judged, judge
from cameo_service.context import Context
from cameo_service.errors import ServiceError, Unknown, WrongState
from cameo_service.events import Event
from cameo_service.events import record as log
from cameo_service.identifiers import new_id
from cameo_service.permits import counts
from cameo_service.permits.concerned import parties_of
from cameo_service.permits.foundations import basis_of, counted, rests_on
from cameo_service.permits.status_lists import place_of
from cameo_service.signing import NotSignedHere, epoch
from permissions.decision import Decision, ReasonCode
from permissions.disclosure import requester_view
from storage.contracts import Transaction
from storage.errors import NotFound, StorageError
from storage.keys import Purpose
from storage.records import Document, InquiryRecord, PermitRecord

_log = structlog.get_logger("cameo.permits")

CONTEXT = ("purpose", "categories", "territories", "co_appearing", "remix_of")
"""What a permit repeats of the question besides the likenesses."""


class ConsentDenied(ServiceError):
    """A permit was asked for and the decision is no. `decision` is what the requester may read."""

    code = "consent_denied"

    def __init__(self, decision: Decision) -> None:
        self.decision = requester_view(decision)
        self.cameos = known_cameos(decision)
        super().__init__("; ".join(reason.message for reason in self.decision.reasons))


class PermitEnded(WrongState):
    """The permit has expired, was revoked or was given back."""

    code = "permit_ended"


class PermitSpent(WrongState):
    """A use came of the permit already: one permit is for one use."""

    code = "permit_spent"


class Issued(NamedTuple):
    """A permit's record, the signed permit, and the decision as its requester may read it."""

    record: PermitRecord
    signed: str
    decision: Decision


def known_cameos(decision: Decision) -> tuple[str, ...]:
    """The cameos that were asked about and exist, each once, in order."""
    unknown = ReasonCode.CAMEO_UNKNOWN
    return tuple(
        sorted({party.cameo_id for party in decision.parties if party.reason.code is not unknown})
    )


def issue(tx: Transaction, context: Context, caller: Caller, asked: Asked) -> Issued:
    """Decide, reserve, and sign the yes for the caller; raise `ConsentDenied` for a no.

    All of it is one transaction: a revocation comes before, and then the answer is no, or after,
    and then it finds the permit. What is reserved is reserved until the permit expires.
    """
    now = context.clock()
    judged = judge(tx, caller, asked, now=now)
    metrics.DECISIONS.labels(effect=judged.decision.effect.value).inc()
    if not judged.decision.permitted:
        raise ConsentDenied(judged.decision)
    record = _record(tx, context, caller, asked, judged=judged, now=now)
    tx.permits.add(record)
    log(tx, Event.PERMIT_ISSUED, _event(record), subjects=parties_of(record), now=now)
    counts.reserve(tx, counted(judged), permit_id=record.id, expires_at=record.expires_at, now=now)
    tx.inquiries.add(_inquiries(caller, asked, known_cameos(judged.decision), now=now, permitted=1))
    metrics.PERMITS.inc()
    shown = requester_view(judged.decision)
    claims = permit_claims(record, shown, issuer=context.settings.issuer)
    return Issued(record, context.signer.sign(Purpose.PERMIT, claims), shown)


def _record(
    tx: Transaction,
    context: Context,
    caller: Caller,
    asked: Asked,
    *,
    judged: Judged,
    now: datetime,
) -> PermitRecord:
    decision = judged.decision
    latest = now + context.settings.permit_lifetime
    own = {touched.key(caller.key_id)}
    if asked.draft is not None:
        own.add(touched.use(asked.draft))
    return PermitRecord(
        id=new_id("per"),
        requester=asked.request.requester,
        audience=caller.principal,
        action=asked.request.action.value,
        request=request_document(*asked),
        request_hash=request_hash(*asked),
        basis=basis_of(judged),
        rests_on=tuple(sorted(rests_on(judged) | own)),
        status_index=tx.permits.next_index(),
        revision=decision.revision,
        issued_by=caller.key_id,
        issued_at=now,
        expires_at=min(latest, decision.expires_at or latest),
        draft=asked.draft,
    )


def _event(record: PermitRecord) -> Document:
    """What the log commits to: who may do what with whom, on the strength of which grants."""
    return {
        "permit": record.id,
        "requester": record.requester,
        "audience": record.audience,
        "action": record.action,
        "cameos": sorted({party["cameo_id"] for party in record.basis["parties"]}),
        "grants": sorted(grant["id"] for grant in record.basis["grants"]),
        "request_sha256": record.request_hash,
    }


def note_refusal(context: Context, caller: Caller, asked: Asked, denied: ConsentDenied) -> None:
    """Count a refused attempt for the owners to see. The refusal stands whether that works or not.

    It comes after the attempt's own transaction, of which nothing stays.
    """
    now = context.clock()
    records = _inquiries(caller, asked, denied.cameos, now=now, permitted=0)
    try:
        with context.store.write() as tx:
            tx.inquiries.add(records)
    except StorageError as error:
        _log.warning("a refused permit is not counted", error=error.code)


def _inquiries(
    caller: Caller, asked: Asked, cameos: Iterable[str], *, now: datetime, permitted: int
) -> list[InquiryRecord]:
    return [
        InquiryRecord(
            cameo_id=cameo,
            day=now.date(),
            requester=asked.request.requester,
            caller=caller.principal,
            action=asked.request.action.value,
            permitted=permitted,
            refused=1 - permitted,
            last_at=now,
        )
        for cameo in cameos
    ]


def permit_claims(record: PermitRecord, decision: Decision, *, issuer: str) -> dict[str, Any]:
    """What a permit says. `decision` is what the requester may read of it."""
    asked = record.request
    claims = {
        "iss": issuer,
        "aud": record.audience,
        "sub": record.requester,
        "jti": record.id,
        "iat": epoch(record.issued_at),
        "nbf": epoch(record.issued_at),
        "exp": epoch(record.expires_at),
        "action": record.action,
        "likenesses": asked["likenesses"],
        "context": {name: asked[name] for name in CONTEXT},
        "request_hash": record.request_hash,
        "grants": [{"id": grant.id, "version": grant.version} for grant in decision.grants],
        "obligations": [
            {"kind": each.kind.value, "text": each.text} for each in decision.obligations
        ],
        "revision": record.revision,
        "status": place_of(record.status_index, issuer=issuer),
    }
    return claims if record.draft is None else {**claims, "draft": record.draft}


def held(tx: Transaction, caller: Caller, id: str) -> PermitRecord:
    """The permit, to those who act for its audience; else `Unknown`, whether it exists or not."""
    try:
        record = tx.permits.get(id)
    except NotFound:
        raise Unknown(f"there is no permit `{id}`") from None
    if not caller.acts_for_principal(record.audience):
        raise Unknown(f"there is no permit `{id}`")
    return record


def lives(record: PermitRecord, *, now: datetime) -> bool:
    """Whether the permit was neither revoked nor used and has not ended."""
    return record.revoked_at is None and record.use_id is None and now < record.expires_at


def is_believed(context: Context, signed: str) -> bool:
    """Whether the key that signed the permit was not withdrawn since."""
    try:
        context.signer.open(Purpose.PERMIT, signed)
    except NotSignedHere:
        return False
    return True


def require_live(record: PermitRecord, *, now: datetime) -> None:
    """Raise `PermitSpent` or `PermitEnded` unless the permit lives."""
    if record.use_id is not None:
        raise PermitSpent(f"a use came of permit `{record.id}` already")
    if record.revoked_at is not None:
        raise PermitEnded(f"permit `{record.id}` was revoked or given back")
    if now >= record.expires_at:
        raise PermitEnded(f"permit `{record.id}` has expired")


def release(tx: Transaction, context: Context, caller: Caller, *, id: str) -> PermitRecord:
    """Give a permit back unused: it ends, and what it reserved is free at once.

    Giving it back again changes nothing. Raises `PermitSpent` where a use came of it.
    """
    record = held(tx, caller, id)
    now = context.clock()
    if record.use_id is not None:
        require_live(record, now=now)
    if tx.permits.revoke(id, now=now):
        counts.release(tx, id, now=now)
        log(tx, Event.PERMIT_REVOKED, {"permits": [id]}, subjects=parties_of(record), now=now)
        tx.revisions.touch(touched.permit(id), now=now)
    return tx.permits.get(id)
