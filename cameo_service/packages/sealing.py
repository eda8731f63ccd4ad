"""A package under the holder's own public key: JWE in its compact form (RFC 7516).

ECDH-ES with key wrapping (RFC 7518, 4.6; X25519 by RFC 8037) and AES-256-GCM, and nothing else.

    >>> require_holder_key({"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"})
    Traceback (most recent call last):
        ...
    cameo_service.errors.Invalid: `encrypt_to` is no public key of `EC` on `P-256`
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from cameo_service.errors import Invalid

if TYPE_CHECKING:
    from joserfc.jwk import ECKey, OKPKey

ALGORITHM, ENCRYPTION = "ECDH-ES+A256KW", "A256GCM"
CONTENT_TYPE = "cameo-identity-package+jwt"
CURVES = {("EC", "P-256"): ("x", "y"), ("OKP", "X25519"): ("x",)}
"""The key types, and the members that make a public key of each."""
BYTES = 32


class Sealed(NamedTuple):
    """The compact JWE, and the thumbprint (RFC 7638) of the key that opens it."""

    token: str
    thumbprint: str


def require_holder_key(jwk: Mapping[str, Any]) -> "ECKey | OKPKey":
    """The public key in `jwk`, a point that is on its curve; else `Invalid`. Nothing private."""
    from joserfc.errors import JoseError
    from joserfc.jwk import ECKey, OKPKey

    kind = (str(jwk.get("kty")), str(jwk.get("crv")))
    members = CURVES.get(kind)
    given = {name for name in jwk if name not in {"kid", "use", "alg"}}
    if members is None or given != {"kty", "crv", *members}:
        raise _unfit("is not a public key of `EC` on `P-256` or `OKP` on `X25519`")
    try:
        named = ("kty", "crv", *members)
        public: dict[str, str | list[str]] = {name: str(jwk[name]) for name in named}
        key = ECKey.import_key(public) if kind[0] == "EC" else OKPKey.import_key(public)
    except (JoseError, ValueError, TypeError):
        raise _unfit(f"is no public key of `{kind[0]}` on `{kind[1]}`") from None
    return key


def seal(signed: str, jwk: Mapping[str, Any]) -> Sealed:
    """`signed`, a compact JWS, encrypted to the holder. Raises `Invalid` for an unfit key."""
    from joserfc.errors import JoseError
    from joserfc.jwe import encrypt_compact

    key = require_holder_key(jwk)
    thumbprint = key.thumbprint()
    header = {
        "alg": ALGORITHM,
        "enc": ENCRYPTION,
        "cty": CONTENT_TYPE,
        # by the holder's own name for it, its libraries find the private half (RFC 7516, 4.1.6)
        "kid": str(jwk.get("kid", thumbprint)),
    }
    try:
        token = encrypt_compact(header, signed, key, algorithms=[ALGORITHM, ENCRYPTION])
    except (JoseError, ValueError):
        # a point of small order, with which every shared secret is the same
        raise _unfit("is a key that nothing can be encrypted to") from None
    return Sealed(token, thumbprint)


def _unfit(condition: str) -> Invalid:
    return Invalid("encryption_key_unfit", f"`encrypt_to` {condition}")
