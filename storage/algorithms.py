"""The two algorithms that things are signed with, and their keys as JWK.

EdDSA with Ed25519 (RFC 8037) and ES256 with P-256 (RFC 7518, 3.4). A key has one algorithm: which
one, its curve says, and no token ever does.

    >>> key = new_private_key(Algorithm.ES256)
    >>> signature = sign(key, b"said")
    >>> len(signature), algorithm_of(key.public_key()).value
    (64, 'ES256')
    >>> verify(key.public_key(), signature, b"said")
"""

import base64
import binascii
import hashlib
import json
from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDSA,
    SECP256R1,
    EllipticCurvePrivateKey,
    EllipticCurvePublicKey,
    EllipticCurvePublicNumbers,
    generate_private_key,
)
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.utils import (
    decode_dss_signature,
    encode_dss_signature,
)
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_private_key

SIGNATURE_BYTES = 64
COORDINATE_BYTES = 32

PrivateHalf = Ed25519PrivateKey | EllipticCurvePrivateKey
PublicHalf = Ed25519PublicKey | EllipticCurvePublicKey


class Algorithm(StrEnum):
    """The JWS name of what a key signs with."""

    EDDSA = "EdDSA"
    ES256 = "ES256"


class MalformedKey(ValueError):
    """The document or the bytes are not a key of an algorithm that we use."""


class BadSignature(ValueError):
    """The signature is not one over these bytes by this key."""


def new_private_key(algorithm: Algorithm) -> PrivateHalf:
    """A fresh private key."""
    if algorithm is Algorithm.EDDSA:
        return Ed25519PrivateKey.generate()
    return generate_private_key(SECP256R1())


def algorithm_of(public: PublicHalf) -> Algorithm:
    """What a key signs with. Raises `MalformedKey` for a curve other than P-256."""
    if isinstance(public, Ed25519PublicKey):
        return Algorithm.EDDSA
    if isinstance(public.curve, SECP256R1):
        return Algorithm.ES256
    raise MalformedKey(f"`{public.curve.name}` is not a curve that is used here")


def sign(private: PrivateHalf, message: bytes) -> bytes:
    """The signature as JWS writes it: 64 bytes, for ES256 the two numbers one after the other."""
    if isinstance(private, Ed25519PrivateKey):
        return private.sign(message)
    return joined(private.sign(message, ECDSA(SHA256())))


def joined(der: bytes) -> bytes:
    """The two numbers of an ECDSA signature in DER, one after the other. Raises `ValueError`."""
    return b"".join(part.to_bytes(COORDINATE_BYTES, "big") for part in decode_dss_signature(der))


def verify(public: PublicHalf, signature: bytes, message: bytes) -> None:
    """Raise `BadSignature` unless `signature` is one over `message` by this key."""
    if len(signature) != SIGNATURE_BYTES:
        raise BadSignature(f"a signature has {SIGNATURE_BYTES} bytes, not {len(signature)}")
    try:
        if isinstance(public, Ed25519PublicKey):
            public.verify(signature, message)
        else:
            r, s = (int.from_bytes(half, "big") for half in (signature[:32], signature[32:]))
            public.verify(encode_dss_signature(r, s), message, ECDSA(SHA256()))
    except InvalidSignature:
        raise BadSignature("the signature does not fit") from None


def jwk_of(public: PublicHalf) -> dict[str, str]:
    """The members of the JWK that make the key, in order, and no others."""
    if isinstance(public, Ed25519PublicKey):
        return {"crv": "Ed25519", "kty": "OKP", "x": _text(public.public_bytes_raw())}
    algorithm_of(public)
    numbers = public.public_numbers()
    x, y = (_text(part.to_bytes(COORDINATE_BYTES, "big")) for part in (numbers.x, numbers.y))
    return {"crv": "P-256", "kty": "EC", "x": x, "y": y}


def public_from_jwk(document: Mapping[str, Any]) -> PublicHalf:
    """The public key of a JWK. Raises `MalformedKey`."""
    try:
        match document.get("kty"), document.get("crv"):
            case "OKP", "Ed25519":
                return Ed25519PublicKey.from_public_bytes(_bytes(document["x"]))
            case "EC", "P-256":
                x, y = (int.from_bytes(_bytes(document[name]), "big") for name in ("x", "y"))
                return EllipticCurvePublicNumbers(x, y, SECP256R1()).public_key()
    except (KeyError, TypeError, ValueError) as error:
        raise MalformedKey("the jwk holds no point of its curve") from error
    raise MalformedKey("the jwk is neither of Ed25519 nor of P-256")


def private_from_der(content: bytes) -> PrivateHalf:
    """The private key in PKCS #8, DER. Raises `MalformedKey`."""
    try:
        key = load_der_private_key(content, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise MalformedKey("the bytes are no private key") from error
    if not isinstance(key, Ed25519PrivateKey | EllipticCurvePrivateKey):
        raise MalformedKey("the private key is neither of Ed25519 nor of P-256")
    algorithm_of(key.public_key())
    return key


def thumbprint(public: PublicHalf) -> str:
    """The JWK thumbprint, unpadded base64url of SHA-256: RFC 7638 and, for Ed25519, RFC 8037."""
    canonical = json.dumps(jwk_of(public), sort_keys=True, separators=(",", ":"))
    return _text(hashlib.sha256(canonical.encode()).digest())


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _bytes(text: str) -> bytes:
    """Base64url without padding, of one coordinate. Raises `ValueError`."""
    try:
        data = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except binascii.Error as error:
        raise ValueError("not base64url") from error
    if len(data) != COORDINATE_BYTES:
        raise ValueError(f"a coordinate has {COORDINATE_BYTES} bytes, not {len(data)}")
    return data
