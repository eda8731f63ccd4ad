"""Signing keys by purpose, each under a name that its public half alone determines.

>>> key = SigningKey.of(Purpose.PERMIT, new_private_key(Algorithm.EDDSA))
>>> len(key.kid), key.algorithm.value
(43, 'EdDSA')
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

from storage.algorithms import (
    Algorithm,
    PrivateHalf,
    PublicHalf,
    algorithm_of,
    jwk_of,
    new_private_key,
    thumbprint,
)

__all__ = [
    "PublicKey",
    "Purpose",
    "SigningKey",
    "SigningKeys",
    "WithdrawnKey",
    "new_private_key",
    "thumbprint",
]


class Purpose(StrEnum):
    """What a key signs. Each purpose has a key of its own."""

    IDENTITY = "identity"
    PERMIT = "permit"
    GRANT = "grant"
    METADATA = "metadata"
    STATUS_LIST = "status-list"
    PACKAGE = "identity-package"
    LOG = "log"
    RECEIPT = "receipt"
    ERASURE = "erasure"
    EXPORT = "export"


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicKey:
    """What verifies the signatures of one purpose."""

    kid: str
    purpose: Purpose
    public_key: PublicHalf

    @property
    def algorithm(self) -> Algorithm:
        """What the key signs with. It follows from the key."""
        return algorithm_of(self.public_key)

    @property
    def jwk(self) -> dict[str, str]:
        """The key as an entry of a JWK set (RFC 7517)."""
        named = {"kid": self.kid, "use": "sig", "alg": self.algorithm.value}
        return {**jwk_of(self.public_key), **named}


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawnKey:
    """What verified once: from `revoked_at` on it must be considered revoked."""

    public: PublicKey
    revoked_at: datetime
    reason: str

    @property
    def jwk(self) -> dict[str, Any]:
        """The key as OpenID Federation 1.0 writes historical keys."""
        revoked = {"reason": self.reason, "revoked_at": int(self.revoked_at.timestamp())}
        return {**self.public.jwk, "revoked": revoked}


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningKey:
    """What signs for one purpose. `kid` is the thumbprint of its public half."""

    kid: str
    purpose: Purpose
    private_key: PrivateHalf

    @classmethod
    def of(cls, purpose: Purpose, private_key: PrivateHalf) -> "SigningKey":
        """The signing key over `private_key`."""
        kid = thumbprint(private_key.public_key())
        return cls(kid=kid, purpose=purpose, private_key=private_key)

    @property
    def algorithm(self) -> Algorithm:
        """What the key signs with."""
        return algorithm_of(self.private_key.public_key())

    @property
    def public(self) -> PublicKey:
        """The public half."""
        return PublicKey(
            kid=self.kid, purpose=self.purpose, public_key=self.private_key.public_key()
        )


class SigningKeys(Protocol):
    """The keys that this service signs with. Any thread may ask."""

    def signing_key(self, purpose: Purpose, *, fresh: bool = False) -> SigningKey:
        """The key that signs for `purpose` now. Raises `StorageError` where none can be had.

        `fresh`: the keys are looked for anew, since the one of before was withdrawn.
        """

    def public_keys(self) -> list[PublicKey]:
        """Every key whose signatures are valid, in order of purpose."""

    def withdrawn_keys(self) -> list[WithdrawnKey]:
        """Every key that was withdrawn, in order of purpose."""
