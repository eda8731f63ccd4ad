"""Signing keys by purpose, each under a name that its public half alone determines.

>>> key = SigningKey.of(Purpose.PERMIT, Ed25519PrivateKey.generate())
>>> len(key.kid)
43
"""

import base64
import hashlib
import json
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey


class Purpose(StrEnum):
    """What a key signs. Each purpose has a key of its own."""

    IDENTITY = "identity"
    PERMIT = "permit"
    GRANT = "grant"
    METADATA = "metadata"
    STATUS_LIST = "status-list"
    PACKAGE = "identity-package"


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicKey:
    """What verifies the signatures of one purpose."""

    kid: str
    purpose: Purpose
    public_key: Ed25519PublicKey


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningKey:
    """What signs for one purpose. `kid` is the thumbprint of its public half."""

    kid: str
    purpose: Purpose
    private_key: Ed25519PrivateKey

    @classmethod
    def of(cls, purpose: Purpose, private_key: Ed25519PrivateKey) -> "SigningKey":
        """The signing key over `private_key`."""
        kid = thumbprint(private_key.public_key())
        return cls(kid=kid, purpose=purpose, private_key=private_key)

    @property
    def public(self) -> PublicKey:
        """The public half."""
        return PublicKey(
            kid=self.kid, purpose=self.purpose, public_key=self.private_key.public_key()
        )


class SigningKeys(Protocol):
    """The keys that this service signs with."""

    def signing_key(self, purpose: Purpose) -> SigningKey:
        """The key that signs for `purpose` now."""

    def public_keys(self) -> list[PublicKey]:
        """Every key whose signatures are valid, in order of purpose."""


def thumbprint(public_key: Ed25519PublicKey) -> str:
    """The JWK thumbprint, unpadded base64url of SHA-256: RFC 7638 and, for Ed25519, RFC 8037."""
    members = {"crv": "Ed25519", "kty": "OKP", "x": _base64url(public_key.public_bytes_raw())}
    canonical = json.dumps(members, sort_keys=True, separators=(",", ":"))
    return _base64url(hashlib.sha256(canonical.encode()).digest())


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
