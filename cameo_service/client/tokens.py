"""Verify what the service signed, offline: the published keys are all it takes.

    permit = verify_permit(
        token, jwks, audience="app:studio", issuer="https://cameo.example", now=now,
        request=request,
    )

Numbered like a procedure, since the order matters: nothing is read from a token before its
signature stands (RFC 8725).

    >>> verify_grant("not.a.token", {"keys": []}, issuer="https://cameo.example")
    Traceback (most recent call last):
        ...
    cameo_service.client.errors.TokenError: token_malformed: not a compact JWS
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from cameo_service.client.documents import (
    Document,
    items,
    number,
    part,
    text,
    texts,
)
from cameo_service.client.errors import TokenError
from cameo_service.client.jws import signed_claims
from cameo_service.client.questions import ConsentRequest, Likeness
from cameo_service.client.results import GrantReference

Statement = TypeVar("Statement")
NO_LEEWAY = timedelta(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Permit:
    """A verified permit: a yes to exactly one request, for one audience, for a short time."""

    id: str
    issuer: str
    audience: str
    requester: str
    action: str
    likenesses: tuple[Likeness, ...]
    request_hash: str
    grants: tuple[GrantReference, ...]
    revision: int
    issued_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityCredential:
    """A verified identity credential. `claims` has all that was signed."""

    id: str
    issuer: str
    owner: str
    cameo_id: str
    enrollment_id: str
    issued_at: datetime
    expires_at: datetime
    claims: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedGrant:
    """A grant as it was made. Whether it was revoked since, only the service knows."""

    id: str
    issuer: str
    cameo_id: str
    grantor: str
    grantee: str
    terms: Mapping[str, Any]
    issued_at: datetime


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
    valid yet, and never one that is over. Without `request`, comparing what the permit allows
    with what is about to be made is left to the caller.
    """
    # 1. The signature, by a known key, over a statement of this kind.
    claims = signed_claims(token, jwks, typ="cameo-permit+jwt")
    # 2. Whose word it is, and for whom.
    _require_issuer(claims, issuer)
    if claims.get("aud") != audience:
        raise TokenError("wrong_audience", f"the permit is not for `{audience}`")
    # 3. Its time.
    _require_time(claims, now=now, leeway=leeway)
    # 4. What it allows.
    permit = _read(_permit, claims)
    if request is not None and permit.request_hash != request.hash():
        raise TokenError("request_mismatch", "the permit was issued for another request")
    return permit


def verify_credential(
    token: str,
    jwks: Mapping[str, Any],
    *,
    issuer: str,
    now: datetime,
    leeway: timedelta = NO_LEEWAY,
) -> IdentityCredential:
    """The identity credential in `token`, or `TokenError` with what is wrong."""
    claims = signed_claims(token, jwks, typ="cameo-identity+jwt")
    _require_issuer(claims, issuer)
    _require_time(claims, now=now, leeway=leeway)
    return _read(_credential, claims)


def verify_grant(token: str, jwks: Mapping[str, Any], *, issuer: str) -> SignedGrant:
    """The grant in `token` as it was signed, or `TokenError` with what is wrong.

    A grant is evidence of what was licensed, not a permit: its window is in `terms`, and its
    revocation is known to the service alone.
    """
    claims = signed_claims(token, jwks, typ="cameo-grant+jwt")
    _require_issuer(claims, issuer)
    return _read(_grant, claims)


def _require_issuer(claims: Document, issuer: str) -> None:
    if claims.get("iss") != issuer:
        raise TokenError("wrong_issuer", f"the statement is not from `{issuer}`")


def _require_time(claims: Document, *, now: datetime, leeway: timedelta) -> None:
    if now.tzinfo is None:
        raise ValueError("`now` has no time zone")
    starts, ends = _read(_window, claims)
    if now + leeway < starts:
        raise TokenError("not_yet_valid", f"valid from `{starts.isoformat()}` on")
    if now >= ends:
        raise TokenError("expired", f"valid before `{ends.isoformat()}`")


def _window(claims: Document) -> tuple[datetime, datetime]:
    return _epoch(claims, "nbf"), _epoch(claims, "exp")


def _permit(claims: Document) -> Permit:
    return Permit(
        id=text(claims, "jti"),
        issuer=text(claims, "iss"),
        audience=text(claims, "aud"),
        requester=text(claims, "sub"),
        action=text(claims, "action"),
        likenesses=tuple(
            Likeness(cameo_id=text(likeness, "cameo"), facets=texts(likeness, "facets"))
            for likeness in items(claims, "likenesses")
        ),
        request_hash=text(claims, "request_hash"),
        grants=tuple(GrantReference.read(grant) for grant in items(claims, "grants")),
        revision=number(claims, "revision"),
        issued_at=_epoch(claims, "iat"),
        expires_at=_epoch(claims, "exp"),
    )


def _credential(claims: Document) -> IdentityCredential:
    return IdentityCredential(
        id=text(claims, "jti"),
        issuer=text(claims, "iss"),
        owner=text(claims, "sub"),
        cameo_id=text(claims, "cameo"),
        enrollment_id=text(claims, "enrollment"),
        issued_at=_epoch(claims, "iat"),
        expires_at=_epoch(claims, "exp"),
        claims=claims,
    )


def _grant(claims: Document) -> SignedGrant:
    return SignedGrant(
        id=text(claims, "jti"),
        issuer=text(claims, "iss"),
        cameo_id=text(claims, "cameo"),
        grantor=text(claims, "grantor"),
        grantee=text(claims, "sub"),
        terms=part(claims, "terms"),
        issued_at=_epoch(claims, "iat"),
    )


def _epoch(claims: Document, name: str) -> datetime:
    try:
        return datetime.fromtimestamp(number(claims, name), UTC)
    except (OverflowError, OSError) as error:
        raise ValueError(f"`{name}` is not a time") from error


def _read(read: Callable[[Document], Statement], claims: Document) -> Statement:
    try:
        return read(claims)
    except ValueError as error:
        raise TokenError("claims_malformed", str(error)) from None
