"""What the root key says of a signing key: its purpose, its public half and when it begins.

A certificate is a compact JWS of the root. Whoever writes to the database alone can neither add a
key nor give one another purpose. Verifiers outside read them too: the standard library and
`cryptography` only.

    >>> from storage.algorithms import Algorithm, new_private_key, sign
    >>> root, key = new_private_key(Algorithm.ES256), new_private_key(Algorithm.EDDSA).public_key()
    >>> noon = datetime(2026, 1, 1, 12, tzinfo=UTC)
    >>> stated = Certificate.of("permit", key, created_at=noon, active_from=noon)
    >>> token = stated.signed(root.public_key(), sign=lambda said: sign(root, said))
    >>> certified_by(root.public_key(), token) == stated
    True
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

from storage.algorithms import (
    BadSignature,
    MalformedKey,
    PublicHalf,
    algorithm_of,
    jwk_of,
    public_from_jwk,
    thumbprint,
)
from storage.jws import MalformedToken, compact, header_of, verified

TYP = "cameo-key-certificate+jwt"
NOBODY: Mapping[str, datetime] = MappingProxyType({})


class NotCertified(ValueError):
    """The text is no certificate by this root key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """What is certified. `purpose` is text: a later release may have more of them than this.

    The moments are whole seconds. `revoked` names the keys of the same purpose that were withdrawn
    by then, each with the moment from which on it must be considered so: whoever shows this key has
    to show their withdrawals too.
    """

    kid: str
    purpose: str
    public_key: PublicHalf
    created_at: datetime
    active_from: datetime
    revoked: Mapping[str, datetime] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        purpose: str,
        public_key: PublicHalf,
        *,
        created_at: datetime,
        active_from: datetime,
        revoked: Mapping[str, datetime] = NOBODY,
    ) -> "Certificate":
        """What there is to certify of a key."""
        return cls(
            kid=thumbprint(public_key),
            purpose=purpose,
            public_key=public_key,
            created_at=created_at,
            active_from=active_from,
            revoked=revoked,
        )

    def signed(self, root: PublicHalf, *, sign: Callable[[bytes], bytes]) -> str:
        """The certificate; `sign` signs with the private half of `root`."""
        claims: dict[str, Any] = {
            "iat": int(self.created_at.timestamp()),
            "jwk": jwk_of(self.public_key),
            "kid": self.kid,
            "nbf": int(self.active_from.timestamp()),
            "purpose": self.purpose,
        }
        if self.revoked:
            claims["revoked"] = {kid: int(at.timestamp()) for kid, at in self.revoked.items()}
        return compact(_header(root), claims, sign=sign)


def certified_by(root: PublicHalf, token: str) -> Certificate:
    """What the root certified in `token`. Raises `NotCertified`."""
    try:
        # 1. The header is the only one that certificates by this root have.
        header = header_of(token)
        if header != _header(root):
            raise NotCertified(f"the certificate is not one by the root key `{thumbprint(root)}`")
        # 2. The root signed it. 3. The key has the name that it determines.
        return _certificate(verified(token, root))
    except (MalformedToken, BadSignature, MalformedKey) as error:
        raise NotCertified(f"the certificate does not verify: {error}") from error


def names_root(token: str, root: PublicHalf) -> bool:
    """Whether the certificate says that it is by this root; whether it is stays to be shown."""
    try:
        return header_of(token).get("kid") == thumbprint(root)
    except MalformedToken:
        return False


def _certificate(claims: Mapping[str, Any]) -> Certificate:
    match claims:
        case {
            "kid": str(kid),
            "purpose": str(purpose),
            "jwk": dict(jwk),
            "iat": int(created_at),
            "nbf": int(active_from),
        }:
            found = Certificate.of(
                purpose,
                public_from_jwk(jwk),
                created_at=_moment(created_at),
                active_from=_moment(active_from),
                revoked=_revoked(claims.get("revoked", {})),
            )
        case _:
            raise NotCertified("the certificate does not say what certificates say")
    if found.kid != kid:
        raise NotCertified("the kid is not the key's thumbprint")
    return found


def _revoked(named: object) -> Mapping[str, datetime]:
    if not isinstance(named, dict) or not all(isinstance(each, int) for each in named.values()):
        raise NotCertified("the certificate does not say which keys were withdrawn")
    return {kid: _moment(at) for kid, at in named.items()}


def _moment(seconds: int) -> datetime:
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise NotCertified(f"`{seconds}` is no moment") from error


def _header(root: PublicHalf) -> dict[str, str]:
    return {"alg": algorithm_of(root).value, "kid": thumbprint(root), "typ": TYP}
