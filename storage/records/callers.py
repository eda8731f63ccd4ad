"""Callers, and the answers kept for their repeated requests.

>>> ApiKeyRecord.__slots__[:3]
('id', 'name', 'principal')
"""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKeyRecord:
    """A caller. `secret_hash` is of the secret part; `acts_for` are principals or `kind:*`."""

    id: str
    name: str
    principal: str
    secret_hash: str
    scopes: tuple[str, ...]
    acts_for: tuple[str, ...]
    created_at: datetime
    revoked_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class IdempotencyRecord:
    """The answer to a request that created something, kept so that a repeat gets it again."""

    caller: str
    key: str
    fingerprint: str
    created_at: datetime
    status: int | None = None
    body: bytes | None = None
