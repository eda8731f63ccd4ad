"""What an erasure takes out of what is others': reports, scans, requests, kept answers."""

import httpx2

from storage.records import AccessState
from tests.service import making
from tests.service.erasing import (
    SIMILAR,
    alike,
    enroll,
    erase,
    likeness,
    named_elsewhere,
    shown,
    work,
)
from tests.service.running import Refusal, RunningService


def test_others_keep_their_reports_and_scans_without_the_cameo(
    service: RunningService, platform: httpx2.Client
) -> None:
    cameo, _ = enroll(service, "user:ann", likeness())
    twins = named_elsewhere(service, cameo)
    erased = erase(platform, cameo)
    work(service.context)
    destroyed = shown(platform, erased["id"])["destroyed"]
    named = ("reports_of_others", "scans", "access_requests")
    assert [destroyed[each] for each in named] == [1, 1, 1]
    with service.context.store.read() as tx:
        left = tx.enrollments.get(twins).report
        scan = tx.scans.find("sca_1")
        asked = tx.access_requests.get("acr_1")
    assert left is not None
    assert left["alike"] == alike(cameo)[1:]
    assert left["checks"] == [{**SIMILAR, "evidence": {"similarities": [0.97]}}]
    assert scan is not None
    assert scan.result == {
        "decision": "deny",
        "faces": [{"recognized": [{"cameo_id": None}, {"cameo_id": "cam_other"}]}],
    }
    # another owner's answer is not this one's to take
    assert (asked.message, asked.state) == ("", AccessState.PENDING)
    assert [each["note"] for each in asked.asks] == [None, "Said of cam_other."]


def test_a_repeated_request_learns_that_its_answer_was_erased(
    service: RunningService, platform: httpx2.Client, refused: Refusal
) -> None:
    again = {"Idempotency-Key": "k1"}
    body = {"principal": "user:ann"}
    id = platform.post("/v1/enrollments", json=body, headers=again).json()["id"]
    service.conclude(id, likeness())
    with service.context.store.read() as tx:
        cameo = tx.enrollments.get(id).cameo_id
    asked = making.question(str(cameo), "user:ann")
    platform.post("/v1/permits", json=asked, headers={"Idempotency-Key": "k2"})
    other = {"principal": "user:zoe"}
    kept = platform.post("/v1/enrollments", json=other, headers={"Idempotency-Key": "k3"})
    erased = erase(platform, str(cameo))
    assert erased["destroyed"]["kept_answers"] == 2
    refused(platform.post("/v1/enrollments", json=body, headers=again), 409, "answer_erased")
    repeated = platform.post("/v1/enrollments", json=other, headers={"Idempotency-Key": "k3"})
    assert repeated.json()["id"] == kept.json()["id"]
