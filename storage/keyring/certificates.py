"""What the root key says of a signing key: its purpose, its public half and when it begins.

A certificate is a compact JWS of the root. Whoever writes to the database alone can neither add a
key nor give one another purpose.

    >>> from datetime import UTC
    >>> from storage.local.root import LocalRoot
    >>> from storage.keys import Purpose, SigningKey, new_private_key
    >>> from storage.algorithms import Algorithm
    >>> root = LocalRoot(new_private_key(Algorithm.EDDSA))
    >>> key = SigningKey.of(Purpose.PERMIT, new_private_key(Algorithm.EDDSA)).public
    >>> noon = datetime(2026, 1, 1, 12, tzinfo=UTC)
    >>> token = certify(root, key, created_at=noon, active_from=noon)
    >>> certified_by(root.public_key, token).purpose
    'permit'
"""

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from storage.algorithms import (
    BadSignature,
    MalformedKey,
    PublicHalf,
    algorithm_of,
    jwk_of,
    public_from_jwk,
    thumbprint,
    verify,
)
from storage.contracts.roots import RootKey
from storage.errors import Tampered
from storage.keys import PublicKey

TYP = "cameo-key-certificate+jwt"


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """What was certified. `purpose` is text: a later release may have more of them than this."""

    kid: str
    purpose: str
    public_key: PublicHalf
    created_at: datetime
    active_from: datetime


def certify(root: RootKey, key: PublicKey, *, created_at: datetime, active_from: datetime) -> str:
    """The certificate of `key`. The moments are whole seconds."""
    claims = {
        "iat": int(created_at.timestamp()),
        "jwk": jwk_of(key.public_key),
        "kid": key.kid,
        "nbf": int(active_from.timestamp()),
        "purpose": key.purpose.value,
    }
    said = f"{_text(_json(_header(root.public_key)))}.{_text(_json(claims))}"
    return f"{said}.{_text(root.sign(said.encode()))}"


def certified_by(root: PublicHalf, token: str) -> Certificate:
    """What the root certified in `token`. Raises `Tampered`."""
    try:
        header, claims, signature = token.encode("ascii").split(b".")
        # 1. The header is the only one that certificates by this root have.
        if json.loads(_bytes(header)) != _header(root):
            raise Tampered("the certificate is not one by this root key")
        # 2. The root signed it.
        verify(root, _bytes(signature), header + b"." + claims)
        # 3. The key has the name that it determines.
        return _certificate(json.loads(_bytes(claims)))
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        # what is malformed raises ValueError too: no text, no JSON, no key, no signature
        raise Tampered(f"the certificate does not verify: {_reason(error)}") from error


def _certificate(claims: Mapping[str, Any]) -> Certificate:
    public = public_from_jwk(claims["jwk"])
    if claims["kid"] != thumbprint(public):
        raise MalformedKey("the kid is not the key's thumbprint")
    created_at, active_from = (
        datetime.fromtimestamp(int(claims[name]), UTC) for name in ("iat", "nbf")
    )
    return Certificate(
        kid=str(claims["kid"]),
        purpose=str(claims["purpose"]),
        public_key=public,
        created_at=created_at,
        active_from=active_from,
    )


def _reason(error: Exception) -> str:
    """A sentence of ours, or the kind of an error whose text may repeat the input."""
    return str(error) if isinstance(error, BadSignature | MalformedKey) else type(error).__name__


def _header(root: PublicHalf) -> dict[str, str]:
    return {"alg": algorithm_of(root).value, "kid": thumbprint(root), "typ": TYP}


def _json(document: Mapping[str, Any]) -> bytes:
    return json.dumps(document, sort_keys=True, separators=(",", ":")).encode()


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _bytes(text: bytes) -> bytes:
    try:
        data = base64.b64decode(text + b"=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except binascii.Error as error:
        raise ValueError("not base64url") from error
    # the last character has bits that carry nothing: they are not to be altered either
    if _text(data).encode() != text:
        raise ValueError("not canonical base64url")
    return data
