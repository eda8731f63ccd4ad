"""The question and its answer: facts from the store, the decision over them, the permit.

Facts and the whole decision stay in here. Callers are given what a requester may read of it.

answer = check(tx, caller, request, now=now)
"""

from dataclasses import asdict
from datetime import datetime
from typing import Any

from cameo_service import metrics
from cameo_service.callers import Caller
from cameo_service.context import Context
from cameo_service.documents import policy_from, terms_from
from cameo_service.errors import ServiceError
from cameo_service.identifiers import new_id
from cameo_service.signing import canonical_hash, epoch
from permissions.decide import decide
from permissions.decision import Decision, ReasonCode
from permissions.disclosure import requester_view
from permissions.facts import CameoFacts, CameoStatus, Facts, GrantFacts
from permissions.request import ConsentRequest
from permissions.vocabulary import Principal
from storage.contracts import Transaction
from storage.keys import Purpose
from storage.records import CameoRecord, GrantRecord, PermitRecord

REQUEST_HASH_VERSION = 1


class ConsentDenied(ServiceError):
    """A permit was asked for and the decision is no. `decision` is what the requester may read."""

    code = "consent_denied"

    def __init__(self, decision: Decision) -> None:
        self.decision = requester_view(decision)
        super().__init__("; ".join(reason.message for reason in self.decision.reasons))


def check(tx: Transaction, caller: Caller, request: ConsentRequest, *, now: datetime) -> Decision:
    """What the requester may read of the decision on `request`. Changes nothing."""
    return requester_view(_decide(tx, caller, request, now=now))


def _decide(tx: Transaction, caller: Caller, request: ConsentRequest, *, now: datetime) -> Decision:
    """Decide over the state that `tx` sees, for a caller that may ask for its requester."""
    caller.require_acting_for(request.requester)
    decision = decide(request, compile_facts(tx, request), now=now)
    metrics.DECISIONS.labels(effect=decision.effect.value).inc()
    return decision


def compile_facts(tx: Transaction, request: ConsentRequest) -> Facts:
    """Everything in the store that bears on `request`.

    The store holds persons of age, their policies and their own grants. It cannot hold, so far:
    characters, minors, the dead, mandates, relationships, blocks, restrictions and reviews,
    sublicences and counts, one-off approvals, earlier uses, standings and the deployment's rules.
    The steps that judge those find nothing to judge, and what could only rest on them is denied.
    """
    cameos: dict[str, CameoFacts] = {}
    grants: list[GrantFacts] = []
    for id in {likeness.cameo_id for likeness in request.likenesses}:
        cameo = tx.cameos.find(id)
        if cameo is None:
            continue
        cameos[id] = _cameo_facts(tx, cameo)
        grants += [_grant_facts(grant) for grant in tx.grants.between(id, request.requester)]
    return Facts(revision=tx.revisions.current(), cameos=cameos, grants=tuple(grants))


def _cameo_facts(tx: Transaction, record: CameoRecord) -> CameoFacts:
    return CameoFacts(
        id=record.id,
        owner=Principal(record.owner),
        status=CameoStatus(record.status),
        credential_expires_at=record.credential_expires_at,
        policy=policy_from(tx.policies.current(record.id).document),
    )


def _grant_facts(record: GrantRecord) -> GrantFacts:
    return GrantFacts(
        id=record.id,
        version=record.version,
        cameo_id=record.cameo_id,
        grantor=Principal(record.grantor),
        grantee=Principal(record.grantee),
        terms=terms_from(record.terms),
        revoked=record.revoked_at is not None,
    )


def issue_permit(
    tx: Transaction, context: Context, caller: Caller, request: ConsentRequest
) -> tuple[PermitRecord, str, Decision]:
    """Decide, and sign the yes for the caller; raise `ConsentDenied` for a no.

    The decision and the permit's record are one transaction: a revocation comes before both or
    after both, and then it finds the permit. The record rests on all that the decision rests on;
    the permit, and the decision that comes with it, say what the requester may read.
    """
    now = context.clock()
    decision = _decide(tx, caller, request, now=now)
    if not decision.permitted:
        raise ConsentDenied(decision)
    latest = now + context.settings.permit_lifetime
    record = PermitRecord(
        id=new_id("per"),
        requester=request.requester,
        audience=caller.principal,
        action=request.action.value,
        request_hash=request_hash(request),
        rests_on=rests_on(decision),
        revision=decision.revision,
        issued_by=caller.key_id,
        issued_at=now,
        expires_at=min(latest, decision.expires_at or latest),
    )
    tx.permits.add(record)
    metrics.PERMITS.inc()
    shown = requester_view(decision)
    claims = permit_claims(record, request, shown, issuer=context.settings.issuer)
    return record, context.signer.sign(Purpose.PERMIT, claims), shown


def permit_lives(tx: Transaction, id: str, *, now: datetime) -> bool:
    """Whether the permit was neither revoked nor has ended."""
    record = tx.permits.get(id)
    return record.revoked_at is None and now < record.expires_at


def rests_on(decision: Decision) -> tuple[str, ...]:
    """The keys whose end ends a permit: cameos, grants, one-off approvals, policies.

    The owner's own permits do not rest on the policy; all others have passed it, whatever their
    basis. A mandate has no key of its own: with it ends what it opened on its cameo.
    """
    keys = {f"cameo:{party.cameo_id}" for party in decision.parties}
    keys |= {f"grant:{grant.id}" for grant in decision.grants}
    keys |= {f"approval:{id}" for id in decision.approvals}
    keys |= {
        f"policy:{party.cameo_id}"
        for party in decision.parties
        if party.reason.code is not ReasonCode.IS_OWNER
    }
    return tuple(sorted(keys))


def request_document(request: ConsentRequest) -> dict[str, Any]:
    """The request as JSON data in a canonical order: what the request hash is over."""
    return {
        "version": REQUEST_HASH_VERSION,
        "requester": request.requester,
        "action": request.action.value,
        "likenesses": [
            {"cameo": likeness.cameo_id, "facets": sorted(facet.value for facet in likeness.facets)}
            for likeness in sorted(request.likenesses, key=lambda likeness: likeness.cameo_id)
        ],
    }


def request_hash(request: ConsentRequest) -> str:
    """SHA-256 in hex of the canonical JSON (RFC 8785) of `request_document`."""
    return canonical_hash(request_document(request))


def permit_claims(
    record: PermitRecord, request: ConsentRequest, decision: Decision, *, issuer: str
) -> dict[str, Any]:
    """What a permit says."""
    document = request_document(request)
    return {
        "iss": issuer,
        "aud": record.audience,
        "sub": record.requester,
        "jti": record.id,
        "iat": epoch(record.issued_at),
        "nbf": epoch(record.issued_at),
        "exp": epoch(record.expires_at),
        "action": record.action,
        "likenesses": document["likenesses"],
        "request_hash": record.request_hash,
        "grants": [asdict(grant) for grant in decision.grants],
        "revision": record.revision,
    }
