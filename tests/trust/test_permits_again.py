"""A permit whose key was withdrawn, asked for again under the same idempotency key."""

from typing import Any

import httpx2
import pytest

from cameo_service.client import verify_permit
from storage.keys import Purpose
from storage.revocations import Reason
from tests.service.making import grant, question
from tests.service.running import RunningService

pytestmark = pytest.mark.both_databases


def test_a_repeat_gets_no_permit_that_everybody_refuses(
    service: RunningService, platform: httpx2.Client
) -> None:
    cameo = service.enroll("user:ann")
    grant(platform, cameo, count=1)
    asked: dict[str, Any] = {"json": question(cameo), "headers": {"Idempotency-Key": "k1"}}
    first = platform.post("/v1/permits", **asked).json()
    assert platform.post("/v1/permits", **asked).json() == first
    keys = service.context.keys
    keys.withdraw(keys.signing_key(Purpose.PERMIT).kid, reason=Reason.COMPROMISED)
    again = platform.post("/v1/permits", **asked)
    assert again.status_code == 201, again.text
    jwks = platform.get("/.well-known/jwks.json").json()
    found = verify_permit(
        again.json()["permit"],
        jwks,
        audience="org:platform",
        issuer=service.context.settings.issuer,
        now=service.clock(),
    )
    assert found.id == again.json()["id"] != first["id"]
    # the one of before reserves nothing any more, and is good for nothing
    assert platform.post("/v1/permits", **asked).json() == again.json()
    refused = platform.post("/v1/uses", json={"permit_id": first["id"]})
    assert refused.status_code == 409, refused.text
