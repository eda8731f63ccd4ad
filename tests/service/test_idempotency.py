"""The same request twice: one effect, one answer."""

from concurrent.futures import ThreadPoolExecutor

import httpx2
import pytest

from tests.kinds import Kind
from tests.service.running import Refusal, RunningService

pytestmark = pytest.mark.both_databases

BODY = {"principal": "user:ann"}
KEY = {"Idempotency-Key": "k1"}


def test_a_repeat_gets_the_same_answer(platform: httpx2.Client) -> None:
    first = platform.post("/v1/enrollments", json=BODY, headers=KEY)
    second = platform.post("/v1/enrollments", json=BODY, headers=KEY)
    assert (first.status_code, first.content) == (second.status_code, second.content)
    assert first.status_code == 201


def test_without_a_key_there_are_two(platform: httpx2.Client) -> None:
    first, second = (platform.post("/v1/enrollments", json=BODY) for _ in range(2))
    assert first.json()["id"] != second.json()["id"]


def test_the_same_key_for_another_request_is_refused(
    platform: httpx2.Client, refused: Refusal
) -> None:
    platform.post("/v1/enrollments", json=BODY, headers=KEY)
    other = platform.post("/v1/enrollments", json={"principal": "user:ben"}, headers=KEY)
    refused(other, 422, "idempotency_key_reused")


def test_keys_of_two_callers_do_not_meet(service: RunningService) -> None:
    ids = set()
    for _ in range(2):
        with service.client(service.key()) as caller:
            ids.add(caller.post("/v1/enrollments", json=BODY, headers=KEY).json()["id"])
    assert len(ids) == 2


def test_a_refusal_is_not_remembered(service: RunningService, platform: httpx2.Client) -> None:
    cameo = service.enroll("user:ann")
    assert platform.post("/v1/enrollments", json=BODY, headers=KEY).status_code == 409
    platform.post(f"/v1/cameos/{cameo}/revoke")
    assert platform.post("/v1/enrollments", json=BODY, headers=KEY).status_code == 201


def test_eight_at_once_make_one(service: RunningService) -> None:
    key = service.key()

    def post() -> str:
        with service.client(key) as caller:
            return caller.post("/v1/enrollments", json=BODY, headers=KEY).text

    with ThreadPoolExecutor(8) as pool:
        answers = set(pool.map(lambda _: post(), range(8)))
    assert len(answers) == 1


def test_stored_answers_do_not_show_their_secrets(
    service: RunningService, platform: httpx2.Client, databases: Kind
) -> None:
    secret = platform.post("/v1/enrollments", json=BODY, headers=KEY).json()["client_secret"]
    stored = databases.contents(service.context.settings)
    assert b"user:ann" in stored
    assert secret.encode() not in stored


def ask(cameo: str) -> dict[str, object]:
    return {
        "requester": "user:bob",
        "action": "generate",
        "likenesses": [{"cameo_id": cameo, "facets": ["face"]}],
    }


def grant(platform: httpx2.Client, cameo: str, headers: dict[str, str] | None = None) -> str:
    terms = {"actions": ["generate"], "facets": ["face"]}
    body = {"cameo_id": cameo, "grantee": "user:bob", "terms": terms}
    return str(platform.post("/v1/grants", json=body, headers=headers).json()["id"])


def test_a_repeated_permit_is_the_same_while_it_lives(
    service: RunningService, platform: httpx2.Client
) -> None:
    cameo = service.enroll("user:ann")
    grant(platform, cameo)
    first = platform.post("/v1/permits", json=ask(cameo), headers=KEY)
    service.clock.advance(seconds=119)
    second = platform.post("/v1/permits", json=ask(cameo), headers=KEY)
    assert (first.status_code, first.json()) == (second.status_code, second.json())
    service.clock.advance(seconds=1)
    third = platform.post("/v1/permits", json=ask(cameo), headers=KEY)
    assert third.status_code == 201
    assert third.json()["id"] != first.json()["id"]
    assert platform.post("/v1/permits", json=ask(cameo), headers=KEY).json() == third.json()


def test_a_repeated_permit_is_no_yes_after_a_revocation(
    service: RunningService, platform: httpx2.Client, refused: Refusal
) -> None:
    cameo = service.enroll("user:ann")
    made = grant(platform, cameo)
    assert platform.post("/v1/permits", json=ask(cameo), headers=KEY).status_code == 201
    platform.post(f"/v1/grants/{made}/revoke")
    again = platform.post("/v1/permits", json=ask(cameo), headers=KEY)
    refused(again, 403, "consent_denied")


def test_a_repeated_grant_is_shown_as_it_is_now(
    service: RunningService, platform: httpx2.Client
) -> None:
    cameo = service.enroll("user:ann")
    made = grant(platform, cameo, KEY)
    platform.post(f"/v1/grants/{made}/revoke")
    terms = {"actions": ["generate"], "facets": ["face"]}
    body = {"cameo_id": cameo, "grantee": "user:bob", "terms": terms}
    again = platform.post("/v1/grants", json=body, headers=KEY).json()
    assert (again["id"], again["status"]) == (made, "revoked")
