"""The decision procedure. The numbers are those of the design, and stand in every reason.

Deny overrides, default deny, most restrictive wins. Steps that the design lists and this version
does not have yet (2 requester standing, 4 deployment rules, 5 restrictions, 7 underlying rights,
8 remix ancestry, 9 review, 10 obligations) are not skipped checks: the facts they would judge
cannot be stored yet either.

    >>> from datetime import UTC, datetime
    >>> from permissions.vocabulary import Action, Principal
    >>> empty = Facts(revision=1, cameos={}, grants=())
    >>> nothing = ConsentRequest(
    ...     requester=Principal("user:bob"), action=Action.GENERATE, likenesses=()
    ... )
    >>> decide(nothing, empty, now=datetime(2026, 1, 1, tzinfo=UTC)).effect
    <Effect.DENY: 'deny'>
"""

from datetime import datetime

from permissions.decision import (
    Decision,
    Effect,
    GrantReference,
    PartyOutcome,
    Reason,
    ReasonCode,
)
from permissions.facts import CameoFacts, CameoStatus, Facts, GrantFacts
from permissions.request import ConsentRequest, Likeness
from permissions.vocabulary import Audience

ASK_OWNER = "the owner can grant this"


def decide(request: ConsentRequest, facts: Facts, *, now: datetime) -> Decision:
    """Answer `request` from `facts` alone. `now` must be an aware datetime."""
    # 1. The request is well formed.
    malformed = _malformed(request)
    if malformed is not None:
        return Decision(
            effect=Effect.DENY, parties=(), reasons=(malformed,), revision=facts.revision
        )
    # Several likenesses: every one must say yes.
    parties = tuple(
        _decide_party(request, likeness, facts, now=now) for likeness in request.likenesses
    )
    denials = tuple(party.reason for party in parties if party.effect is Effect.DENY)
    if denials:
        return Decision(
            effect=Effect.DENY, parties=parties, reasons=denials, revision=facts.revision
        )
    return Decision(
        effect=Effect.PERMIT,
        parties=parties,
        reasons=tuple(party.reason for party in parties),
        revision=facts.revision,
        # 10. The decision ends with the earliest end of all that it rests on.
        expires_at=_earliest(*(party.expires_at for party in parties)),
    )


def _malformed(request: ConsentRequest) -> Reason | None:
    named = [likeness.cameo_id for likeness in request.likenesses]
    if not named:
        message = "the request names no likeness"
    elif len(set(named)) != len(named):
        message = "the request names a likeness twice"
    elif not all(likeness.facets for likeness in request.likenesses):
        message = "the request names a likeness without a facet"
    else:
        return None
    return Reason(code=ReasonCode.REQUEST_MALFORMED, step=1, message=message)


def _decide_party(
    request: ConsentRequest, likeness: Likeness, facts: Facts, *, now: datetime
) -> PartyOutcome:
    # 3. The cameo is active and its identity credential valid.
    cameo = facts.cameos.get(likeness.cameo_id)
    if cameo is None:
        return _deny(likeness, ReasonCode.CAMEO_UNKNOWN, 3, "there is no such cameo")
    if cameo.status is not CameoStatus.ACTIVE:
        return _deny(likeness, ReasonCode.CAMEO_NOT_ACTIVE, 3, "the cameo cannot be used now")
    if now >= cameo.credential_expires_at:
        return _deny(
            likeness,
            ReasonCode.CREDENTIAL_EXPIRED,
            3,
            "the identity credential of the cameo has expired",
            could_change="the owner can enroll again",
        )
    # 6. A basis, or no.
    basis = _basis(request, likeness, cameo, facts, now=now)
    if basis is None:
        return _deny(
            likeness,
            ReasonCode.NO_BASIS,
            6,
            f"nothing allows this requester to {request.action} with this likeness",
            could_change=ASK_OWNER,
        )
    return basis


def _basis(
    request: ConsentRequest,
    likeness: Likeness,
    cameo: CameoFacts,
    facts: Facts,
    *,
    now: datetime,
) -> PartyOutcome | None:
    ends = cameo.credential_expires_at
    if request.requester == cameo.owner:
        return _permit(likeness, ReasonCode.IS_OWNER, "the requester owns the cameo", ends)
    if _in_audience(request, cameo):
        message = f"the owner lets this requester {request.action}"
        return _permit(likeness, ReasonCode.IN_AUDIENCE, message, ends)
    grant = _covering_grant(request, likeness, cameo, facts, now=now)
    if grant is None:
        return None
    return _permit(
        likeness,
        ReasonCode.COVERED_BY_GRANT,
        "a grant covers the request",
        _earliest(ends, grant.terms.not_after),
        grants=(GrantReference(id=grant.id, version=grant.version),),
    )


def _in_audience(request: ConsentRequest, cameo: CameoFacts) -> bool:
    match cameo.policy.audience_for(request.action):
        case Audience.EVERYONE:
            return True
        case Audience.APPROVED:
            return request.requester in cameo.policy.approved
        case _:
            return False


def _covering_grant(
    request: ConsentRequest,
    likeness: Likeness,
    cameo: CameoFacts,
    facts: Facts,
    *,
    now: datetime,
) -> GrantFacts | None:
    """The covering grant that lasts longest; the smallest id among equals, for a stable answer."""
    covering = [
        grant
        for grant in facts.grants
        if grant.cameo_id == likeness.cameo_id
        and grant.grantor == cameo.owner
        and grant.grantee == request.requester
        and not grant.revoked
        and grant.terms.is_open_at(now)
        and grant.terms.covers_action(request.action)
        and grant.terms.covers_facets(likeness.facets)
    ]
    return min(covering, key=_lasting_longest_first, default=None)


def _lasting_longest_first(grant: GrantFacts) -> tuple[bool, float, str]:
    end = grant.terms.not_after
    return (end is not None, -end.timestamp() if end else 0.0, grant.id)


def _permit(
    likeness: Likeness,
    code: ReasonCode,
    message: str,
    expires_at: datetime | None,
    grants: tuple[GrantReference, ...] = (),
) -> PartyOutcome:
    return PartyOutcome(
        cameo_id=likeness.cameo_id,
        effect=Effect.PERMIT,
        reason=Reason(code=code, step=6, message=message),
        grants=grants,
        expires_at=expires_at,
    )


def _deny(
    likeness: Likeness,
    code: ReasonCode,
    step: int,
    message: str,
    could_change: str | None = None,
) -> PartyOutcome:
    return PartyOutcome(
        cameo_id=likeness.cameo_id,
        effect=Effect.DENY,
        reason=Reason(code=code, step=step, message=message),
        could_change=could_change,
    )


def _earliest(*moments: datetime | None) -> datetime | None:
    return min((moment for moment in moments if moment is not None), default=None)
