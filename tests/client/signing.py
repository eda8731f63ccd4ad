"""A signer with one key, and what it signs, for tests of offline verification."""

import base64
import zlib
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from cameo_service.client import ConsentRequest, Likeness
from cameo_service.permits.status_lists import encoded
from cameo_service.signing import epoch
from storage.keys import PublicKey, Purpose, SigningKey, WithdrawnKey

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
ISSUER = "https://cameo.example"
STUDIO = "app:studio"
URI = f"{ISSUER}/v1/status-lists/0"
REQUEST = ConsentRequest(
    requester="user:bob",
    action="generate",
    likenesses=(
        Likeness(cameo_id="cam_2", facets=("voice", "face")),
        Likeness(cameo_id="cam_1", facets=("face",), appearance_change="subtle"),
    ),
    purpose="entertainment",
    categories=("violence.mild",),
    territories=("DE", "AT"),
    co_appearing=(),
    remix_of=("use_2", "use_1"),
)
QUESTION = REQUEST.canonical()
ASPECTS = ("purpose", "categories", "territories", "co_appearing", "remix_of")
CONTEXT = {name: QUESTION[name] for name in ASPECTS}


@dataclass
class KeysInMemory:
    """One key for every purpose, which is the hardest case to tell the kinds apart in."""

    key: SigningKey = field(
        default_factory=lambda: SigningKey.of(Purpose.PERMIT, Ed25519PrivateKey.generate())
    )

    def signing_key(self, purpose: Purpose, *, fresh: bool = False) -> SigningKey:
        assert not fresh
        assert purpose
        return self.key

    def public_keys(self) -> list[PublicKey]:
        return [self.key.public]

    def withdrawn_keys(self) -> list[WithdrawnKey]:
        return []


def permit_claims(**changes: object) -> dict[str, Any]:
    claims = {
        "iss": ISSUER,
        "aud": STUDIO,
        "sub": "user:bob",
        "jti": "per_1",
        "iat": epoch(NOW),
        "nbf": epoch(NOW),
        "exp": epoch(NOW + timedelta(minutes=2)),
        "action": "generate",
        "likenesses": QUESTION["likenesses"],
        "context": CONTEXT,
        "request_hash": REQUEST.hash(),
        "grants": [{"id": "gra_1", "version": 1}],
        "obligations": [{"kind": "watermark", "text": ""}],
        "revision": 7,
        "status": {"status_list": {"idx": 3, "uri": URI}},
    }
    return {key: value for key, value in {**claims, **changes}.items() if value is not None}


def list_claims(*statuses: int, bits: int = 1, **changes: object) -> dict[str, Any]:
    lst = encoded(dict(enumerate(statuses)), length=max(len(statuses), 8), bits=bits)
    claims = {
        "iss": ISSUER,
        "sub": URI,
        "iat": epoch(NOW),
        "exp": epoch(NOW) + 300,
        "ttl": 15,
        "status_list": {"bits": bits, "lst": lst},
    }
    return {key: value for key, value in {**claims, **changes}.items() if value is not None}


def compressed(packed: bytes) -> str:
    """`lst` over these bytes."""
    return base64.urlsafe_b64encode(zlib.compress(packed, 9)).rstrip(b"=").decode()
