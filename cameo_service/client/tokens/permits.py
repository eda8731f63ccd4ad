"""A permit, verified offline.

    permit = verify_permit(
        token, jwks, audience="app:studio", issuer="https://cameo.example", now=now,
        request=request,
    )

Whether it was revoked since, its status list says: `verify_status_list`, or a `PermitGate`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from cameo_service.client.errors import TokenError
from cameo_service.client.forms.obligations import Obligation
from cameo_service.client.forms.questions import ConsentRequest, Likeness
from cameo_service.client.results.grants import GrantReference
from cameo_service.client.tokens.claims import (
    NO_LEEWAY,
    claims_of,
    moment_of,
    require_issuer,
    require_window,
)
from cameo_service.client.tokens.jws import signed_claims


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusPlace:
    """Where a permit stands: at `idx` of the status list at `uri`."""

    idx: int
    uri: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Permit:
    """A verified permit: a yes to exactly one request, for one audience, for a short time.

    Whoever cannot execute one of its `obligations` must not rely on it.
    """

    id: str
    issuer: str
    audience: str
    request: ConsentRequest
    request_hash: str
    grants: tuple[GrantReference, ...]
    obligations: tuple[Obligation, ...]
    revision: int
    status: StatusPlace
    issued_at: datetime
    expires_at: datetime

    @property
    def requester(self) -> str:
        """Who may do it."""
        return self.request.requester

    @property
    def action(self) -> str:
        """What may be done."""
        return self.request.action

    @property
    def likenesses(self) -> tuple[Likeness, ...]:
        """With whose likenesses, in order of cameo."""
        return self.request.likenesses


@dataclass(frozen=True, slots=True, kw_only=True)
class _Context:
    purpose: str | None
    categories: tuple[str, ...] | None
    territories: tuple[str, ...] | None
    co_appearing: tuple[str, ...] | None
    remix_of: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Status:
    status_list: StatusPlace


@dataclass(frozen=True, slots=True, kw_only=True)
class _Claims:
    iss: str
    aud: str
    sub: str
    jti: str
    iat: int
    exp: int
    action: str
    likenesses: tuple[Likeness, ...]
    context: _Context
    request_hash: str
    grants: tuple[GrantReference, ...]
    obligations: tuple[Obligation, ...]
    revision: int
    status: _Status
    draft: str | None = None


def verify_permit(
    token: str,
    jwks: Mapping[str, Any],
    *,
    audience: str,
    issuer: str,
    now: datetime,
    request: ConsentRequest | None = None,
    leeway: timedelta = NO_LEEWAY,
) -> Permit:
    """The permit in `token`, or `TokenError` with what is wrong.

    `now` is aware. `leeway` is for a clock behind the issuer's: it admits a permit that is not
    valid yet, and never one that is over. Without `request`, comparing the permit's own with what
    is about to be made is left to the caller.
    """
    # 1. The signature, by a known key, over a statement of this kind.
    claims = signed_claims(token, jwks, typ="cameo-permit+jwt")
    # 2. Whose word it is, and for whom.
    require_issuer(claims, issuer)
    if claims.get("aud") != audience:
        raise TokenError("wrong_audience", f"the permit is not for `{audience}`")
    # 3. Its time.
    require_window(claims, now=now, leeway=leeway)
    # 4. What it allows: what it says in full is what its hash says.
    permit = _permit(claims_of(_Claims, claims))
    if permit.request_hash != _hash_of(permit.request):
        raise TokenError("request_mismatch", "the permit states another request than it hashes")
    if request is not None and permit.request_hash != request.hash():
        raise TokenError("request_mismatch", "the permit was issued for another request")
    return permit


def _hash_of(request: ConsentRequest) -> str:
    try:
        return request.hash()
    except ValueError as error:
        raise TokenError("claims_malformed", str(error)) from None


def _permit(claims: _Claims) -> Permit:
    context = claims.context
    return Permit(
        id=claims.jti,
        issuer=claims.iss,
        audience=claims.aud,
        request=ConsentRequest(
            requester=claims.sub,
            action=claims.action,
            likenesses=claims.likenesses,
            purpose=context.purpose,
            categories=context.categories,
            territories=context.territories,
            co_appearing=context.co_appearing,
            remix_of=context.remix_of,
            draft=claims.draft,
        ),
        request_hash=claims.request_hash,
        grants=claims.grants,
        obligations=claims.obligations,
        revision=claims.revision,
        status=claims.status.status_list,
        issued_at=moment_of(claims.iat),
        expires_at=moment_of(claims.exp),
    )
