"""What an erasure takes out of what is others': reports, scans, requests, kept answers."""

from dataclasses import replace

import httpx2
import pytest

from storage.records import AccessState
from tests.service import asking, making
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
    # it can never become a yes; another owner's answer is not this one's to take
    assert (asked.message, asked.state) == ("", AccessState.EXPIRED)
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


@pytest.mark.both_databases
@pytest.mark.parametrize("manner", ["once", "grant"])
def test_what_was_asked_of_two_together_ends_with_the_erasure_of_one(
    service: RunningService, platform: httpx2.Client, refused: Refusal, manner: str
) -> None:
    """Or the other would approve it without the words, and sign a contract for no use."""
    ann, bea = service.enroll("user:ann"), service.enroll("user:bea")
    likenesses = [{"cameo_id": each, "facets": ["face"]} for each in (ann, bea)]
    asked = asking.ask(platform, asking.question(ann, likenesses=likenesses), "for our film")
    alone = asking.ask(platform, asking.question(bea), "for mine")
    erase(platform, ann)
    assert asking.state(platform, asked["id"]) == "expired"
    assert asking.inbox(platform, "user:bea", pending=True)[0]["id"] == alone["id"]
    for _ in range(2):
        for cameo in (ann, bea):
            answer = asking.decide(platform, asked["id"], "approve", cameo_id=cameo, manner=manner)
            refused(answer, 409, "access_request_closed")
            denial = asking.decide(platform, asked["id"], "deny", cameo_id=cameo, note="words")
            refused(denial, 409, "access_request_closed")
        work(service.context)
    with service.context.store.read() as tx:
        closed, other = tx.access_requests.get(asked["id"]), tx.access_requests.get(alone["id"])
    assert (closed.message, {each["note"] for each in closed.asks}) == ("", {None})
    assert (other.message, other.state) == ("for mine", AccessState.PENDING)


def test_a_no_to_a_request_from_before_keeps_no_words(
    service: RunningService, platform: httpx2.Client
) -> None:
    """One that an erasure of an earlier version left open."""
    ann = service.enroll("user:ann")
    asked = asking.ask(platform, asking.question(ann))["id"]
    erase(platform, ann)
    with service.context.store.write() as tx:
        closed = tx.access_requests.get(asked)
        tx.access_requests.save(replace(closed, state=AccessState.PENDING))
    denial = asking.decide(platform, asked, "deny", note="words")
    assert denial.status_code == 200, denial.text
    with service.context.store.read() as tx:
        assert [each["note"] for each in tx.access_requests.get(asked).asks] == [None]
