"""What is true of a permit now, over HTTP, for those it was issued to."""

import base64
import json
from typing import Any

import httpx2
import jwt

from cameo_service.callers import Scope
from cameo_service.signing import Signer
from storage.keys import Purpose
from tests.service.fixed_keys import FixedKeys
from tests.service.making import (
    claims_of,
    forged,
    grant,
    permit,
    question,
    report,
    revoke,
)
from tests.service.running import RunningService


def introspected(client: httpx2.Client, token: str) -> dict[str, Any]:
    response = client.post("/v1/permits/introspect", json={"permit": token})
    assert response.status_code == 200, response.text
    answer: dict[str, Any] = response.json()
    return answer


def test_a_permit_is_active_until_it_ends(service: RunningService, platform: httpx2.Client) -> None:
    cameo = service.enroll("user:ann")
    made = grant(platform, cameo)
    spent, revoked = permit(platform, question(cameo)), permit(platform, question(cameo))
    for issued in (spent, revoked):
        assert introspected(platform, issued["permit"]) == {"active": True, **claims_of(issued)}
    report(platform, spent["id"])
    assert introspected(platform, spent["permit"]) == {"active": False, "reason": "spent"}
    revoke(platform, made)
    assert introspected(platform, revoked["permit"]) == {"active": False, "reason": "revoked"}
    grant(platform, cameo)
    expired = permit(platform, question(cameo))
    service.clock.advance(seconds=120)
    assert introspected(platform, expired["permit"]) == {"active": False, "reason": "expired"}


def test_anybody_else_learns_nothing_of_a_permit(
    service: RunningService, platform: httpx2.Client
) -> None:
    cameo = service.enroll("user:ann")
    made = grant(platform, cameo)
    issued = permit(platform, question(cameo))
    with service.client(service.key(principal="app:other")) as other:
        assert introspected(other, issued["permit"]) == {"active": False}
        revoke(platform, made)
        assert introspected(other, issued["permit"]) == {"active": False}
    key = service.key(Scope.PERMITS_INTROSPECT, principal="app:x", acts_for=("org:platform",))
    with service.client(key) as proxy:
        assert introspected(proxy, issued["permit"]) == {"active": False, "reason": "revoked"}


def test_what_was_not_signed_here_as_a_permit_is_inactive(
    service: RunningService, platform: httpx2.Client
) -> None:
    cameo = service.enroll("user:ann")
    made = grant(platform, cameo)
    token = permit(platform, question(cameo))["permit"]
    header, payload, signature = token.split(".")
    keys = service.context.keys
    kid = keys.signing_key(Purpose.PERMIT).kid
    foreign = Signer(FixedKeys()).sign(Purpose.PERMIT, jwt.decode(token, options=UNVERIFIED))
    wrong_purpose = Signer(keys).sign(Purpose.GRANT, jwt.decode(token, options=UNVERIFIED))
    unknown = Signer(keys).sign(
        Purpose.PERMIT, {**jwt.decode(token, options=UNVERIFIED), "jti": "per_9"}
    )
    misissued = Signer(keys).sign(
        Purpose.PERMIT, {**jwt.decode(token, options=UNVERIFIED), "iss": "https://x.example"}
    )
    tokens = [
        "x",
        "a.b.c",
        "é.b.c",
        f"{header}.{payload}.",
        forged(token),
        f"{header}.{payload[:-4]}AAAA.{signature}",
        *[
            f"{part({**HEADER, 'kid': kid, **changes})}.{payload}.{signature}"
            for changes in ({"alg": "none"}, {"alg": "HS256"}, {"typ": "JWT"}, {"crit": ["x"]})
        ],
        foreign,
        wrong_purpose,
        unknown,
        misissued,
        platform.get(f"/v1/grants/{made}").json()["signed"],
    ]
    for each in tokens:
        assert introspected(platform, each) == {"active": False}, each


HEADER = {"alg": "EdDSA", "typ": "cameo-permit+jwt"}
UNVERIFIED: Any = {"verify_signature": False}


def part(document: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(document).encode()).rstrip(b"=").decode()
