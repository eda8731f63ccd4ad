"""The certificate and key that a manifest is signed with: whether they belong together.

>>> algorithm_of(b"", b"")
Traceback (most recent call last):
    ...
ValueError: the key is not a private key in PEM
"""

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
)
from cryptography.x509 import load_pem_x509_certificates

_CURVES = {"secp256r1": "es256", "secp384r1": "es384", "secp521r1": "es512"}


def algorithm_of(certificate: bytes, key: bytes) -> str:
    """C2PA's name of the algorithm of `key`, whose certificate comes first in the chain.

    Both are PEM. Raises `ValueError` where they do not belong together or cannot sign.
    """
    try:
        private = load_pem_private_key(key, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise ValueError("the key is not a private key in PEM") from error
    if isinstance(private, Ed25519PrivateKey):
        algorithm = "ed25519"
    elif isinstance(private, EllipticCurvePrivateKey) and private.curve.name in _CURVES:
        algorithm = _CURVES[private.curve.name]
    else:
        raise ValueError("the key is neither of Ed25519 nor on a NIST curve")
    try:
        [leaf, *_] = load_pem_x509_certificates(certificate)
        certified = leaf.public_key()
    except (ValueError, UnsupportedAlgorithm) as error:
        raise ValueError("the certificate is no chain of certificates in PEM") from error
    form = (Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    if certified.public_bytes(*form) != private.public_key().public_bytes(*form):
        raise ValueError("the certificate is of another key")
    return algorithm
