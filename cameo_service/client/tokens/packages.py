"""An identity package, opened and verified offline.

    package = verify_package(
        answer.package, jwks, audience="app:studio", cameo_id="cam_1", permit_id="per_1",
        issuer="https://cameo.example", now=now, private_key=my_jwk,
    )
    package.embeddings[0].vector

It is good for as long as the permit was. What it holds is a person's: keep it no longer than the
permit allows, and destroy it when the service tells of an erasure.
"""

import base64
import binascii
import hashlib
import math
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from cameo_service.client.documents import Document
from cameo_service.client.errors import TokenError
from cameo_service.client.tokens.claims import (
    NO_LEEWAY,
    Issuers,
    claims_of,
    moment_of,
    require_issuer,
    require_window,
)
from cameo_service.client.tokens.credentials import IdentityCredential, verify_credential
from cameo_service.client.tokens.jwe import opened
from cameo_service.client.tokens.jws import signed_claims

TYPE = "cameo-identity-package+jwt"
LONGEST = 40_000_000
"""Characters of a package that are looked at: 16 MB of samples, in base64 three times over."""
ENCODING = "float32-le"


@dataclass(frozen=True, slots=True, kw_only=True)
class Embedding:
    """How a model sees a face or hears a voice; the credential names its digest."""

    modality: str
    model: str
    model_sha256: str
    vector: tuple[float, ...] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferenceSample:
    """A still, or speech, as an encoded file."""

    modality: str
    media_type: str
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityPackage:
    """A verified package: what a permit covers of a person, and the credential that it rests on.

    `withheld` names what the service keeps and the person did not agree to hand out.
    """

    id: str
    issuer: str
    holder: str
    cameo_id: str
    owner: str
    permit_id: str
    requester: str
    facets: tuple[str, ...]
    embeddings: tuple[Embedding, ...]
    samples: tuple[ReferenceSample, ...]
    withheld: tuple[str, ...]
    credential: IdentityCredential
    issued_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class _Embedding:
    modality: str
    model: str
    model_sha256: str
    encoding: str
    dimension: int
    vector: str
    salt: str
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sample:
    modality: str
    media_type: str
    content: str
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Claims:
    iss: str
    aud: str
    sub: str
    jti: str
    iat: int
    exp: int
    cameo: str
    permit: str
    requester: str
    facets: tuple[str, ...]
    embeddings: tuple[_Embedding, ...]
    samples: tuple[_Sample, ...]
    withheld: tuple[str, ...]
    credential: str


def verify_package(
    token: str,
    jwks: Mapping[str, Any],
    *,
    audience: str,
    cameo_id: str,
    permit_id: str,
    issuer: Issuers,
    now: datetime,
    private_key: Mapping[str, Any] | None = None,
    leeway: timedelta = NO_LEEWAY,
) -> IdentityPackage:
    """The package in `token`, or `TokenError` with what is wrong.

    `audience` is its holder, `cameo_id` and `permit_id` what it was fetched for: whoever keeps
    several cannot take one for another. `private_key` is the JWK whose public part was sent as
    `encrypt_to`; with it, a package in the clear is refused. `leeway` is as for permits, `issuer`
    as for credentials: the one in a package may be older than the service's public address.
    """
    # 1. Opened, where it is encrypted.
    signed = opened(token, private_key, longest=LONGEST)
    # 2. The signature, by a known key, over a statement of this kind.
    claims = signed_claims(signed, jwks, typ=TYPE, longest=LONGEST)
    # 3. Whose word it is, for whom, of whom and on what, and its time.
    require_issuer(claims, issuer, said="the package")
    _require(claims, "aud", audience, code="wrong_audience", said="is not for")
    _require(claims, "cameo", cameo_id, code="wrong_cameo", said="is not of")
    _require(claims, "permit", permit_id, code="wrong_permit", said="was not handed out on")
    require_window(claims, now=now, leeway=leeway)
    # 4. The credential is of the same cameo, and stands by itself.
    stated = claims_of(_Claims, claims)
    try:
        credential = verify_credential(
            stated.credential, jwks, issuer=issuer, now=now, leeway=leeway
        )
    except TokenError as error:
        raise TokenError(error.code, f"in the package's credential: {error.message}") from None
    if (credential.cameo_id, credential.owner) != (stated.cameo, stated.sub):
        raise TokenError("digest_mismatch", "the credential is of another cameo")
    # 5. Every embedding is one that the credential names; every sample is what was signed.
    return IdentityPackage(
        id=stated.jti,
        issuer=stated.iss,
        holder=stated.aud,
        cameo_id=stated.cameo,
        owner=stated.sub,
        permit_id=stated.permit,
        requester=stated.requester,
        facets=stated.facets,
        embeddings=tuple(_embedding(each, stated, credential) for each in stated.embeddings),
        samples=tuple(_sample(each, stated) for each in stated.samples),
        withheld=stated.withheld,
        credential=credential,
        issued_at=moment_of(stated.iat),
        expires_at=moment_of(stated.exp),
    )


def _require(claims: Document, name: str, expected: str, *, code: str, said: str) -> None:
    if claims.get(name) != expected:
        raise TokenError(code, f"the package {said} `{expected}`")


def _embedding(sent: _Embedding, stated: _Claims, credential: IdentityCredential) -> Embedding:
    _require_covered(sent.modality, stated)
    vector = _bytes(sent.vector)
    named = {
        "modality": sent.modality,
        "model": sent.model,
        "model_sha256": sent.model_sha256,
        "digest": hashlib.sha256(_bytes(sent.salt) + vector).hexdigest(),
    }
    templates = credential.claims.get("templates")
    if not isinstance(templates, list) or named not in templates:
        raise TokenError("digest_mismatch", f"the credential names no such {sent.modality}")
    if sent.encoding != ENCODING or len(vector) != 4 * sent.dimension:
        raise TokenError("claims_malformed", "an embedding is not of its encoding and dimension")
    components = struct.unpack(f"<{sent.dimension}f", vector)
    if not all(math.isfinite(each) for each in components):
        raise TokenError("claims_malformed", "an embedding holds what is no number")
    return Embedding(
        modality=sent.modality,
        model=sent.model,
        model_sha256=sent.model_sha256,
        vector=components,
    )


def _sample(sent: _Sample, stated: _Claims) -> ReferenceSample:
    _require_covered(sent.modality, stated)
    content = _bytes(sent.content)
    if hashlib.sha256(content).hexdigest() != sent.sha256:
        raise TokenError("digest_mismatch", f"a {sent.modality} sample is not of its digest")
    return ReferenceSample(modality=sent.modality, media_type=sent.media_type, content=content)


def _require_covered(modality: str, stated: _Claims) -> None:
    if modality not in stated.facets:
        raise TokenError("claims_malformed", f"the package holds a {modality} and is not for one")


def _bytes(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise TokenError("claims_malformed", "what should be base64 is not") from None
