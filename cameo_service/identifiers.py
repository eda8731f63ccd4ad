"""Ids and secrets: random, prefixed by what they name, safe in URLs.

>>> new_id("enr").startswith("enr_")
True
"""

import hashlib
import hmac
import secrets

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"


def new_id(kind: str) -> str:
    """`kind` and 120 random bits in Crockford's base 32."""
    return f"{kind}_" + "".join(secrets.choice(_ALPHABET) for _ in range(24))


def new_secret(kind: str) -> str:
    """`kind` and 256 random bits."""
    return f"{kind}_{secrets.token_urlsafe(32)}"


def hash_secret(secret: str) -> str:
    """SHA-256 in hex: enough for a secret of 256 random bits, which nobody can guess offline."""
    return hashlib.sha256(secret.encode()).hexdigest()


def matches(secret: str, expected_hash: str | None) -> bool:
    """Whether `secret` has this hash, compared in constant time. None matches nothing."""
    return hmac.compare_digest(hash_secret(secret), expected_hash or "")
