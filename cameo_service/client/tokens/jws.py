"""One compact JWS, verified against a set of published keys.

>>> signed_claims("a.b", {"keys": []}, typ="cameo-permit+jwt")
Traceback (most recent call last):
    ...
cameo_service.client.errors.TokenError: token_malformed: not a compact JWS
"""

import base64
import binascii
import json
from collections.abc import Mapping
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from jwt.algorithms import ECAlgorithm, OKPAlgorithm
from jwt.api_jws import PyJWS
from jwt.exceptions import InvalidKeyError, InvalidTokenError

from cameo_service.client.documents import Document, whole
from cameo_service.client.errors import TokenError

ALGORITHMS = ("EdDSA", "ES256")
LONGEST = 100_000
PublicKey = Ed25519PublicKey | EllipticCurvePublicKey
_jws = PyJWS(algorithms=list(ALGORITHMS))


def signed_claims(
    token: str, jwks: Mapping[str, Any], *, typ: str, longest: int = LONGEST
) -> Document:
    """What `token` states, once its header and signature stand; raise `TokenError`.

    No more than `longest` characters are looked at.
    """
    # 1. The header is one that this service writes: no other algorithm, kind or extension.
    header = _header(token, longest)
    if header.get("alg") not in ALGORITHMS:
        raise TokenError("wrong_algorithm", f"the algorithm is none of `{'`, `'.join(ALGORITHMS)}`")
    if header.get("typ") != typ:
        raise TokenError("wrong_type", f"the statement is not a `{typ}`")
    if set(header) != {"alg", "typ", "kid"}:
        raise TokenError("token_malformed", "the header has members of other kinds of token")
    # 2. The key is a published one. Nothing in the token can bring a key of its own, and the
    #    algorithm is the key's.
    key = _key(jwks, header["kid"])
    algorithm = _algorithm_of(key)
    if header["alg"] != algorithm:
        raise TokenError("wrong_algorithm", f"the key signs with `{algorithm}` only")
    # 3. The signature.
    try:
        payload = _jws.decode(token, key, algorithms=[algorithm])
    except InvalidTokenError:
        raise TokenError("bad_signature", "the signature does not fit the statement") from None
    try:
        return whole(json.loads(payload), "statement")
    except (ValueError, RecursionError) as error:
        raise TokenError("claims_malformed", str(error)) from None


def _header(token: str, longest: int) -> Document:
    # a token is ASCII (RFC 7515, 7.1), which the library takes for granted
    if len(token) > longest or token.count(".") != 2 or not token.isascii():
        raise TokenError("token_malformed", "not a compact JWS")
    if not all(_canonical(part) for part in token.split(".")):
        raise TokenError("token_malformed", "a part is not canonical base64url")
    try:
        return _jws.get_unverified_header(token)
    except InvalidTokenError:
        raise TokenError("token_malformed", "not a compact JWS") from None


def _canonical(part: str) -> bool:
    """Whether nothing of it could be altered unseen: the last character has bits to spare."""
    try:
        data = base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
    except binascii.Error:
        return False
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode() == part


def _key(jwks: Mapping[str, Any], kid: object) -> PublicKey:
    revoked = jwks.get("revoked_keys", [])
    if not isinstance(revoked, list) or any(_names(key, kid) for key in revoked):
        raise TokenError("key_withdrawn", "the key that signed the statement was withdrawn")
    published = jwks.get("keys")
    matching = [
        key
        for key in (published if isinstance(published, list) else [])
        if isinstance(key, dict) and key.get("kid") == kid
    ]
    if not isinstance(kid, str) or len(matching) != 1:
        raise TokenError("unknown_key", "no published key has the statement's `kid`")
    jwk = matching[0]
    if "revoked" in jwk:
        # as a set of OpenID Federation's historical keys has it
        raise TokenError("key_withdrawn", "the key that signed the statement was withdrawn")
    if jwk.get("use", "sig") != "sig" or "d" in jwk:
        raise TokenError("unknown_key", "the key is not one for verifying")
    try:
        key = (ECAlgorithm if jwk.get("kty") == "EC" else OKPAlgorithm).from_jwk(jwk)
    except (InvalidKeyError, TypeError, ValueError):
        # what is no text raises TypeError, what is no base64url ValueError
        raise TokenError("unknown_key", "the published key cannot be read") from None
    curve = key.curve if isinstance(key, EllipticCurvePublicKey) else None
    if not isinstance(key, Ed25519PublicKey | EllipticCurvePublicKey) or not (
        curve is None or isinstance(curve, SECP256R1)
    ):
        raise TokenError("unknown_key", "the published key is of neither Ed25519 nor P-256")
    if jwk.get("alg", _algorithm_of(key)) != _algorithm_of(key):
        raise TokenError("unknown_key", "the published key is not one of its algorithm")
    return key


def _names(jwk: object, kid: object) -> bool:
    return isinstance(jwk, dict) and jwk.get("kid") == kid


def _algorithm_of(key: PublicKey) -> str:
    return "EdDSA" if isinstance(key, Ed25519PublicKey) else "ES256"
