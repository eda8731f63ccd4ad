"""What was proven before the keys were rotated is proven afterwards, with nothing but the pin."""

from datetime import UTC, datetime
from typing import Any

import httpx2

from cameo_service.offline.erasures import verify_erasure
from cameo_service.offline.receipts import certified, verify_receipt
from storage.keys import Purpose
from tests.service.erasing import work
from tests.service.log.making import publish
from tests.service.making import draft, grant, question
from tests.service.receipts.keeping import receipts
from tests.service.running import RunningService


def proofs(service: RunningService, platform: httpx2.Client) -> tuple[Any, Any]:
    """A receipt, and the certificate of an erasure."""
    cameo = service.enroll("user:ann")
    grant(platform, cameo)
    receipt = receipts(service, platform, draft(platform, question(cameo)))[0]
    erasure = platform.post(f"/v1/cameos/{cameo}/erase").json()["id"]
    work(service.context)
    publish(service.context)
    return receipt, platform.get(f"/v1/erasures/{erasure}").json()


def require_proven(root: dict[str, Any], pin: str, receipt: Any, erasure: Any) -> None:
    trust = certified(root, root=pin)
    assert verify_receipt(receipt, trust).claims["jti"] == receipt["id"]
    proven = verify_erasure(
        erasure["certificate"], erasure["proof"], keys=trust.keys, log_keys=list(trust.log_keys)
    )
    assert proven.id == erasure["id"]


def test_a_receipt_and_an_erasure_of_before_verify_offline(
    service: RunningService, platform: httpx2.Client
) -> None:
    service.clock.now = datetime.now(UTC)
    before = platform.get("/.well-known/cameo-root").json()
    pin = before["root"]["kid"]
    earlier = proofs(service, platform)
    require_proven(before, pin, *earlier)
    made = service.context.keys.rotate(list(Purpose))
    assert {key.purpose for key in made} == set(Purpose)
    after = platform.get("/.well-known/cameo-root").json()
    assert len(after["certificates"]) == 2 * len(before["certificates"])
    # those of before by the keys of now, and by the copy that somebody kept
    require_proven(after, pin, *earlier)
    require_proven(before, pin, *earlier)
