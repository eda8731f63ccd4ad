"""Everything that the service signs: credentials, grants and permits, as JWS.

Compact JWS (RFC 7515) with EdDSA (RFC 8037), an explicit `typ` (RFC 8725, 3.11) and a `kid`. The
payload is canonical JSON (RFC 8785), so the same claims always give the same bytes.

    >>> typ_of(Purpose.PERMIT)
    'cameo-permit+jwt'
"""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import rfc8785
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from jwt.algorithms import OKPAlgorithm
from jwt.api_jws import PyJWS

from storage.keys import PublicKey, Purpose, SigningKeys


def typ_of(purpose: Purpose) -> str:
    """The JWS header `typ`, so that nothing signed is ever taken for something else."""
    return f"cameo-{purpose}+jwt"


class Signer:
    """Signs claims with the current key of their purpose."""

    def __init__(self, keys: SigningKeys) -> None:
        self._keys = keys
        self._jws = PyJWS(algorithms=["EdDSA"])

    def sign(self, purpose: Purpose, claims: Mapping[str, Any]) -> str:
        """The compact JWS over the canonical JSON of `claims`."""
        key = self._keys.signing_key(purpose)
        return self._jws.encode(
            rfc8785.dumps(dict(claims)),
            key.private_key,
            algorithm="EdDSA",
            headers={"typ": typ_of(purpose), "kid": key.kid},
        )

    def secret(self, purpose: Purpose, *, use: str) -> bytes:
        """256 bits for `use`, from the key of `purpose` and nothing else (HKDF, RFC 5869).

        Every process that has the key has them, and they tell nothing of it.
        They change with the key, so nothing that must outlive a rotation may rest on them.
        """
        key = self._keys.signing_key(purpose).private_key.private_bytes_raw()
        derivation = HKDF(algorithm=SHA256(), length=32, salt=None, info=f"cameo-{use}".encode())
        return derivation.derive(key)

    def jwks(self) -> dict[str, Any]:
        """The public keys as a JWK set (RFC 7517)."""
        return {"keys": [_jwk(key) for key in self._keys.public_keys()]}


def _jwk(key: PublicKey) -> dict[str, Any]:
    members = OKPAlgorithm.to_jwk(key.public_key, as_dict=True)
    return {**members, "kid": key.kid, "use": "sig", "alg": "EdDSA"}


def canonical_hash(document: Mapping[str, Any]) -> str:
    """SHA-256 in hex of the canonical JSON (RFC 8785) of `document`."""
    return hashlib.sha256(rfc8785.dumps(dict(document))).hexdigest()


def epoch(moment: datetime) -> int:
    """Whole seconds since 1970, the NumericDate of RFC 7519."""
    return int(moment.timestamp())
