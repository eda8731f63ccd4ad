"""What the root key says of a signing key that was withdrawn: since when, and why.

The words are those of OpenID Federation 1.0 for historical keys: `revoked`, with `revoked_at`, when
the key was revoked or must be considered revoked, and `reason`. The statement has the key in it, so
that verifiers need nothing else of it. Verifiers outside read it too: the standard library and
`cryptography` only.

    >>> from storage.algorithms import Algorithm, new_private_key, sign
    >>> root, key = new_private_key(Algorithm.ES256), new_private_key(Algorithm.EDDSA).public_key()
    >>> noon = datetime(2026, 1, 1, 12, tzinfo=UTC)
    >>> said = Revocation(
    ...     kid=thumbprint(key), purpose="permit", public_key=key, stated_at=noon, revoked_at=noon,
    ...     reason="compromised",
    ... )
    >>> token = said.signed(root.public_key(), sign=lambda text: sign(root, text))
    >>> revoked_by(root.public_key(), token) == said
    True
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
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

TYP = "cameo-key-revocation+jwt"


class Reason(StrEnum):
    """Why a key was withdrawn (OpenID Federation 1.0, historical keys)."""

    UNSPECIFIED = "unspecified"
    COMPROMISED = "compromised"
    SUPERSEDED = "superseded"


class NotRevoked(ValueError):
    """The text is no statement of withdrawal by this root key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Revocation:
    """What the root says. `purpose` and `reason` are text: a later release may have more of them.

    The moments are whole seconds: `stated_at` when it was said, `revoked_at` from when on the key
    must be considered revoked.
    """

    kid: str
    purpose: str
    public_key: PublicHalf
    stated_at: datetime
    revoked_at: datetime
    reason: str

    def signed(self, root: PublicHalf, *, sign: Callable[[bytes], bytes]) -> str:
        """The statement; `sign` signs with the private half of `root`."""
        claims = {
            "iat": int(self.stated_at.timestamp()),
            "jwk": jwk_of(self.public_key),
            "kid": self.kid,
            "purpose": self.purpose,
            "revoked": {"reason": self.reason, "revoked_at": int(self.revoked_at.timestamp())},
        }
        return compact(_header(root), claims, sign=sign)


def revoked_by(root: PublicHalf, token: str) -> Revocation:
    """What the root said in `token`. Raises `NotRevoked`."""
    try:
        # 1. The header is the only one that withdrawals by this root have.
        header = header_of(token)
        if header != _header(root):
            raise NotRevoked(f"the withdrawal is not one by the root key `{thumbprint(root)}`")
        # 2. The root signed it. 3. The key has the name that it determines.
        return _revocation(verified(token, root))
    except (MalformedToken, BadSignature, MalformedKey) as error:
        raise NotRevoked(f"the withdrawal does not verify: {error}") from error


def _revocation(claims: Mapping[str, Any]) -> Revocation:
    match claims:
        case {
            "kid": str(kid),
            "purpose": str(purpose),
            "jwk": dict(jwk),
            "iat": int(stated_at),
            "revoked": {"revoked_at": int(revoked_at), "reason": str(reason)},
        }:
            key = public_from_jwk(jwk)
        case _:
            raise NotRevoked("the withdrawal does not say what withdrawals say")
    if thumbprint(key) != kid:
        raise NotRevoked("the kid is not the key's thumbprint")
    return Revocation(
        kid=kid,
        purpose=purpose,
        public_key=key,
        stated_at=_moment(stated_at),
        revoked_at=_moment(revoked_at),
        reason=reason,
    )


def _moment(seconds: int) -> datetime:
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise NotRevoked(f"`{seconds}` is no moment") from error


def _header(root: PublicHalf) -> dict[str, str]:
    return {"alg": algorithm_of(root).value, "kid": thumbprint(root), "typ": TYP}
