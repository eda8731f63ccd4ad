"""Ways round the checks of an enrollment that lie beside them."""

import io
from dataclasses import replace
from datetime import timedelta

import httpx2
import pytest

from cameo_service.callers import authenticate
from cameo_service.enrollments.recordings import blob_name
from cameo_service.enrollments.sessions import submit
from cameo_service.errors import TooManyRejections
from cameo_service.worker import Worker
from storage.errors import Tampered
from tests.service.running import Refusal, RunningService, verification
from verification.packs.loading import Models
from verification.report import Verdict


def begun(platform: httpx2.Client, principal: str = "user:ann", **more: str) -> str:
    response = platform.post("/v1/enrollments", json={"principal": principal, **more})
    assert response.status_code == 201, response.text
    return str(response.json()["id"])


def hand_in(service: RunningService, platform: httpx2.Client, id: str) -> None:
    with service.context.store.write() as tx:
        caller = authenticate(tx, platform.headers["authorization"].split()[1])
        seen = tx.enrollments.get(id)
        blob = blob_name(seen, now=service.clock())
        service.context.blobs.put(blob, io.BytesIO(b"no video"), limit=100)
        submit(tx, service.context, caller, seen=seen, blob=blob, mime="video/webm")


def test_enrollments_begun_beforehand_give_no_more_attempts(
    service: RunningService, platform: httpx2.Client
) -> None:
    """What is rejected in one, or waits for its verdict, counts in all of them."""
    most = service.context.settings.rejections_per_day
    ids = [begun(platform) for _ in range(most + 1)]
    for id in ids[:3]:
        service.conclude(id, verification(Verdict.REJECTED))
    for id in ids[3:-1]:
        hand_in(service, platform, id)
    with pytest.raises(TooManyRejections):
        hand_in(service, platform, ids[-1])
    other = begun(platform, "user:bob")
    hand_in(service, platform, other)
    service.clock.advance(days=1, minutes=1)
    with service.context.store.read() as tx:
        since = service.clock() - timedelta(days=1)
        assert tx.enrollments.rejections("user:ann", since=since) == 0


def test_open_enrollments_are_bounded_for_each_principal(
    service: RunningService, platform: httpx2.Client, refused: Refusal
) -> None:
    most = service.context.settings.enrollment_open_sessions
    ids = [begun(platform) for _ in range(most)]
    body = {"principal": "user:ann"}
    refused(platform.post("/v1/enrollments", json=body), 429, "too_many_enrollments")
    begun(platform, "user:bob")
    assert platform.post(f"/v1/enrollments/{ids[0]}/cancel").status_code == 200
    begun(platform)
    refused(platform.post("/v1/enrollments", json=body), 429, "too_many_enrollments")
    # one that is overdue is open no more, whether or not the sweep has written so yet
    service.clock.advance(seconds=service.context.settings.enrollment_lifetime_s)
    begun(platform)


@pytest.mark.parametrize("renewing", [False, True])
def test_who_is_suspended_meanwhile_is_not_verified(
    service: RunningService, platform: httpx2.Client, *, renewing: bool
) -> None:
    more = {"renews": service.enroll("user:ann")} if renewing else {}
    before = platform.get(f"/v1/cameos/{more['renews']}").json() if renewing else None
    id = begun(platform, **more)
    standing = platform.put("/v1/principals/user:ann/standing", json={"standing": "suspended"})
    assert standing.status_code == 200
    service.conclude(id, verification(Verdict.VERIFIED))
    shown = platform.get(f"/v1/enrollments/{id}").json()
    assert shown["status"] == "needs_review"
    refused = platform.post(f"/v1/enrollments/{id}/review", json={"decision": "approve"})
    assert refused.status_code == 403
    if before is not None:
        assert platform.get(f"/v1/cameos/{more['renews']}").json() == before


def test_a_renewal_with_nobody_to_compare_with_has_no_verdict(
    service: RunningService, platform: httpx2.Client, open_models: Models
) -> None:
    cameo = service.enroll("user:ann")
    id = begun(platform, renews=cameo)
    worker = Worker(service.context, load=lambda: open_models)
    with service.context.store.write() as tx:
        record = tx.enrollments.get(id)
        tx.templates.destroy(cameo)
    assert worker._earlier(replace(record, renews=None)) is None
    with pytest.raises(Tampered, match="not the one in its credential"):
        worker._earlier(record)
