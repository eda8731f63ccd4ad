"""Everything that the service signs: credentials, grants, permits and status lists, as JWS.

Compact JWS (RFC 7515) with EdDSA (RFC 8037) or ES256 (RFC 7518, 3.4), an explicit `typ` (RFC 8725,
3.11) and a `kid`. The algorithm is the key's, never a token's choice. The payload is canonical JSON
(RFC 8785), so the same claims always give the same bytes.

    >>> typ_of(Purpose.PERMIT)
    'cameo-permit+jwt'
"""

import base64
import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any

import rfc8785
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)
from jwt.api_jws import PyJWS

from storage.algorithms import Algorithm, BadSignature, verify
from storage.keys import PublicKey, Purpose, SigningKeys
from storage.log.notes import Checkpoint
from storage.log.notes import sign as sign_note

LONGEST = 100_000
"""Characters of a token that are looked at."""
HEADERS_KEPT = 64


class NotSignedHere(ValueError):
    """The token is not one that this service signed for this purpose."""


def typ_of(purpose: Purpose) -> str:
    """The JWS header `typ`, so that nothing signed is ever taken for something else."""
    if purpose is Purpose.STATUS_LIST:
        return "statuslist+jwt"  # the name that draft-ietf-oauth-status-list gives it
    return f"cameo-{purpose}+jwt"


class Signer:
    """Signs claims with the current key of their purpose."""

    def __init__(self, keys: SigningKeys) -> None:
        self._keys = keys
        self._jws = PyJWS(algorithms=[each.value for each in Algorithm])

    def sign(self, purpose: Purpose, claims: Mapping[str, Any]) -> str:
        """The compact JWS over the canonical JSON of `claims`."""
        key = self._keys.signing_key(purpose)
        return self._jws.encode(
            rfc8785.dumps(dict(claims)),
            key.private_key,
            algorithm=key.algorithm.value,
            headers={"typ": typ_of(purpose), "kid": key.kid},
        )

    def open(self, purpose: Purpose, token: str) -> dict[str, Any]:
        """What `token` states, once it is shown that this service signed it for `purpose`.

        Raises `NotSignedHere`. Header and key come first: `alg`, `typ` and `kid` must be exactly
        those of a key of that purpose, and nothing else may stand beside them.
        """
        try:
            head, payload, signature = _parts_of(token)
            key = self._key_of(purpose, _header_in(head))
            # by the primitive itself: the library takes three times as long, and an index of
            # faces verifies a credential for every one that it takes in
            verify(key.public_key, _bytes(signature), f"{head}.{payload}".encode())
            claims = json.loads(_bytes(payload))
        except NotSignedHere:
            raise
        except (BadSignature, ValueError, RecursionError) as error:
            raise NotSignedHere("the token is damaged or forged") from error
        if not isinstance(claims, dict):
            raise NotSignedHere("the token states nothing")
        return claims

    def _key_of(self, purpose: Purpose, header: object) -> PublicKey:
        for key in self._keys.public_keys():
            if key.purpose is purpose and header == _header_of(key):
                return key
        raise NotSignedHere("the header is not one of this service")

    def note(self, head: Checkpoint) -> str:
        """The signed note over a head of the consent log's tree (C2SP signed-note)."""
        key = self._keys.signing_key(Purpose.LOG).private_key
        if not isinstance(key, Ed25519PrivateKey):
            raise TypeError("the log's key is not of Ed25519, which notes are signed with")
        return sign_note(head, key)

    def log_keys(self) -> list[Ed25519PublicKey]:
        """The keys whose notes are this service's, retired ones too."""
        logs = [each.public_key for each in self._keys.public_keys() if each.purpose is Purpose.LOG]
        return [each for each in logs if isinstance(each, Ed25519PublicKey)]

    def jwks(self) -> dict[str, Any]:
        """The public keys as a JWK set (RFC 7517)."""
        return {"keys": [key.jwk for key in self._keys.public_keys()]}


def _parts_of(token: str) -> list[str]:
    # a token is ASCII (RFC 7515, 7.1)
    if len(token) > LONGEST or token.count(".") != 2 or not token.isascii():
        raise NotSignedHere("the token is not a compact JWS")
    return token.split(".")


@lru_cache(HEADERS_KEPT)
def _header_in(head: str) -> object:
    """The header in the first part of a token. A key writes the same one every time."""
    return json.loads(_bytes(head))


def _bytes(text: str) -> bytes:
    """Base64url without padding (RFC 7515, 2). Raises `ValueError`."""
    if "=" in text or "+" in text or "/" in text:
        raise ValueError("not base64url")
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)


def _header_of(key: PublicKey) -> dict[str, str]:
    return {"alg": key.algorithm.value, "typ": typ_of(key.purpose), "kid": key.kid}


def canonical_hash(document: Mapping[str, Any]) -> str:
    """SHA-256 in hex of the canonical JSON (RFC 8785) of `document`."""
    return hashlib.sha256(rfc8785.dumps(dict(document))).hexdigest()


def epoch(moment: datetime) -> int:
    """Whole seconds since 1970, the NumericDate of RFC 7519."""
    return int(moment.timestamp())
