"""Everything that the service signs: credentials, grants, permits and status lists, as JWS.

Compact JWS (RFC 7515) with EdDSA (RFC 8037) or ES256 (RFC 7518, 3.4), an explicit `typ` (RFC 8725,
3.11) and a `kid`. The algorithm is the key's, never a token's choice. The payload is canonical JSON
(RFC 8785), so the same claims always give the same bytes.

    >>> typ_of(Purpose.PERMIT)
    'cameo-permit+jwt'
"""

import hashlib
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import rfc8785
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)
from jwt.api_jws import PyJWS

from storage.algorithms import Algorithm
from storage.contracts import Transaction
from storage.errors import KeyUnavailable
from storage.jws import BadSignature, MalformedToken, header_of, verified
from storage.keys import PublicKey, Purpose, SigningKey, SigningKeys, WithdrawnKey
from storage.log.notes import Checkpoint
from storage.log.notes import sign as sign_note

LONGEST = 100_000
"""Characters of a token that are looked at."""


class NotSignedHere(ValueError):
    """The token is not one that this service signed for this purpose."""


class SignedByWithdrawnKey(NotSignedHere):
    """Whether this service or a thief signed the token, nobody knows: its key was withdrawn.

    `claims` are what it states, and `revoked_at` since when the key must be considered revoked.
    """

    def __init__(self, claims: dict[str, Any], key: WithdrawnKey) -> None:
        super().__init__(f"signing key `{key.public.kid}` was withdrawn")
        self.claims = claims
        self.revoked_at = key.revoked_at


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
        return self._signed(purpose, self._keys.signing_key(purpose), claims)

    def sign_in(self, tx: Transaction, purpose: Purpose, claims: Mapping[str, Any]) -> str:
        """The same for what is to last, signed in the write transaction that keeps it.

        Never by a key that was withdrawn before: this process may not have heard of that yet, and
        nothing would make the statement good again. Raises `KeyUnavailable` where no other key can
        be had now.
        """
        key = self._keys.signing_key(purpose)
        if tx.sealed_keys.is_revoked(key.kid):
            key = self._keys.signing_key(purpose, fresh=True)
            # the keys of before serve while the store is away
            if tx.sealed_keys.is_revoked(key.kid):
                raise KeyUnavailable(f"the key that signs for `{purpose}` was withdrawn: try again")
        return self._signed(purpose, key, claims)

    def _signed(self, purpose: Purpose, key: SigningKey, claims: Mapping[str, Any]) -> str:
        return self._jws.encode(
            rfc8785.dumps(dict(claims)),
            key.private_key,
            algorithm=key.algorithm.value,
            headers={"typ": typ_of(purpose), "kid": key.kid},
        )

    def open(self, purpose: Purpose, token: str) -> dict[str, Any]:
        """What `token` states, once it is shown that this service signed it for `purpose`.

        Raises `NotSignedHere`, and `SignedByWithdrawnKey`, which is one. Header and key come first:
        `alg`, `typ` and `kid` must be exactly those of a key of that purpose, and nothing else may
        stand beside them.
        """
        try:
            header = _header_in(token)
            keys = [key for key in self._keys.public_keys() if key.purpose is purpose]
            key = next((key for key in keys if header == _header_of(key)), None)
            if key is None:
                raise self._withdrawn(purpose, token, header)
            return verified(token, key.public_key)
        except (MalformedToken, BadSignature) as error:
            raise NotSignedHere("the token is damaged or forged") from error

    def _withdrawn(self, purpose: Purpose, token: str, header: dict[str, Any]) -> NotSignedHere:
        for key in self._keys.withdrawn_keys():
            if key.public.purpose is purpose and header == _header_of(key.public):
                return SignedByWithdrawnKey(verified(token, key.public.public_key), key)
        return NotSignedHere("the header is not one of this service")

    def kid(self, purpose: Purpose) -> str:
        """Of the key that signs for `purpose` now."""
        return self._keys.signing_key(purpose).kid

    def note(self, head: Checkpoint) -> str:
        """The signed note over a head of the consent log's tree (C2SP signed-note)."""
        key = self._keys.signing_key(Purpose.LOG).private_key
        if not isinstance(key, Ed25519PrivateKey):
            raise TypeError("the log's key is not of Ed25519, which notes are signed with")
        return sign_note(head, key)

    def log_keys(self) -> list[Ed25519PublicKey]:
        """The keys whose notes are this service's, retired ones too."""
        return _log_keys(self._keys.public_keys())

    def withdrawn_log_keys(self) -> list[Ed25519PublicKey]:
        """The keys whose notes were this service's before they were withdrawn."""
        return _log_keys(key.public for key in self._keys.withdrawn_keys())

    def jwks(self) -> dict[str, Any]:
        """The public keys as a JWK set (RFC 7517).

        Withdrawn ones stand apart from them, where nobody takes them for keys that count.
        """
        revoked = [key.jwk for key in self._keys.withdrawn_keys()]
        keys = {"keys": [key.jwk for key in self._keys.public_keys()]}
        return {**keys, "revoked_keys": revoked} if revoked else keys


def _log_keys(keys: Iterable[PublicKey]) -> list[Ed25519PublicKey]:
    logs = [each.public_key for each in keys if each.purpose is Purpose.LOG]
    return [each for each in logs if isinstance(each, Ed25519PublicKey)]


def _header_in(token: str) -> dict[str, Any]:
    if len(token) > LONGEST:
        raise NotSignedHere("the token is too long")
    return header_of(token)


def _header_of(key: PublicKey) -> dict[str, str]:
    return {"alg": key.algorithm.value, "typ": typ_of(key.purpose), "kid": key.kid}


def canonical_hash(document: Mapping[str, Any]) -> str:
    """SHA-256 in hex of the canonical JSON (RFC 8785) of `document`."""
    return hashlib.sha256(rfc8785.dumps(dict(document))).hexdigest()


def epoch(moment: datetime) -> int:
    """Whole seconds since 1970, the NumericDate of RFC 7519."""
    return int(moment.timestamp())
