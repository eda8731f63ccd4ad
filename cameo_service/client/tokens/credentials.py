"""Identity credentials and signed grants, verified offline.

>>> verify_grant("not a token", {"keys": []}, issuer="https://cameo.example")
Traceback (most recent call last):
    ...
cameo_service.client.errors.TokenError: token_malformed: not a compact JWS
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from cameo_service.client.tokens.claims import (
    NO_LEEWAY,
    Issuers,
    claims_of,
    moment_of,
    require_issuer,
    require_window,
)
from cameo_service.client.tokens.jws import signed_claims


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
    """A grant as it was made; `claims` has all that was signed.

    Whether it was revoked since, only the service knows.
    """

    id: str
    issuer: str
    cameo_id: str
    grantor: str
    grantee: str
    terms: Mapping[str, Any]
    issued_at: datetime
    claims: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class _CredentialClaims:
    iss: str
    sub: str
    jti: str
    iat: int
    exp: int
    cameo: str
    enrollment: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _GrantClaims:
    iss: str
    sub: str
    jti: str
    iat: int
    cameo: str
    grantor: str
    terms: Mapping[str, Any]


def verify_credential(
    token: str,
    jwks: Mapping[str, Any],
    *,
    issuer: Issuers,
    now: datetime,
    leeway: timedelta = NO_LEEWAY,
) -> IdentityCredential:
    """The identity credential in `token`, or `TokenError` with what is wrong.

    A credential is from the issuer that the service was when it signed: after a change of its
    public address, name the former one too.
    """
    claims = signed_claims(token, jwks, typ="cameo-identity+jwt")
    require_issuer(claims, issuer)
    require_window(claims, now=now, leeway=leeway)
    stated = claims_of(_CredentialClaims, claims)
    return IdentityCredential(
        id=stated.jti,
        issuer=stated.iss,
        owner=stated.sub,
        cameo_id=stated.cameo,
        enrollment_id=stated.enrollment,
        issued_at=moment_of(stated.iat),
        expires_at=moment_of(stated.exp),
        claims=claims,
    )


def verify_grant(token: str, jwks: Mapping[str, Any], *, issuer: Issuers) -> SignedGrant:
    """The grant in `token` as it was signed, or `TokenError` with what is wrong.

    A grant is evidence of what was licensed, not a permit: its window is in `terms`, and its
    revocation is known to the service alone. `issuer` is as for credentials.
    """
    claims = signed_claims(token, jwks, typ="cameo-grant+jwt")
    require_issuer(claims, issuer)
    stated = claims_of(_GrantClaims, claims)
    return SignedGrant(
        id=stated.jti,
        issuer=stated.iss,
        cameo_id=stated.cameo,
        grantor=stated.grantor,
        grantee=stated.sub,
        terms=stated.terms,
        issued_at=moment_of(stated.iat),
        claims=claims,
    )
